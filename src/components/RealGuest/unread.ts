/** What lies in a ring. */
import type { RingHalf } from './protocol.ts';

/** The stretches of a ring that are unread, in shares of its size. */
export function unread({ size, read, write }: RingHalf): readonly (readonly [from: number, share: number])[] {
  if (read === write) return [];
  if (write > read) return [[read / size, (write - read) / size]];
  return [
    [read / size, (size - read) / size],
    [0, write / size],
  ];
}
