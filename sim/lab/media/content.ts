/** What a made image is filled with: files given as bytes, or as a size and a seed. */

/** A file for an image. */
export type ImageFile = {
  /** From the root, with '/' between names: '/boot/vmlinuz'. */
  readonly path: string;
} & (
  | { readonly bytes: Uint8Array }
  | {
      /** Bytes that {@link seededBytes} makes. */
      readonly size: number;
      /** The same seed gives the same bytes; 1 when left out. */
      readonly seed?: number;
    }
);

/** Bytes of a file. */
export const sizeOf = (file: ImageFile): number => ('bytes' in file ? file.bytes.length : file.size);

/** The content of a file. */
export const contentOf = (file: ImageFile): Uint8Array =>
  'bytes' in file ? file.bytes : seededBytes(file.size, file.seed ?? 1);

/**
 * `size` bytes that no other seed gives, and in which no sector equals another: a byte that arrives from the wrong place is seen
 * (xorshift32, a word at a time).
 */
export function seededBytes(size: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}
