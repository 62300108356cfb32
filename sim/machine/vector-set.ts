/** Sets of the 256 vectors, 32 to a word: the request, service and trigger registers of a local APIC. */

const WORDS = 8;

/** An empty set. */
export const vectorSet = (): Int32Array => new Int32Array(WORDS);

/** Highest vector of the set, -1 when it is empty. */
export function highestBit(words: Int32Array): number {
  for (let word = WORDS - 1; word >= 0; word--) {
    if (words[word] !== 0) return word * 32 + 31 - Math.clz32(words[word]);
  }
  return -1;
}

/** True when the vector is in the set. */
export function bitIn(words: Int32Array, vector: number): boolean {
  return (words[vector >>> 5] & (1 << (vector & 31))) !== 0;
}

/** Puts a vector into the set or takes it out. */
export function setBit(words: Int32Array, vector: number, on: boolean): void {
  if (on) words[vector >>> 5] |= 1 << (vector & 31);
  else words[vector >>> 5] &= ~(1 << (vector & 31));
}
