/**
 * The storage protocol between storvsc and storvsp: operations, versions, statuses, flags, sizes.
 *
 * Sources: OpenVMM `vm/devices/storage/storvsp_protocol/src/lib.rs` and `scsi_defs/src/srb.rs`; names from Linux
 * `drivers/scsi/storvsc_drv.c`. The packet's structure is in `storvsp-packet.ts`.
 */
import { codes } from './codes.ts';

/** `operation` of a vstor packet. */
export const vstorOperations = codes({
  COMPLETE_IO: [1, 'host → guest: answer to any request'],
  REMOVE_DEVICE: [2, 'host → guest: a disk goes away'],
  EXECUTE_SRB: [3, 'guest → host: run this SCSI command'],
  RESET_LUN: [4, 'guest → host: reset a logical unit'],
  RESET_ADAPTER: [5, 'guest → host: reset the adapter'],
  RESET_BUS: [6, 'guest → host: reset a bus'],
  BEGIN_INITIALIZATION: [7, 'guest → host: first packet'],
  END_INITIALIZATION: [8, 'guest → host: ready for commands'],
  QUERY_PROTOCOL_VERSION: [9, 'guest → host: is this version understood?'],
  QUERY_PROPERTIES: [10, 'guest → host: channels, flags, longest transfer?'],
  ENUMERATE_BUS: [11, 'host → guest: disks came or went, scan again'],
  FCHBA_DATA: [12, 'guest → host: Fibre Channel names?'],
  CREATE_SUB_CHANNELS: [13, 'guest → host: offer this many more channels'],
  EVENT_NOTIFICATION: [14, 'host → guest: event (OpenVMM only)'],
});
/** The operations by name. */
export const VSTOR_OPERATION = vstorOperations.values;

/** Protocol versions, major << 8 | minor, and the Windows release that brought each. */
export const VMSTOR_PROTO_VERSION = {
  WIN6: 0x0200,
  WIN7: 0x0402,
  WIN8: 0x0501,
  WIN8_1: 0x0600,
  WIN10: 0x0602,
} as const;
/** The versions that Linux 6.1 tries, in its order. */
export const LINUX_VMSTOR_VERSIONS: readonly number[] = [0x0602, 0x0600, 0x0501];

/** `flags` of a vstor packet: the sender wants an answer. */
export const REQUEST_COMPLETION_FLAG = 0x1;
/** Channel property flags. */
export const STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL = 0x1;
/** Flags in the user data of an offer. */
export const STORAGE_CHANNEL = { REMOVABLE_FLAG: 0x1, EMULATED_IDE_FLAG: 0x2 } as const;

/** Bytes of a vstor packet: 12 of header, 52 of request. Answers are padded to it, since old guests check. */
export const VSTOR_PACKET_SIZE = 64;
/** Bytes of the part of a packet that every operation has: operation, flags, status. */
export const VSTOR_HEADER_SIZE = 12;
/** Bytes of a SCSI request before and from protocol 5.1 (Windows 8). */
export const SCSI_REQUEST_LEN = { V1: 36, V2: 52 } as const;
/** Longest CDB and sense data that a request can carry. */
export const STORVSC_MAX_CMD_LEN = 16;
/** Room for sense data in a request, bytes. */
export const STORVSC_SENSE_BUFFER_SIZE = 20;
/**
 * Longest transfer that the host announces and takes, bytes: 0x40000, as OpenVMM's storvsp (storvsp/src/lib.rs, `max_transfer_bytes`). A
 * guest cuts longer requests; a packet that asks for more is an error that ends its channel.
 */
export const STORVSP_MAX_TRANSFER_BYTES = 256 * 1024;

/** `data_in` of a request: direction seen from the guest. */
export const VSTOR_DATA = { OUT: 0, IN: 1, UNKNOWN: 2 } as const;

/** SRB status of a completed request. The two high bits are flags. */
export const srbStatuses = codes({
  PENDING: [0x00, 'not done yet'],
  SUCCESS: [0x01, 'done'],
  ABORTED: [0x02, 'aborted'],
  ABORT_FAILED: [0x03, 'could not be aborted'],
  ERROR: [0x04, 'look at the SCSI status'],
  BUSY: [0x05, 'busy'],
  INVALID_REQUEST: [0x06, 'not supported'],
  INVALID_PATH_ID: [0x07, 'no such path'],
  NO_DEVICE: [0x08, 'no device'],
  TIMEOUT: [0x09, 'timed out'],
  SELECTION_TIMEOUT: [0x0a, 'no answer to selection'],
  COMMAND_TIMEOUT: [0x0b, 'command timed out'],
  MESSAGE_REJECTED: [0x0d, 'message rejected'],
  BUS_RESET: [0x0e, 'bus was reset'],
  PARITY_ERROR: [0x0f, 'parity error'],
  REQUEST_SENSE_FAILED: [0x10, 'no sense data could be had'],
  NO_HBA: [0x11, 'no adapter'],
  DATA_OVERRUN: [0x12, 'more or less data than asked for'],
  UNEXPECTED_BUS_FREE: [0x13, 'bus free'],
  PHASE_SEQUENCE_FAILURE: [0x14, 'phase error'],
  BAD_SRB_BLOCK_LENGTH: [0x15, 'bad length of the request block'],
  REQUEST_FLUSHED: [0x16, 'flushed'],
  INVALID_LUN: [0x20, 'no such logical unit'],
  INVALID_TARGET_ID: [0x21, 'no such target'],
  BAD_FUNCTION: [0x22, 'bad function'],
  ERROR_RECOVERY: [0x23, 'recovering'],
  NOT_POWERED: [0x24, 'not powered'],
  LINK_DOWN: [0x25, 'link down'],
  QUEUE_FROZEN: [0x40, 'flag: the queue is frozen'],
  AUTOSENSE_VALID: [0x80, 'flag: sense data is in the answer'],
});
/** The statuses by name. */
export const SRB_STATUS = srbStatuses.values;

/** `srb_flags` of a request (from protocol 5.1). */
export const srbFlags = codes({
  QUEUE_ACTION_ENABLE: [0x0000_0002, 'tagged queuing'],
  DISABLE_DISCONNECT: [0x0000_0004, 'no disconnect'],
  DISABLE_SYNCH_TRANSFER: [0x0000_0008, 'asynchronous transfer (Linux sets it)'],
  BYPASS_FROZEN_QUEUE: [0x0000_0010, 'go ahead of a frozen queue'],
  DISABLE_AUTOSENSE: [0x0000_0020, 'no sense data wanted'],
  DATA_IN: [0x0000_0040, 'device to host'],
  DATA_OUT: [0x0000_0080, 'host to device'],
  NO_QUEUE_FREEZE: [0x0000_0100, 'do not freeze on error'],
  ADAPTER_CACHE_ENABLE: [0x0000_0200, 'cache allowed'],
  FREE_SENSE_BUFFER: [0x0000_0400, 'free the sense buffer'],
});
/** The flags by name. */
export const SRB_FLAGS = srbFlags.values;

/** NTSTATUS values in the `status` field of a completion, unsigned. Source: OpenVMM `storvsp::NtStatus`. */
export const ntStatuses = codes({
  SUCCESS: [0x0000_0000, 'done'],
  BUFFER_OVERFLOW: [0x8000_0005, 'data was cut'],
  DEVICE_BUSY: [0x8000_0011, 'busy'],
  UNSUCCESSFUL: [0xc000_0001, 'failed'],
  INVALID_PARAMETER: [0xc000_000d, 'a parameter is wrong, e.g. too many sub-channels'],
  INVALID_DEVICE_REQUEST: [0xc000_0010, 'not a request for this device'],
  REVISION_MISMATCH: [0xc000_0059, 'protocol version refused: try a lower one'],
  DEVICE_NOT_CONNECTED: [0xc000_009d, 'not connected'],
  IO_TIMEOUT: [0xc000_00b5, 'timed out'],
  DEVICE_DOES_NOT_EXIST: [0xc000_00c0, 'no such device'],
  CANCELLED: [0xc000_0120, 'cancelled'],
  INVALID_DEVICE_STATE: [0xc000_0184, 'not now: wrong order of initialisation'],
  IO_DEVICE_ERROR: [0xc000_0185, 'device error'],
});
/** The statuses by name, unsigned. */
export const NT_STATUS = ntStatuses.values;
