/**
 * Numbers of the integration services: message types, flags, versions, status codes, and what each service asks for.
 *
 * Sources: Linux `include/linux/hyperv.h`, `include/uapi/linux/hyperv.h`, `drivers/hv/hv_util.c`; OpenVMM
 * `vm/devices/hyperv_ic_protocol/src`.
 */
import { codes } from './codes.ts';

/** `icmsgtype` of a message header. */
export const icMessageTypes = codes({
  NEGOTIATE: [0, 'which versions shall we speak?'],
  HEARTBEAT: [1, 'are you there?'],
  KVPEXCHANGE: [2, 'keys and values'],
  SHUTDOWN: [3, 'shut down, please'],
  TIMESYNC: [4, 'time of the host'],
  VSS: [5, 'backup'],
  FCOPY: [7, 'guest file copy'],
});
/** Message types by name. */
export const ICMSGTYPE = icMessageTypes.values;

/** `icflags` of a message header. */
export const ICMSGHDRFLAG = { TRANSACTION: 1, REQUEST: 2, RESPONSE: 4 } as const;

/** `status` of an answer. */
export const icStatus = codes({
  S_OK: [0, 'done'],
  S_CONT: [0x8007_0103, 'no more items'],
  E_FAIL: [0x8000_4005, 'failed, for whatever reason'],
  ERROR_NOT_SUPPORTED: [0x8007_0032, 'not supported'],
  ERROR_DEVICE_NOT_CONNECTED: [0x8007_048f, 'the device is not there'],
  GUID_NOTFOUND: [0x8004_1002, 'no such adapter'],
  INVALIDARG: [0x8007_0057, 'the request makes no sense'],
  ERROR_ALREADY_EXISTS: [0x8007_0050, 'a file of that name is there'],
  ERROR_DISK_FULL: [0x8007_0070, 'no room left'],
});
/** Status codes by name, with Linux' prefix left out. */
export const IC_STATUS = icStatus.values;

/** A version as the messages carry it: major in the low half, minor in the high one. */
export const icVersionCode = (major: number, minor: number): number => (minor << 16) | major;

/** "3.2" of a version code. */
export const icVersionText = (code: number): string => `${code & 0xffff}.${code >>> 16}`;

/** Framework versions, oldest first: what a host puts on offer. */
export const IC_FRAMEWORK_VERSIONS: readonly number[] = [icVersionCode(1, 0), icVersionCode(3, 0)];

/** Bytes before the service's own message: pipe header, then message header. */
export const IC_HEADER_BYTES = 28;
/** Bytes of the pipe header alone. */
export const IC_PIPE_BYTES = 8;
/** Longest message of any service (OpenVMM `MAX_MESSAGE_SIZE`). */
export const IC_MAX_MESSAGE = 13_312;

/** Offsets of the message header's fields in a packet, pipe header included. */
export const IC_OFFSET = {
  PIPE_SIZE: 4,
  FRAMEWORK: 8,
  TYPE: 12,
  VERSION: 14,
  SIZE: 18,
  STATUS: 20,
  TRANSACTION: 24,
  FLAGS: 25,
  BODY: IC_HEADER_BYTES,
} as const;

/** Flags of a time message. */
export const ICTIMESYNCFLAG = { PROBE: 0, SYNC: 1, SAMPLE: 2 } as const;

/** State of the guest in a heartbeat's answer. */
export const heartbeatStates = codes({
  UNKNOWN: [0, 'the guest says nothing about itself'],
  HEALTHY: [1, 'well'],
  CRITICAL: [2, 'in trouble'],
  STOPPED: [3, 'no longer running'],
});
/** Application states by name. */
export const HEARTBEAT_STATE = heartbeatStates.values;

/** Flags of a shutdown request. */
export const SHUTDOWN_FLAG = { FORCE: 1, RESTART: 2, HIBERNATE: 4 } as const;
/** Reason of a shutdown that somebody planned (Windows SDK, SHTDN_REASON_FLAG_PLANNED). */
export const SHUTDOWN_REASON_PLANNED = 0x8000_0000;

/** Operations of the data exchange. */
export const kvpOperations = codes({
  GET: [0, 'value of a key'],
  SET: [1, 'set a key'],
  DELETE: [2, 'delete a key'],
  ENUMERATE: [3, 'entry n of a pool'],
  GET_IP_INFO: [4, 'network settings'],
  SET_IP_INFO: [5, 'set network settings'],
});
/** Operations by name. */
export const KVP_OP = kvpOperations.values;

/** Pools of the data exchange. */
export const kvpPools = codes({
  EXTERNAL: [0, 'written by the host'],
  GUEST: [1, 'written by programs of the guest'],
  AUTO: [2, 'what the guest says of itself'],
  AUTO_EXTERNAL: [3, 'what the host says of itself'],
});
/** Pools by name. */
export const KVP_POOL = kvpPools.values;

/** Types of a value. */
export const KVP_TYPE = { SZ: 1, EXPAND_SZ: 2, U32: 4, U64: 8 } as const;

/** Longest key and value, bytes of UTF-16 with the terminating zero. */
export const KVP_MAX = { KEY: 512, VALUE: 2048 } as const;

/** Operations of the backup service. */
export const vssOperations = codes({
  CREATE: [0, 'make a shadow copy (Windows)'],
  DELETE: [1, 'delete a shadow copy (Windows)'],
  HOT_BACKUP: [2, 'can you be backed up while running?'],
  GET_DM_INFO: [3, 'directly mapped disks'],
  BU_COMPLETE: [4, 'the backup is complete (Windows)'],
  FREEZE: [5, 'hold all writes'],
  THAW: [6, 'go on writing'],
  AUTO_RECOVER: [7, 'recover a shadow copy (Windows)'],
});
/** Operations by name. */
export const VSS_OP = vssOperations.values;

/** What a guest answers to HOT_BACKUP: it can, and needs no recovery afterwards (Linux `VSS_HBU_NO_AUTO_RECOVERY`). */
export const VSS_HBU_NO_AUTO_RECOVERY = 5;

/** Operations of the guest file copy (`include/uapi/linux/hyperv.h`, hv_fcopy_op). */
export const fcopyOperations = codes({
  START: [0, 'a file begins'],
  WRITE: [1, 'a piece of it'],
  COMPLETE: [2, 'that was all'],
  CANCEL: [3, 'forget it'],
});
/** Operations by name. */
export const FCOPY_OP = fcopyOperations.values;
/** Flags of a START. */
export const FCOPY_FLAG = { OVER_WRITE: 1, CREATE_PATH: 2 } as const;
/** Most bytes of one piece (`DATA_FRAGMENT`), and most characters of a file's name or path with the terminating zero (`W_MAX_PATH`). */
export const FCOPY_MAX = { PIECE: 6144, PATH: 260 } as const;

/** Families of addresses in network settings (`ADDR_FAMILY_…`). */
export const KVP_ADDRESS_FAMILY = { NONE: 0, IPV4: 1, IPV6: 2, BOTH: 3 } as const;
