import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';

describe('digest', () => {
  it('equals FNV-1a 64 on plain text with the quotes and comma of the canonical form', () => {
    // The reference is computed with BigInt arithmetic from the published offset basis and prime.
    const canonical = '"ringside",';
    let hash = 0xcbf29ce484222325n;
    for (const char of canonical)
      hash = ((hash ^ BigInt(char.charCodeAt(0))) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
    expect(digestOf('ringside')).toBe(hash.toString(16).padStart(16, '0'));
  });

  it('does not depend on key order but on every value', () => {
    expect(digestOf({ a: 1, b: [1, 2] })).toBe(digestOf({ b: [1, 2], a: 1 }));
    expect(digestOf({ a: 1, b: [1, 2] })).not.toBe(digestOf({ a: 1, b: [12] }));
    expect(digestOf(['1'])).not.toBe(digestOf([1]));
    expect(digestOf([[], 1])).not.toBe(digestOf([[1]]));
  });
});
