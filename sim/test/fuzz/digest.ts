/** A running sum of bytes: two runs that said the same have the same one. */
import { scramble } from '../../core/digest.ts';

export class Digest {
  private sum = 0;
  /** Bytes so far. */
  bytes = 0;

  add(from: Uint8Array, at = 0, length: number = from.length - at): void {
    let { sum } = this;
    for (let i = at; i < at + length; i++) sum = Math.imul(sum ^ from[i], 0x0100_0193);
    this.sum = scramble(sum + length);
    this.bytes += length;
  }

  get value(): number {
    return this.sum >>> 0;
  }
}
