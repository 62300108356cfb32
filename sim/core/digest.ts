/** Hashes for digests and for seeding: fast, the same everywhere, not cryptographic. No BigInt: a digest covers many rows. */

/** A 64-bit hash of a sequence of 32-bit words: two lanes, each a chain of multiplications and shifts. */
export class WordHash {
  private h1 = 0x9e3779b9 | 0;
  private h2 = 0x7f4a7c15;

  /** Adds one word; only its low 32 bits count. */
  word(word: number): void {
    this.h1 = mix(this.h1 ^ word, 0x85ebca6b);
    this.h2 = mix(this.h2 + word, 0xc2b2ae35);
  }

  /** Adds a text, one word for each UTF-16 unit. */
  text(chars: string): void {
    for (let i = 0; i < chars.length; i++) this.word(chars.charCodeAt(i));
  }

  /** The hash of the words so far, as 16 hexadecimal digits. */
  hex(): string {
    return hex(mix(this.h1, 0xcc9e2d51) ^ this.h2) + hex(mix(this.h2, 0x1b873593));
  }
}

/** 32 bits that depend on every character of a text (FNV-1a, by UTF-16 units): seeds streams by their name, is no digest. */
export function hashText(text: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** The finaliser of MurmurHash3 (A. Appleby, public domain): every bit of the word changes about half of the result's. */
export function scramble(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function mix(h: number, by: number): number {
  const x = Math.imul(h ^ (h >>> 16), by);
  return x ^ (x >>> 13);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
