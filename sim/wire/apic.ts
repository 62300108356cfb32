/**
 * Bits of the local APIC: interrupt command, local vector table, errors, modes. Offsets of the registers are in `ports.ts`.
 * Source: Intel SDM volume 3, chapter "Advanced programmable interrupt controller (APIC)".
 */

/** APIC_BASE: bootstrap processor, x2APIC mode, global enable, and the page's address. */
export const APIC_BASE = {
  BOOTSTRAP: 0x100n,
  X2APIC: 0x400n,
  ENABLE: 0x800n,
  ADDRESS: 0xf_ffff_ffff_f000n,
} as const;

/** In x2APIC mode the register at offset `o` of the page is MSR 0x800 + o / 16. */
export const X2APIC_MSR = { FIRST: 0x800, LAST: 0x8ff } as const;

/** The MSR of a register in x2APIC mode. */
export const x2apicMsr = (offset: number): number => X2APIC_MSR.FIRST + (offset >>> 4);

/** Delivery modes: bits 8 to 10 of the interrupt command and of a local vector table entry. */
export const APIC_DELIVERY = {
  FIXED: 0,
  LOWEST_PRIORITY: 1,
  SMI: 2,
  NMI: 4,
  INIT: 5,
  STARTUP: 6,
  EXTINT: 7,
} as const;

/** Interrupt command register: logical destination, level asserted, level triggered. */
export const ICR = { LOGICAL: 0x800, ASSERT: 0x4000, LEVEL: 0x8000 } as const;

/** Bits 18 and 19 of the interrupt command register. */
export const ICR_SHORTHAND = { NONE: 0, SELF: 1, ALL: 2, OTHERS: 3 } as const;

/** Local vector table: mask, and the mode of the timer in bits 17 and 18. */
export const LVT = { MASKED: 0x1_0000, PERIODIC: 0x2_0000, TSC_DEADLINE: 0x4_0000, MODE: 0x6_0000 } as const;

/** Spurious interrupt vector register, bit 8: the APIC is enabled by software. */
export const SVR_ENABLE = 0x100;

/** Error status register. */
export const APIC_ERROR = {
  SEND_ILLEGAL_VECTOR: 0x20,
  RECEIVED_ILLEGAL_VECTOR: 0x40,
  ILLEGAL_REGISTER: 0x80,
} as const;

/** Vectors below this are exceptions: an APIC neither sends nor accepts them. */
export const FIRST_APIC_VECTOR = 16;

/** Everybody, as a destination: of eight bits, and of 32 in x2APIC mode. */
export const BROADCAST = { XAPIC: 0xff, X2APIC: 0xffff_ffff } as const;

/** Bit 0 of the first word of the VP assist page. Source: TLFS, "EOI Assist". */
export const NO_EOI_REQUIRED = 1;
