/**
 * Hypercalls: call codes, the control word, result word and status codes.
 *
 * Sources: TLFS "Hypercall Interface", `tlfs/hypercalls/overview.md`; Linux `include/asm-generic/hyperv-tlfs.h` (names); OpenVMM
 * `vm/hv1/hvdef/src/lib.rs` (statuses). A control word is a `bigint` because it is 64 bits wide; everything else fits in a number.
 */
import { codes } from './codes.ts';

/** Call codes, bits 0 to 15 of the control word. */
export const hypercalls = codes({
  SWITCH_VIRTUAL_ADDRESS_SPACE: [0x0001, 'load CR3 without an intercepted MOV'],
  FLUSH_VIRTUAL_ADDRESS_SPACE: [0x0002, 'flush whole address spaces on a set of VPs'],
  FLUSH_VIRTUAL_ADDRESS_LIST: [0x0003, 'flush a list of address ranges on a set of VPs'],
  NOTIFY_LONG_SPIN_WAIT: [0x0008, 'a lock was not free for long: let another VP run'],
  SEND_IPI: [0x000b, 'fixed interrupt to up to 64 VPs'],
  FLUSH_VIRTUAL_ADDRESS_SPACE_EX: [0x0013, 'as 0x0002 with a sparse VP set'],
  FLUSH_VIRTUAL_ADDRESS_LIST_EX: [0x0014, 'as 0x0003 with a sparse VP set'],
  SEND_IPI_EX: [0x0015, 'as 0x000B with a sparse VP set'],
  GET_PARTITION_ID: [0x0046, 'id of the calling partition'],
  DEPOSIT_MEMORY: [0x0048, 'parent gives pages to the hypervisor for a child'],
  CREATE_VP: [0x004e, 'parent creates a VP'],
  GET_VP_REGISTERS: [0x0050, 'read virtual processor registers'],
  SET_VP_REGISTERS: [0x0051, 'write virtual processor registers'],
  POST_MESSAGE: [0x005c, 'send up to 240 bytes to a message port'],
  SIGNAL_EVENT: [0x005d, 'set an event flag of an event port'],
  POST_DEBUG_DATA: [0x0069, 'send bytes to the synthetic debugger'],
  RETRIEVE_DEBUG_DATA: [0x006a, 'receive bytes from the synthetic debugger'],
  RESET_DEBUG_SESSION: [0x006b, 'reset the synthetic debugger'],
  ADD_LOGICAL_PROCESSOR: [0x0076, 'root adds a processor'],
  MAP_DEVICE_INTERRUPT: [0x007c, 'root maps a device interrupt'],
  UNMAP_DEVICE_INTERRUPT: [0x007d, 'root unmaps it'],
  RETARGET_INTERRUPT: [0x007e, 'move the interrupt of a passed-through device'],
  START_VIRTUAL_PROCESSOR: [0x0099, 'start a VP in a given state (VTL or isolated guests)'],
  GET_VP_INDEX_FROM_APIC_ID: [0x009a, 'translate APIC ids to VP indices'],
  FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE: [0x00af, 'nested: flush second-level translations'],
  FLUSH_GUEST_PHYSICAL_ADDRESS_LIST: [0x00b0, 'nested: flush a list of second-level translations'],
  MODIFY_SPARSE_GPA_PAGE_HOST_VISIBILITY: [0x00db, 'confidential VM: share pages with the host'],
  EXT_QUERY_CAPABILITIES: [0x8001, 'which extended hypercalls the root implements'],
  EXT_MEMORY_HEAT_HINT: [0x8003, 'these pages are cold'],
});
/** The call codes by name. */
export const HVCALL = hypercalls.values;

/** Status codes, bits 0 to 15 of the result word. */
export const statuses = codes({
  SUCCESS: [0x00, 'done'],
  INVALID_HYPERCALL_CODE: [0x02, 'no such hypercall'],
  INVALID_HYPERCALL_INPUT: [0x03, 'control word: reserved bits, rep count or header size is wrong'],
  INVALID_ALIGNMENT: [0x04, 'a parameter page is not 8-byte aligned or crosses a page'],
  INVALID_PARAMETER: [0x05, 'a parameter is out of range'],
  ACCESS_DENIED: [0x06, 'the partition lacks the privilege'],
  INVALID_PARTITION_STATE: [0x07, 'not in this state of the partition'],
  OPERATION_DENIED: [0x08, 'not now'],
  UNKNOWN_PROPERTY: [0x09, 'no such property'],
  PROPERTY_VALUE_OUT_OF_RANGE: [0x0a, 'property value is out of range'],
  INSUFFICIENT_MEMORY: [0x0b, 'the partition’s memory pool is empty'],
  PARTITION_TOO_DEEP: [0x0c, 'too many generations of partitions'],
  INVALID_PARTITION_ID: [0x0d, 'no such partition'],
  INVALID_VP_INDEX: [0x0e, 'no such virtual processor'],
  NOT_FOUND: [0x10, 'not found'],
  INVALID_PORT_ID: [0x11, 'no such port'],
  INVALID_CONNECTION_ID: [0x12, 'no such connection, or not of this kind'],
  INSUFFICIENT_BUFFERS: [0x13, 'the port’s message queue is full: try again later'],
  NOT_ACKNOWLEDGED: [0x14, 'interrupt not acknowledged'],
  INVALID_VP_STATE: [0x15, 'not in this state of the VP'],
  ACKNOWLEDGED: [0x16, 'interrupt acknowledged'],
  INVALID_SAVE_RESTORE_STATE: [0x17, 'bad saved state'],
  INVALID_SYNIC_STATE: [0x18, 'the target’s SynIC or SINT is not enabled'],
  OBJECT_IN_USE: [0x19, 'still in use'],
  NO_DATA: [0x1b, 'nothing to return'],
  INACTIVE: [0x1c, 'not active'],
  NO_RESOURCES: [0x1d, 'out of a resource'],
  FEATURE_UNAVAILABLE: [0x1e, 'feature is not available'],
  INSUFFICIENT_BUFFER: [0x33, 'the output buffer is too small'],
  INVALID_REGISTER_VALUE: [0x50, 'register value is not legal'],
  OPERATION_FAILED: [0x71, 'failed'],
  TIMEOUT: [0x78, 'timed out'],
});
/** The statuses by name. */
export const HV_STATUS = statuses.values;

/** Bits of the control word that must be zero (`HV_HYPERCALL_RSVD_MASK`). */
export const HV_HYPERCALL_RSVD_MASK = 0xf000_f000_f800_0000n;
/** Reps per call: the count field has 12 bits. */
export const HV_HYPERCALL_MAX_REPS = 4095;
/** `flags` of the TLB flush calls. */
export const HV_FLUSH = {
  ALL_PROCESSORS: 0x1,
  ALL_VIRTUAL_ADDRESS_SPACES: 0x2,
  NON_GLOBAL_MAPPINGS_ONLY: 0x4,
  USE_EXTENDED_RANGE_FORMAT: 0x8,
} as const;
/** `format` of a sparse VP set. */
export const HV_GENERIC_SET = { SPARSE_4K: 0, ALL: 1 } as const;
/** "My own partition" where a partition id is asked for. */
export const HV_PARTITION_ID_SELF = 0xffff_ffff_ffff_ffffn;
/** "Myself" where a VP index is asked for. */
export const HV_VP_INDEX_SELF = 0xffff_fffe;
/** The hypervisor's page size in bytes, whatever the guest's is. */
export const HV_HYP_PAGE_SIZE = 4096;

/** The fields of a control word (hypercall input value). */
export interface ControlWord {
  /** Call code. */
  code: number;
  /** 1: parameters are in registers, not in memory. */
  fast: number;
  /** Size of the variable part of the input header in 8-byte units. */
  varhead_qwords: number;
  /** Number of list elements. */
  rep_count: number;
  /** First element that is not done yet. */
  rep_start: number;
}

/** Builds a control word; absent fields are 0. */
export function controlWord(fields: Partial<ControlWord>): bigint {
  const low = (fields.code ?? 0) | ((fields.fast ?? 0) << 16) | ((fields.varhead_qwords ?? 0) << 17);
  const high = (fields.rep_count ?? 0) | ((fields.rep_start ?? 0) << 16);
  return BigInt(low >>> 0) | (BigInt(high >>> 0) << 32n);
}

/** Takes a control word apart. Reserved bits are ignored here; see `controlWordReserved`. */
export function parseControlWord(word: bigint): ControlWord {
  const low = Number(word & 0xffff_ffffn);
  const high = Number((word >> 32n) & 0xffff_ffffn);
  return {
    code: low & 0xffff,
    fast: (low >>> 16) & 1,
    varhead_qwords: (low >>> 17) & 0x3ff,
    rep_count: high & 0xfff,
    rep_start: (high >>> 16) & 0xfff,
  };
}

/** True when a control word has a reserved bit set: INVALID_HYPERCALL_INPUT. */
export function controlWordReserved(word: bigint): boolean {
  return (word & HV_HYPERCALL_RSVD_MASK) !== 0n;
}

/** The result word of a hypercall: status in bits 0 to 15, completed reps in bits 32 to 43. */
export function hypercallResult(status: number, repsDone = 0): bigint {
  return BigInt(status) | (BigInt(repsDone) << 32n);
}

/** Status of a result word. */
export const resultStatus = (result: bigint): number => Number(result & 0xffffn);
/** Completed reps of a result word. */
export const resultReps = (result: bigint): number => Number((result >> 32n) & 0xfffn);

/** The control word of every VMBus signal that Linux and iPXE send: SIGNAL_EVENT, fast. */
export const SIGNAL_EVENT_FAST = 0x1_005dn;
