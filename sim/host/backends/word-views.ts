/**
 * Arrays of bytes seen as 64-bit words, for short copies: a loop over words beats `set`, which needs a view made for each piece.
 *
 * Copies go from and to the same few arrays, guest memory above all. Only the last one is remembered, and only from its second use in
 * a row: for a throw-away array the view would cost too much.
 */
const NOTHING = new Uint8Array(0);

export class WordViews {
  #bytes: Uint8Array = NOTHING;
  #words: BigUint64Array = new BigUint64Array(0);
  #candidate: Uint8Array = NOTHING;

  /** The words of `bytes`, `undefined` when the array is new or does not start at a multiple of 8. */
  of(bytes: Uint8Array): BigUint64Array | undefined {
    if (bytes === this.#bytes) return this.#words;
    if (bytes !== this.#candidate || bytes.byteOffset % 8 !== 0) {
      this.#candidate = bytes;
      return undefined;
    }
    this.#bytes = bytes;
    this.#words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
    return this.#words;
  }
}
