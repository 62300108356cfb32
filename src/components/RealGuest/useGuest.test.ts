import { expect, it } from 'vitest';
import type { LogLine } from './protocol.ts';
import { unread } from './unread.ts';
import { longer, printed } from './useGuest.ts';

it('prints what a terminal would show', () => {
  expect(printed('', 'a\r\nb\rc')).toBe('a\nb\nc');
  expect(printed('ab', '\bX')).toBe('aX');
  expect(printed('', '\x1b[1;32mgreen\x1b[0m \x1b[6nend\x07')).toBe('green end');
  expect(printed('x'.repeat(250_000), 'y').length).toBe(200_000);
});

it('lets a line that goes on take the place of its beginning', () => {
  const line = (id: number, times: number): LogLine => ({
    id,
    times,
    at: 0,
    from: 'guest',
    title: 't',
    says: '',
  });
  expect(
    longer([line(1, 1), line(2, 1)], [line(2, 5), line(3, 1)]).map(({ id, times }) => [id, times]),
  ).toEqual([
    [1, 1],
    [2, 5],
    [3, 1],
  ]);
});

it('finds what is unread in a ring, also across its end', () => {
  const half = { size: 100, packets: 0 };
  expect(unread({ ...half, read: 10, write: 10 })).toEqual([]);
  expect(unread({ ...half, read: 10, write: 60 })).toEqual([[0.1, 0.5]]);
  expect(unread({ ...half, read: 80, write: 30 })).toEqual([
    [0.8, 0.2],
    [0, 0.3],
  ]);
});
