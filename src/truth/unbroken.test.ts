import { describe, expect, it } from 'vitest';
import { unbroken } from './unbroken.ts';

describe('a text whose numbers hold together', () => {
  it('joins the groups of a number, and nothing else', () => {
    expect(unbroken('read 1 724 928 bytes in 40 requests')).toBe(
      'read 1\u00a0724\u00a0928 bytes in 40 requests',
    );
    expect(unbroken('5 exits, 20 000 a second')).toBe('5 exits, 20\u00a0000 a second');
    expect(unbroken('2 4 times, 12 34567 and 7 10')).toBe('2 4 times, 12 34567 and 7 10');
  });
});
