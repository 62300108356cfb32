/**
 * Headers of GPA-direct packets with one range, one reusable array per number of pages: the host reads the length of the list from the
 * packet, so a header must not be longer than its range.
 */
import { PAGE_SIZE } from './page-allocator.ts';

/** Bytes before the page numbers: reserved word, range count, length and offset of the range. */
const FIXED_BYTES = 16;
const TWO_32 = 0x1_0000_0000;

export class GpaHeaders {
  private readonly bytes: (Uint8Array | undefined)[] = [];
  private readonly words: Uint32Array[] = [];

  /** The header for `length` bytes of neighbouring memory from `gpa`. Valid until the next call. */
  range(gpa: number, length: number): Uint8Array {
    const offset = gpa % PAGE_SIZE;
    const pages = Math.ceil((offset + length) / PAGE_SIZE);
    const header = this.bytes[pages] ?? this.add(pages);
    const words = this.words[pages];
    words[2] = length;
    words[3] = offset;
    let pfn = (gpa - offset) / PAGE_SIZE;
    for (let i = 4; i < words.length; i += 2, pfn++) {
      words[i] = pfn;
      words[i + 1] = pfn >= TWO_32 ? Math.floor(pfn / TWO_32) : 0;
    }
    return header;
  }

  private add(pages: number): Uint8Array {
    const header = new Uint8Array(FIXED_BYTES + 8 * pages);
    const words = new Uint32Array(header.buffer);
    words[1] = 1;
    this.bytes[pages] = header;
    this.words[pages] = words;
    return header;
  }
}
