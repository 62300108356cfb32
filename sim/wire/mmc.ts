/**
 * Commands of optical drives beyond what every SCSI device knows, and the data that they return. Numbers are big-endian.
 *
 * Sources: MMC-6 (T10) §5.3 features, §6.6 GET CONFIGURATION, §6.7 GET EVENT STATUS NOTIFICATION, §6.26 READ TOC; SPC-4 §6.11 MODE
 * SENSE (10). What Hyper-V's drive says of itself: OpenVMM `vm/devices/storage/scsidisk/src/scsidvd/mod.rs`.
 */
import { codes } from './codes.ts';
import { SCSI_OP, SCSI_TYPE } from './scsi.ts';

/** Operation codes of optical drives. */
export const mmcOpcodes = codes({
  READ_TOC: [0x43, 'table of contents of a disc'],
  GET_CONFIGURATION: [0x46, 'features and profiles of the drive'],
  GET_EVENT_STATUS: [0x4a, 'has the medium changed, is the tray open'],
});
/** The operation codes by name. */
export const MMC_OP = mmcOpcodes.values;

/** Bytes of a block of a data disc. */
export const CD_BLOCK_BYTES = 2048;
/** Frames of 1/75 s before the first one that a program may use, in addresses by minute, second and frame. */
const LEAD_IN_FRAMES = 150;
const FRAMES_PER_SECOND = 75;
/** Number of the lead-out in a table of contents. */
const LEAD_OUT = 0xaa;
/** Control and ADR of a data track. */
const DATA_TRACK = 0x14;

/** Profiles of GET CONFIGURATION. */
export const MMC_PROFILE = { NONE: 0x0000, CD_ROM: 0x0008, DVD_ROM: 0x0010 } as const;
/** Event classes of GET EVENT STATUS NOTIFICATION: a bit in the request, a number in the answer. */
export const EVENT_CLASS = { MEDIA: 4, MEDIA_BIT: 0x10 } as const;
/** Media events. */
export const MEDIA_EVENT = { NONE: 0, EJECT_REQUEST: 1, NEW_MEDIA: 2, MEDIA_REMOVAL: 3 } as const;
/** Mode pages of a CD drive. */
export const CD_MODE_PAGE = { ERROR_RECOVERY: 0x01, CAPABILITIES: 0x2a } as const;

const put = (bytes: Uint8Array, at: number, length: number, value: number): void => {
  for (let i = 0; i < length; i++) bytes[at + i] = Math.floor(value / 256 ** (length - 1 - i)) & 0xff;
};

/** READ TOC/PMA/ATIP. `format` 0: the tracks of all sessions; 1: the first track of the last one. `msf`: addresses by time. */
export function readTocCdb(allocation: number, format = 0, msf = false): Uint8Array {
  const cdb = Uint8Array.of(MMC_OP.READ_TOC, msf ? 2 : 0, format, 0, 0, 0, 0, 0, 0, 0);
  put(cdb, 7, 2, allocation);
  return cdb;
}

/** GET CONFIGURATION of all features. */
export function getConfigurationCdb(allocation: number): Uint8Array {
  const cdb = new Uint8Array(10);
  cdb[0] = MMC_OP.GET_CONFIGURATION;
  put(cdb, 7, 2, allocation);
  return cdb;
}

/** GET EVENT STATUS NOTIFICATION, answered at once, for the classes of `mask`. */
export function getEventStatusCdb(allocation: number, mask: number = EVENT_CLASS.MEDIA_BIT): Uint8Array {
  const cdb = Uint8Array.of(MMC_OP.GET_EVENT_STATUS, 1, 0, 0, mask, 0, 0, 0, 0, 0);
  put(cdb, 7, 2, allocation);
  return cdb;
}

/** PREVENT ALLOW MEDIUM REMOVAL. */
export const preventRemovalCdb = (prevent: boolean): Uint8Array =>
  Uint8Array.of(SCSI_OP.ALLOW_MEDIUM_REMOVAL, 0, 0, 0, prevent ? 1 : 0, 0);

/** START STOP UNIT with LoEj: opens the tray, or closes it. */
export const trayCdb = (open: boolean): Uint8Array =>
  Uint8Array.of(SCSI_OP.START_STOP, 0, 0, 0, open ? 2 : 3, 0);

function address(block: number, msf: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  if (!msf) put(bytes, 0, 4, block);
  else {
    const frames = block + LEAD_IN_FRAMES;
    const seconds = Math.floor(frames / FRAMES_PER_SECOND);
    bytes.set([0, Math.floor(seconds / 60) & 0xff, seconds % 60, frames % FRAMES_PER_SECOND]);
  }
  return bytes;
}

const track = (number: number, block: number, msf: boolean): number[] => [
  0,
  DATA_TRACK,
  number,
  0,
  ...address(block, msf),
];

/** The table of contents of a disc of `blocks` blocks: one data track and the lead-out behind it. */
export function buildToc(blocks: number, msf: boolean): Uint8Array {
  return Uint8Array.of(0, 18, 1, 1, ...track(1, 0, msf), ...track(LEAD_OUT, blocks, msf));
}

/** The session of the same disc: one, which begins with track 1. */
export function buildSessionInfo(msf: boolean): Uint8Array {
  return Uint8Array.of(0, 10, 1, 1, ...track(1, 0, msf));
}

/** Blocks of a disc as its table of contents has them, from the answer in block addresses. */
export function leadOutOf(toc: Uint8Array): number | undefined {
  for (let at = 4; at + 8 <= toc.length; at += 8) {
    if (toc[at + 2] === LEAD_OUT) return new DataView(toc.buffer, toc.byteOffset).getUint32(at + 4);
  }
  return undefined;
}

/** A feature descriptor. `current`: it holds for the medium that is in. */
function feature(code: number, version: number, persistent: boolean, current: boolean, ...data: number[]) {
  const flags = (version << 2) | (persistent ? 2 : 0) | (current ? 1 : 0);
  return { code, current, bytes: [code >> 8, code & 0xff, flags, data.length, ...data] };
}

/**
 * GET CONFIGURATION data. `request` 0: all features from number `first`; 1: those that are current; 2: that one alone.
 */
export function buildConfiguration(present: boolean, request: number, first: number): Uint8Array {
  const { DVD_ROM, CD_ROM, NONE } = MMC_PROFILE;
  const features = [
    feature(0x0000, 0, true, true, 0, DVD_ROM, present ? 1 : 0, 0, 0, CD_ROM, 0, 0),
    feature(0x0001, 2, true, true, 0, 0, 0, 2, 1, 0, 0, 0), // core: ATAPI
    feature(0x0003, 2, true, true, 0x29, 0, 0, 0), // removable: tray, eject, lock
    feature(0x0010, 0, false, present, 0, 0, 8, 0, 0, 0x10, 1, 0), // random readable: blocks of 2 048
    feature(0x001e, 2, false, false, 0, 0, 0, 0), // CD read
    feature(0x001f, 1, false, present, 0, 0, 0, 0), // DVD read
    feature(0x0100, 0, true, true), // power management
    feature(0x0105, 1, true, true, 1, 0, 2, 0), // time-out
  ].filter(
    ({ code, current }) => (request === 2 ? code === first : code >= first) && (request !== 1 || current),
  );
  const body = features.flatMap(({ bytes }) => bytes);
  const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, present ? DVD_ROM : NONE, ...body);
  put(bytes, 0, 4, bytes.length - 4);
  return bytes;
}

/** GET EVENT STATUS NOTIFICATION data of the media class, or, where `mask` does not ask for it, of no class. */
export function buildEventStatus(mask: number, event: number, present: boolean, open: boolean): Uint8Array {
  const supported = EVENT_CLASS.MEDIA_BIT;
  if ((mask & EVENT_CLASS.MEDIA_BIT) === 0) return Uint8Array.of(0, 2, 0x80, supported);
  return Uint8Array.of(0, 6, EVENT_CLASS.MEDIA, supported, event, (open ? 1 : 0) | (present ? 2 : 0), 0, 0);
}

/** What GET EVENT STATUS NOTIFICATION says of the medium; `undefined` when the answer is of another class. */
export function parseEventStatus(
  bytes: Uint8Array,
): { readonly event: number; readonly present: boolean; readonly open: boolean } | undefined {
  if (bytes.length < 8 || (bytes[2] & 7) !== EVENT_CLASS.MEDIA || bytes[2] & 0x80) return undefined;
  return { event: bytes[4] & 0xf, present: (bytes[5] & 2) !== 0, open: (bytes[5] & 1) !== 0 };
}

/** INQUIRY data of a CD or DVD drive, 36 bytes. */
export function buildCdInquiry(vendor: string, product: string, revision: string): Uint8Array {
  const bytes = new Uint8Array(36).fill(0x20, 8);
  bytes.set([SCSI_TYPE.ROM, 0x80, 0, 2, 36 - 5]);
  for (const [at, text] of [[8, vendor] as const, [16, product] as const, [32, revision] as const]) {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i) & 0x7f;
  }
  return bytes;
}

const PAGES: readonly (readonly number[])[] = [
  [CD_MODE_PAGE.ERROR_RECOVERY, 10, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0],
  // Reads CD-R, CD-RW, DVD-ROM; tray, can be locked and ejected; `lock` is filled in.
  [CD_MODE_PAGE.CAPABILITIES, 18, 0x0b, 0, 0, 0, 0x29, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0],
];

/** MODE SENSE data of a CD drive; `undefined` when it has no such page. 0x3f is all pages. */
export function buildCdModeSense(page: number, form: 6 | 10, locked: boolean): Uint8Array | undefined {
  const pages = PAGES.filter(([code]) => page === 0x3f || code === page);
  if (pages.length === 0) return undefined;
  const header = form === 6 ? 4 : 8;
  const bytes = Uint8Array.of(...new Array<number>(header).fill(0), ...pages.flat());
  put(bytes, 0, form === 6 ? 1 : 2, bytes.length - (form === 6 ? 1 : 2));
  const capabilities = bytes.length - 20;
  if (locked && bytes[capabilities] === CD_MODE_PAGE.CAPABILITIES) bytes[capabilities + 6] |= 0x02;
  return bytes;
}
