import { describe, expect, it } from 'vitest';
import { WordHash } from '../core/digest.ts';
import { digestOf } from './digest.ts';

describe('digest', () => {
  it('is the hash of traces over the text of the canonical form', () => {
    const hash = new WordHash();
    for (const char of '{a:1,b:["x",true,]}') hash.word(char.charCodeAt(0));
    expect(digestOf({ b: ['x', true], a: 1 })).toBe(hash.hex());
  });

  it('differs for inputs that differ in one place only', () => {
    const digests = new Set<string>();
    for (let i = 0; i < 20_000; i++) digests.add(digestOf([i, 'x']));
    for (let i = 0; i < 20_000; i++) digests.add(digestOf(['x', i]));
    expect(digests.size).toBe(40_000);
  });

  it('does not depend on key order but on every value', () => {
    expect(digestOf({ a: 1, b: [1, 2] })).toBe(digestOf({ b: [1, 2], a: 1 }));
    expect(digestOf({ a: 1, b: [1, 2] })).not.toBe(digestOf({ a: 1, b: [12] }));
    expect(digestOf(['1'])).not.toBe(digestOf([1]));
    expect(digestOf([[], 1])).not.toBe(digestOf([[1]]));
  });
});
