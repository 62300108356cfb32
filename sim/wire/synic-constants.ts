/**
 * Numbers of the synthetic interrupt controller: slots, flags, queue lengths, message types.
 *
 * Sources: TLFS "Inter-Partition Communication" and "Virtual Interrupts"; names from Linux `hyperv-tlfs.h`. The page and register
 * structures are in `synic.ts`.
 */
import { codes } from './codes.ts';

/** Synthetic interrupt sources per virtual processor. */
export const HV_SYNIC_SINT_COUNT = 16;
/** Value of SVERSION. */
export const HV_SYNIC_VERSION_1 = 1;
/** Vectors below this are exceptions: writing one to a SINT is #GP. */
export const HV_SYNIC_FIRST_VALID_VECTOR = 16;
/** SINT register bits. */
export const HV_SYNIC_SINT = {
  VECTOR_MASK: 0xffn,
  MASKED: 1n << 16n,
  AUTO_EOI: 1n << 17n,
  POLLING: 1n << 18n,
} as const;
/** Reset value of a SINT register: masked. */
export const HV_SYNIC_SINT_RESET = 0x1_0000n;
/** Synthetic timers per virtual processor. */
export const HV_SYNIC_STIMER_COUNT = 4;

/** Bytes of one message slot. */
export const HV_MESSAGE_SIZE = 256;
/** Bytes of message payload. */
export const HV_MESSAGE_PAYLOAD_BYTE_COUNT = 240;
/** Offsets in a message slot. */
export const HV_MESSAGE_OFFSET = { TYPE: 0, PAYLOAD_SIZE: 4, FLAGS: 5, PORT: 8, PAYLOAD: 16 } as const;
/** `message_flags` bit: more messages wait; the guest must write EOM after freeing the slot. */
export const HV_MESSAGE_FLAG_PENDING = 1;
/** Message buffers of a port: more posts than this are refused. */
export const HV_PORT_MESSAGE_BUFFERS = 16;

/** Event flags of one SINT. */
export const HV_EVENT_FLAGS_COUNT = 2048;
/** Bytes of the event flags of one SINT. */
export const HV_EVENT_FLAGS_BYTE_COUNT = 256;

/** Rate of the reference counter, Hz: one unit is 100 ns. */
export const HV_CLOCK_HZ = 10_000_000;

/** `message_type` of the hypervisor's own messages; guests' ports use values below 0x80000000. */
export const hypervisorMessages = codes({
  NONE: [0, 'the slot is free'],
  UNMAPPED_GPA: [0x8000_0000, 'a VP touched an unmapped guest-physical address'],
  GPA_INTERCEPT: [0x8000_0001, 'a VP touched an intercepted guest-physical address'],
  TIMER_EXPIRED: [0x8000_0010, 'a synthetic timer fired'],
  INVALID_VP_REGISTER_VALUE: [0x8000_0020, 'a VP has an illegal register value'],
  UNRECOVERABLE_EXCEPTION: [0x8000_0021, 'triple fault'],
  UNSUPPORTED_FEATURE: [0x8000_0022, 'feature not supported'],
  EVENTLOG_BUFFERCOMPLETE: [0x8000_0040, 'event log buffer is full'],
  X64_IOPORT_INTERCEPT: [0x8001_0000, 'a VP executed IN or OUT on an intercepted port'],
  X64_MSR_INTERCEPT: [0x8001_0001, 'a VP accessed an intercepted MSR'],
  X64_CPUID_INTERCEPT: [0x8001_0002, 'a VP executed an intercepted CPUID'],
  X64_EXCEPTION_INTERCEPT: [0x8001_0003, 'a VP raised an intercepted exception'],
  X64_APIC_EOI: [0x8001_0004, 'end of a level-triggered interrupt'],
  X64_LEGACY_FP_ERROR: [0x8001_0005, 'FERR'],
});
/** The message types by name. */
export const HVMSG = hypervisorMessages.values;
