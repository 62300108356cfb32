/**
 * Chance. A run's seed gives any number of named streams; each is independent of the others, so a part that draws one number more
 * does not change what the rest of the machine sees.
 *
 * The generator is sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, integer arithmetic only. Logarithms are our own, because
 * those of JavaScript engines differ in the last digit: the same seed gives the same bits in every browser.
 */
import { hashText, scramble } from './digest.ts';
import { log } from './log.ts';

/** The streams of one run. */
export class Streams {
  readonly seed: number;
  private readonly made = new Map<string, Rng>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The stream called `name`: always the same object for the same name. */
  stream(name: string): Rng {
    let rng = this.made.get(name);
    if (!rng) {
      rng = new Rng(this.seed, name);
      this.made.set(name, rng);
    }
    return rng;
  }
}

const TWO_32 = 2 ** 32;

/** One stream of random numbers. */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, name = '') {
    const [a, b, c] = seedWords(seed, name);
    this.a = a;
    this.b = b;
    this.c = c;
    for (let i = 0; i < 15; i++) this.u32();
  }

  /** An integer in 0 .. 2^32 - 1. */
  u32(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1), of 53 random bits. */
  float(): number {
    const high = this.u32() >>> 5;
    const low = this.u32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** An integer in `low` .. `high`, both included. */
  int(low: number, high: number): number {
    const count = high - low + 1;
    if (count <= TWO_32) return low + this.below(count);
    return low + Math.floor(this.float() * count);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.float() < p;
  }

  /** An exponentially distributed number of the given mean (not rounded): the time to the next event of a Poisson process. */
  exponential(mean: number): number {
    return -mean * log(1 - this.float());
  }

  /** Puts a list in random order, in place; returns it. */
  shuffle<T>(list: T[]): T[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = list[i];
      list[i] = list[j];
      list[j] = held;
    }
    return list;
  }

  /** An integer in 0 .. count - 1, all equally likely: draws beyond the last full multiple of `count` are thrown away. */
  private below(count: number): number {
    const fair = TWO_32 - (TWO_32 % count);
    let draw = this.u32();
    while (draw >= fair) draw = this.u32();
    return draw % count;
  }
}

/** Three words that depend on every bit of the seed and every letter of the name. */
function seedWords(seed: number, name: string): [number, number, number] {
  const h = hashText(name);
  const low = seed | 0;
  const high = Math.floor(seed / TWO_32) | 0;
  return [
    scramble(h ^ low),
    scramble(h + 0x9e3779b9 + Math.imul(low, 0x85ebca6b)),
    scramble(h ^ high ^ 0x3c6ef372),
  ];
}
