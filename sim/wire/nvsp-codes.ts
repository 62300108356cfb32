/**
 * Numbers of netvsc and netvsp: versions, message types, statuses, and how long a message is.
 *
 * Sources: Linux `drivers/net/hyperv/hyperv_net.h`; OpenVMM `vm/devices/net/netvsp/src/protocol.rs`.
 */
import { codes } from './codes.ts';

/** Protocol versions, oldest first. */
export const NVSP_VERSION = {
  V1: 2,
  V2: 0x3_0002,
  V4: 0x4_0000,
  V5: 0x5_0000,
  V6: 0x6_0000,
  V61: 0x6_0001,
} as const;
/** All of them, newest first: the order in which a guest tries. */
export const NVSP_VERSIONS: readonly number[] = Object.values(NVSP_VERSION).reverse();

/** Types of a message. */
export const nvspMessageTypes = codes({
  INIT: [1, 'guest: do you speak this version?'],
  INIT_COMPLETE: [2, 'host: answer'],
  SEND_NDIS_VER: [100, 'guest: its NDIS version'],
  SEND_RECV_BUF: [101, 'guest: the receive buffer'],
  SEND_RECV_BUF_COMPLETE: [102, 'host: how it cuts the receive buffer'],
  REVOKE_RECV_BUF: [103, 'guest: the receive buffer goes away'],
  SEND_SEND_BUF: [104, 'guest: the send buffer'],
  SEND_SEND_BUF_COMPLETE: [105, 'host: how it is cut'],
  REVOKE_SEND_BUF: [106, 'guest: the send buffer goes away'],
  SEND_RNDIS_PKT: [107, 'an RNDIS message'],
  SEND_RNDIS_PKT_COMPLETE: [108, 'its room is free again'],
  SEND_NDIS_CONFIG: [125, 'guest: MTU and capabilities, from version 2'],
  SEND_VF_ASSOCIATION: [128, 'host: a virtual function belongs to this adapter'],
  SWITCH_DATA_PATH: [129, 'guest: this path from now on'],
  SUBCHANNEL: [133, 'more channels, from version 5'],
  SEND_INDIRECTION_TABLE: [134, 'host: which channel to send what on'],
});
/** Types by name. */
export const NVSP_MSG = nvspMessageTypes.values;

/** `status` of an answer. */
export const NVSP_STAT = {
  NONE: 0,
  SUCCESS: 1,
  FAIL: 2,
  PROTOCOL_TOO_NEW: 3,
  PROTOCOL_TOO_OLD: 4,
  INVALID_RNDIS_PKT: 5,
  BUSY: 6,
} as const;

/** `channel_type` of an RNDIS message. */
export const NVSP_CHANNEL = { DATA: 0, CONTROL: 1 } as const;
/** `send_buf_section_index` of a message that is not in the send buffer. */
export const NVSP_NO_SECTION = 0xffff_ffff;
/** What the host answers instead of a version, but to the oldest. */
export const NVSP_INVALID_PROTOCOL_VERSION = 0xffff_ffff;
/** `op` of a request for sub-channels. */
export const NVSP_SUBCHANNEL_ALLOCATE = 1;

/** Bytes of a host's message: longer from version 6.1 on. */
export const nvspMessageBytes = (version: number): number => (version >= NVSP_VERSION.V61 ? 40 : 28);
/** Bytes of a guest's message, whatever the version. */
export const NVSP_MESSAGE_BYTES = 40;
/** Bytes of a section of the send buffer. */
export const NVSP_SEND_SECTION = 6144;
/** Bytes that a section of the receive buffer has beyond the MTU. */
export const NVSP_RECEIVE_OVERHEAD = 228;
/** The guest’s usual name for its receive buffer (NETVSC_RECEIVE_BUFFER_ID). */
export const NETVSC_RECEIVE_BUFFER_ID = 0xcafe;
