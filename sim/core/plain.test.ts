import { describe, expect, it } from 'vitest';
import { decodePlain, encodePlain } from './plain.ts';

describe('plain data', () => {
  it('comes back from its bytes, big integers and byte arrays too', () => {
    const value = {
      none: null,
      yes: true,
      number: -1.5,
      big: 0xffff_ffff_ffff_ffffn,
      text: 'a "b"',
      bytes: Uint8Array.of(0, 1, 0xff),
      list: [1, [2n], { x: Uint8Array.of() }],
    };
    expect(decodePlain(encodePlain(value))).toEqual(value);
  });

  it('is the same bytes whatever the order of its members, and without those that are undefined', () => {
    expect(encodePlain({ a: 1, b: [2] })).toEqual(encodePlain({ b: [2], c: undefined, a: 1 }));
    expect(encodePlain({ a: 1 })).not.toEqual(encodePlain({ a: 2 }));
  });

  it('has no strings but ASCII', () => {
    expect(() => encodePlain('é')).toThrow(/ASCII/);
  });
});
