/**
 * What a fuzzing guest draws: numbers that tend to be one too many, and messages that are almost right.
 *
 * Everything comes from one stream, so that the same seed does the same again.
 */
import { Rng } from '../../core/rng.ts';

/** A page that the guest shares with nobody: no draw is an address in it. */
export const CANARY_PAGE = 0x3f_c000;

/** Sizes and limits of the protocols and their neighbours. */
const EDGES: readonly number[] = [
  0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 15, 16, 17, 20, 24, 28, 31, 32, 40, 44, 48, 63, 64, 65, 127, 128, 239, 240,
  241, 255, 256, 511, 512, 513, 1023, 1024, 1500, 1514, 1728, 2047, 2048, 4088, 4095, 4096, 4097, 6143, 6144,
  6145, 8190, 8192, 0x7fff, 0x8000, 0xfff8, 0xffff, 0x1_0000, 0x1_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_f000,
  0xffff_fff8, 0xffff_ffff,
];

/** The draws of one case. */
export class Chance {
  private readonly rng: Rng;

  constructor(seed: number, index: number) {
    this.rng = new Rng(seed * 1_048_576 + index);
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return this.rng.u32() % count;
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.rng.u32() % count === 0;
  }

  u32(): number {
    const draw = this.rng.u32();
    return draw >>> 12 === CANARY_PAGE >>> 12 ? draw ^ 0x4000_0000 : draw;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.rng.u32() % list.length];
  }

  edge(): number {
    return this.pick(EDGES);
  }

  /** Half of the time something plausible, else an edge or anything at all. */
  number(likely: readonly number[]): number {
    const kind = this.rng.u32() & 3;
    if (kind < 2 && likely.length > 0) return this.pick(likely);
    return kind === 2 ? this.edge() : this.u32();
  }

  /** The same with 64 bits. */
  long(likely: readonly number[]): bigint {
    const low = BigInt(this.number(likely));
    if (!this.oneIn(3)) return low;
    return low | (BigInt(this.oneIn(2) ? this.edge() : this.u32()) << 32n);
  }

  /** Words that are often plausible. */
  words(count: number, likely: readonly number[]): Uint8Array {
    const words = new Uint32Array(count);
    for (let i = 0; i < count; i++) words[i] = this.number(likely);
    return new Uint8Array(words.buffer);
  }

  /**
   * A copy of a message with some things changed: a bit, a byte, a field, its length. One time in four it stays as it is, so that what
   * comes after it is reached.
   */
  mutated(message: Uint8Array, likely: readonly number[] = []): Uint8Array {
    let bytes: Uint8Array = message.slice();
    if (this.oneIn(4)) return bytes;
    for (let left = 1 + this.below(3); left > 0; left--) bytes = this.once(bytes, likely);
    return bytes;
  }

  private once(bytes: Uint8Array, likely: readonly number[]): Uint8Array {
    const { length } = bytes;
    const kind = this.rng.u32() % 12;
    if (length === 0 || kind === 0) return this.resized(bytes);
    const at = this.below(length);
    if (kind < 3) bytes[at] ^= 1 << this.below(8);
    else if (kind < 5) bytes[at] = this.number(likely);
    else if (kind < 7) this.put(bytes, at & ~1, 2, likely);
    else this.put(bytes, at & ~3, 4, likely);
    return bytes;
  }

  private put(bytes: Uint8Array, at: number, size: number, likely: readonly number[]): void {
    const value = this.number(likely);
    for (let i = 0; i < size && at + i < bytes.length; i++) bytes[at + i] = value >>> (8 * i);
  }

  /** Cut, or lengthened with whatever. */
  private resized(bytes: Uint8Array): Uint8Array {
    if (this.oneIn(2)) return bytes.slice(0, this.below(bytes.length + 1));
    const longer = new Uint8Array(bytes.length + 8 * (1 + this.below(8)));
    longer.fill(this.rng.u32());
    longer.set(bytes);
    return longer;
  }
}
