/**
 * Payload by reference: the header of a GPA-direct packet lists ranges of guest pages, and the payload itself is only the command.
 * The same range format is used by GPADLs.
 *
 * Source: Linux `include/linux/hyperv.h` (`struct gpa_range`, `vmdata_gpa_direct`); OpenVMM `vmbus_ring/src/gparange.rs` (checks).
 */

/** A stretch of bytes over pages that need not be neighbours. */
export interface GpaRange {
  readonly byteCount: number;
  /** Offset of the first byte in the first page. */
  readonly byteOffset: number;
  /** Page frame numbers (GPA / 4096), one for each page that the bytes touch. */
  readonly pfns: readonly number[];
}

/** Pages that `byteCount` bytes from `byteOffset` touch. */
export const pagesSpanned = (byteCount: number, byteOffset: number): number =>
  Math.ceil((byteOffset + byteCount) / 4096);

/** Bytes of one range on the wire. */
export const gpaRangeBytes = (range: GpaRange): number => 8 + 8 * range.pfns.length;

/** A range that covers `byteCount` bytes of neighbouring pages from `gpa`. */
export function gpaRange(gpa: number, byteCount: number): GpaRange {
  const byteOffset = gpa % 4096;
  const first = (gpa - byteOffset) / 4096;
  return {
    byteCount,
    byteOffset,
    pfns: Array.from({ length: pagesSpanned(byteCount, byteOffset) }, (_, i) => first + i),
  };
}

/** Writes ranges at `at`; returns the offset behind them. */
export function writeGpaRanges(view: DataView, at: number, ranges: readonly GpaRange[]): number {
  let next = at;
  for (const range of ranges) {
    view.setUint32(next, range.byteCount, true);
    view.setUint32(next + 4, range.byteOffset, true);
    next += 8;
    for (const pfn of range.pfns) {
      view.setUint32(next, pfn >>> 0, true);
      view.setUint32(next + 4, Math.floor(pfn / 0x1_0000_0000), true);
      next += 8;
    }
  }
  return next;
}

/**
 * Reads `count` ranges that must lie in `length` bytes from `at`. 'corrupt' for: no range or more ranges than bytes, an empty
 * range, an offset outside the first page, a missing page number, or one at or above 2^40 (no such guest-physical page).
 */
export function readGpaRanges(
  view: DataView,
  at: number,
  length: number,
  count: number,
): GpaRange[] | 'corrupt' {
  if (count === 0 || count * 16 > length) return 'corrupt';
  const ranges: GpaRange[] = [];
  let next = at;
  const end = at + length;
  for (let i = 0; i < count; i++) {
    if (next + 8 > end) return 'corrupt';
    const byteCount = view.getUint32(next, true);
    const byteOffset = view.getUint32(next + 4, true);
    const pages = pagesSpanned(byteCount, byteOffset);
    next += 8;
    if (byteCount === 0 || byteOffset > 4095 || next + pages * 8 > end) return 'corrupt';
    const pfns: number[] = [];
    for (let page = 0; page < pages; page++, next += 8) {
      const high = view.getUint32(next + 4, true);
      if (high > 0xff) return 'corrupt';
      pfns.push(view.getUint32(next, true) + high * 0x1_0000_0000);
    }
    ranges.push({ byteCount, byteOffset, pfns });
  }
  return ranges;
}

/** The header of a GPA-direct packet: reserved word, range count, ranges. */
export function buildGpaDirectHeader(ranges: readonly GpaRange[]): Uint8Array {
  const bytes = new Uint8Array(8 + ranges.reduce((sum, range) => sum + gpaRangeBytes(range), 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(4, ranges.length, true);
  writeGpaRanges(view, 8, ranges);
  return bytes;
}

/** Reads the header of a GPA-direct packet from a private copy of it. */
export function parseGpaDirectHeader(header: Uint8Array): GpaRange[] | 'corrupt' {
  if (header.length < 8) return 'corrupt';
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return readGpaRanges(view, 8, header.length - 8, view.getUint32(4, true));
}
