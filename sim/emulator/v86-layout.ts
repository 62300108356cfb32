/**
 * Where the emulator keeps what the adapter needs, as offsets into its memory. Source: v86 `src/rust/cpu/global_pointers.rs`, `apic.rs`,
 * `pic.rs`, `src/const.js`; all of these are fixed addresses or checked by assertions there.
 */

/** Byte offsets of the registers: EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI. */
export const REG = { EAX: 64, ECX: 68, EDX: 72, EBX: 76, ESP: 80, EBP: 84, ESI: 88, EDI: 92 } as const;

export const CPU = {
  FLAGS: 120,
  INSTRUCTION_POINTER: 556,
  PREVIOUS_IP: 560,
  /** A byte. */
  CPL: 612,
  /** A byte: 1 after HLT. */
  IN_HLT: 616,
  /** Counts executed instructions, modulo 2^32. */
  INSTRUCTION_COUNTER: 664,
  /** Bases of the segments ES, CS, SS, DS, FS, GS, four bytes each. */
  SEGMENT_BASES: 736,
  /** A byte: 1 when addresses and operands have 32 bits unless a prefix says otherwise. */
  IS_32: 804,
} as const;

/** Numbers of segments. */
export const SEGMENT = { ES: 0, DS: 3 } as const;

/** EFLAGS.IF. */
export const FLAG_INTERRUPT = 0x200;

/** Within the structure at `get_apic_addr()`: eight words each, and the EOI register in guest-physical memory. */
export const APIC = { IRR: 64, ISR: 96, TPR: 44, EOI_ADDRESS: 0xfee0_00b0 } as const;

/** Within the structure at `get_pic_addr_master()`: bytes. A set bit of ENABLED lets its input through. */
export const PIC = { ENABLED: 0, IRR: 3 } as const;

/** Index of the first compiled block in the function table. */
export const TABLE_OFFSET = 1024;
