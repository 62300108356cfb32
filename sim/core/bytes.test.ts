import { expect, it } from 'vitest';
import { joined } from './bytes.ts';

it('joins arrays of bytes in their order, as a copy', () => {
  const first = Uint8Array.of(1, 2);
  const all = joined([first, new Uint8Array(0), Uint8Array.of(3)]);
  expect([...all]).toEqual([1, 2, 3]);
  first[0] = 9;
  expect(all[0]).toBe(1);
  expect(joined([])).toHaveLength(0);
});
