/**
 * Numbers of dynamic memory: message types, versions, and ranges of pages as one number of 64 bits.
 *
 * Source: Linux `drivers/hv/hv_balloon.c` (dm_message_type, DYNMEM_PROTOCOL_VERSION_…, dm_mem_page_range).
 */
import { codes } from './codes.ts';

/** `type` of a message's header. */
export const dmMessageTypes = codes({
  ERROR: [0, 'an error'],
  VERSION_REQUEST: [1, 'guest: do you speak this version?'],
  VERSION_RESPONSE: [2, 'host: yes or no'],
  CAPABILITIES_REPORT: [3, 'guest: what it can do'],
  CAPABILITIES_RESPONSE: [4, 'host: accepted or not'],
  STATUS_REPORT: [5, 'guest: how much memory it needs'],
  BALLOON_REQUEST: [6, 'host: give pages'],
  BALLOON_RESPONSE: [7, 'guest: these'],
  UNBALLOON_REQUEST: [8, 'host: have these back'],
  UNBALLOON_RESPONSE: [9, 'guest: taken back'],
  HOT_ADD_REQUEST: [10, 'host: here is more memory'],
  HOT_ADD_RESPONSE: [11, 'guest: so much of it is in use'],
  INFO: [12, 'host: information, from version 1.0'],
});
/** Message types by name. */
export const DM = dmMessageTypes.values;

/** Versions, newest first: Windows 10, 8 and 7. Major in the high half, unlike the other services. */
export const DM_VERSIONS: readonly number[] = [0x2_0000, 0x1_0000, 0x0_0003];
/** "2.0" of a version code. */
export const dmVersionText = (code: number): string => `${code >>> 16}.${code & 0xffff}`;

/** The one kind of information: the most pages that the guest can come to have. */
export const DM_INFO_MAX_PAGE_COUNT = 0;
/** Bytes of the header. */
export const DM_HEADER_BYTES = 8;
/** Bytes of the longest message: what a guest has room for. */
export const DM_MAX_MESSAGE = 4096;
/** Bytes before the list of ranges, in BALLOON_RESPONSE and UNBALLOON_REQUEST. */
export const DM_RANGES_AT = 16;
/** Ranges in the longest message. */
export const DM_MAX_RANGES = (DM_MAX_MESSAGE - DM_RANGES_AT) / 8;

/** Neighbouring pages of guest-physical memory. */
export interface PageRange {
  /** Number of the first page: address / 4096. 40 bits. */
  readonly start: number;
  /** Pages. 24 bits. */
  readonly count: number;
}

const COUNT_UNIT = 2 ** 8;

/** Reads a range. */
export function readPageRange(view: DataView, at: number): PageRange {
  const high = view.getUint32(at + 4, true);
  return { start: (high % COUNT_UNIT) * 2 ** 32 + view.getUint32(at, true), count: high >>> 8 };
}

/** Writes a range. */
export function writePageRange(view: DataView, at: number, { start, count }: PageRange): void {
  view.setUint32(at, start >>> 0, true);
  view.setUint32(at + 4, ((count << 8) | Math.floor(start / 2 ** 32)) >>> 0, true);
}
