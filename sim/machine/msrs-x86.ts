/**
 * Architectural MSRs of the simulated processor. The hypervisor serves the TSC and the APIC base; the others keep what the guest
 * writes, because nothing in the simulation depends on them. Numbers: Intel SDM volume 4.
 */
import { IA32_MSR } from '../wire/msr.ts';
import { MMIO } from '../wire/ports.ts';

/** APIC base: page address, global enable (bit 11), bootstrap processor (bit 8). */
const APIC_ENABLE = 0x800n;
const APIC_BOOTSTRAP = 0x100n;

/** Registers that are storage only, with their power-on values. */
const PLAIN: readonly (readonly [number, bigint])[] = [
  [0x8b, 0n], // BIOS_SIGN_ID
  [0xfe, 0x508n], // MTRRCAP: eight variable ranges, fixed ranges, write combining
  [0x174, 0n], // SYSENTER_CS
  [0x175, 0n], // SYSENTER_ESP
  [0x176, 0n], // SYSENTER_EIP
  [0x1a0, 1n], // MISC_ENABLE: fast strings
  [0x277, 0x0007_0406_0007_0406n], // PAT
  [0x2ff, 0n], // MTRR_DEF_TYPE
  [0xc000_0080, 0n], // EFER
  [0xc000_0081, 0n], // STAR
  [0xc000_0082, 0n], // LSTAR
  [0xc000_0083, 0n], // CSTAR
  [0xc000_0084, 0n], // FMASK
  [0xc000_0100, 0n], // FS_BASE
  [0xc000_0101, 0n], // GS_BASE
  [0xc000_0102, 0n], // KERNEL_GS_BASE
];

export class X86Msrs {
  private readonly plain = new Map<number, bigint>(PLAIN);
  private apicBase: bigint;
  private tscOffset = 0n;

  constructor(vp: number) {
    this.apicBase = BigInt(MMIO.LOCAL_APIC) | APIC_ENABLE | (vp === 0 ? APIC_BOOTSTRAP : 0n);
  }

  /** Undefined means #GP: no such register. `now` is the processor's clock in cycles. */
  read(index: number, now: number): bigint | undefined {
    if (index === IA32_MSR.TSC) return BigInt.asUintN(64, BigInt(now) + this.tscOffset);
    if (index === IA32_MSR.APIC_BASE) return this.apicBase;
    return this.plain.get(index);
  }

  /** False means #GP. The APIC can neither move nor be switched off or to x2APIC mode. */
  write(index: number, value: bigint, now: number): boolean {
    if (index === IA32_MSR.TSC) {
      this.tscOffset = value - BigInt(now);
      return true;
    }
    if (index === IA32_MSR.APIC_BASE) return value === this.apicBase;
    if (!this.plain.has(index)) return false;
    this.plain.set(index, value);
    return true;
  }
}
