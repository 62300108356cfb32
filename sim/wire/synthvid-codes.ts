/**
 * Numbers of synthetic video.
 *
 * Sources: Linux `drivers/gpu/drm/hyperv/hyperv_drm_proto.c`; OpenVMM `vm/devices/uidevices/src/video/protocol.rs` for the versions that
 * Linux does not speak, and for the messages that it does not send.
 */
import { codes } from './codes.ts';

/** Kinds of video message. */
export const synthvidMessages = codes({
  VERSION_REQUEST: [1, 'guest: is this version understood?'],
  VERSION_RESPONSE: [2, 'host: yes or no'],
  VRAM_LOCATION: [3, 'guest: the picture lies here'],
  VRAM_LOCATION_ACK: [4, 'host: looked at from now on'],
  SITUATION_UPDATE: [5, 'guest: width, height, depth'],
  SITUATION_UPDATE_ACK: [6, 'host: shown so from now on'],
  POINTER_POSITION: [7, 'guest: the pointer is here'],
  POINTER_SHAPE: [8, 'guest: the pointer looks so'],
  FEATURE_CHANGE: [9, 'host: what it wants to be told'],
  DIRT: [10, 'guest: these rectangles changed'],
  BIOS_INFO_REQUEST: [11, 'guest: which generation?'],
  BIOS_INFO_RESPONSE: [12, 'host: this one'],
  RESOLUTION_REQUEST: [13, 'guest: which resolutions?'],
  RESOLUTION_RESPONSE: [14, 'host: these, and what the monitor is'],
  CAPABILITY_REQUEST: [15, 'guest: what else can the host do?'],
  CAPABILITY_RESPONSE: [16, 'host: that'],
});
/** Kinds of video message by name. */
export const SYNTHVID = synthvidMessages.values;

/** Versions: `minor << 16 | major`, the other way round than everywhere else. */
export const SYNTHVID_VERSION = {
  WIN7: 0x0_0003,
  WIN8: 0x2_0003,
  WIN_BLUE: 0x3_0003,
  WIN_THRESHOLD_M1: 0x4_0003,
  WIN10: 0x5_0003,
} as const;

/** A version as a number that grows with age: `major << 16 | minor`. */
export const synthvidLevel = (version: number): number =>
  ((version & 0xffff) * 0x1_0000 + (version >>> 16)) >>> 0;

/** Limits of the protocol. */
export const SYNTHVID_LIMIT = {
  /** Largest pointer, in pixels of a side. */
  CURSOR_MAX_X: 96,
  CURSOR_MAX_Y: 96,
  CURSOR_ARGB_PIXEL_SIZE: 4,
  CURSOR_MAX_SIZE: 36_864,
  /** Pixel bytes of a pointer in one message. */
  CURSOR_MAX_PAYLOAD_SIZE: 8192,
  /** `part_idx` of the last part. */
  CURSOR_COMPLETE: 0xff,
  EDID_BLOCK_SIZE: 128,
  MAX_RESOLUTION_COUNT: 64,
  MAX_DIRTY_REGIONS: 255,
} as const;

/** Bytes of the header of every video message, behind the pipe header. */
export const SYNTHVID_HEADER_BYTES = 8;

/** A body behind its header, `struct synthvid_msg_hdr`: kind and size, little endian. The size counts the header in. */
export function synthvidMessage(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SYNTHVID_HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  bytes.set(body, SYNTHVID_HEADER_BYTES);
  return bytes;
}
/** Bytes of the fields of a pointer's shape in front of its pixels. */
export const SYNTHVID_SHAPE_BYTES = 18;
/** Bytes of one rectangle. */
export const SYNTHVID_RECT_BYTES = 16;
