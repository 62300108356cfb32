/** The longer messages of dynamic memory, made and read at the host’s end. */
import { dmCapabilities, dmHotAddResponse, dmStatus, dmVersionRequest } from '../../wire/dynmem.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';
import {
  DM,
  DM_HEADER_BYTES,
  DM_INFO_MAX_PAGE_COUNT,
  DM_RANGES_AT,
  readPageRange,
  writePageRange,
} from '../../wire/dynmem-codes.ts';

/** Fewest bytes of each message of a guest. */
export const SHORTEST: Readonly<Record<number, number>> = {
  [DM.VERSION_REQUEST]: dmVersionRequest.size,
  [DM.CAPABILITIES_REPORT]: dmCapabilities.size,
  [DM.STATUS_REPORT]: dmStatus.size,
  [DM.BALLOON_RESPONSE]: DM_RANGES_AT,
  [DM.UNBALLOON_RESPONSE]: DM_HEADER_BYTES,
  [DM.HOT_ADD_RESPONSE]: dmHotAddResponse.size,
};

/** Pages of all ranges. */
export const sumOf = (ranges: readonly PageRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0);

/** "Have these back"; `more`: another such message follows. */
export function unballoonMessage(ranges: readonly PageRange[], more: boolean): Uint8Array {
  const message = new Uint8Array(DM_RANGES_AT + 8 * ranges.length);
  const view = new DataView(message.buffer);
  view.setUint16(0, DM.UNBALLOON_REQUEST, true);
  view.setUint32(DM_HEADER_BYTES, more ? 1 : 0, true);
  view.setUint32(DM_HEADER_BYTES + 4, ranges.length, true);
  ranges.forEach((range, i) => {
    writePageRange(view, DM_RANGES_AT + 8 * i, range);
  });
  return message;
}

/** The most pages that the guest can come to have. Golden vector `dm_info_max_page_count`. */
export function maxPageCount(pages: number): Uint8Array {
  const message = new Uint8Array(32);
  const view = new DataView(message.buffer);
  view.setUint16(0, DM.INFO, true);
  view.setUint32(12, 16, true);
  view.setUint32(16, DM_INFO_MAX_PAGE_COUNT, true);
  view.setUint32(20, 8, true);
  view.setBigUint64(24, BigInt(pages), true);
  return message;
}

/** The ranges of a BALLOON_RESPONSE, whether more messages follow; `undefined` when it names more than it holds. */
export function readRanges(
  view: DataView,
  size: number,
): { readonly ranges: PageRange[]; readonly more: boolean } | undefined {
  const flags = view.getUint32(DM_RANGES_AT - 4, true);
  const count = flags >>> 1;
  if (DM_RANGES_AT + 8 * count > size) return undefined;
  const ranges = Array.from({ length: count }, (_, i) => readPageRange(view, DM_RANGES_AT + 8 * i));
  return { ranges, more: (flags & 1) === 1 };
}
