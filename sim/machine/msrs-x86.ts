/**
 * Architectural MSRs of the simulated processor. The hypervisor serves the TSC, and the local APIC (`x2apic.ts`); the others keep what the guest
 * writes, because nothing in the simulation depends on them. Numbers: Intel SDM volume 4.
 */
import { IA32_MSR } from '../wire/msr.ts';
import type { ApicMsrs } from './x2apic.ts';

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

/** These registers as they are saved; the offset of the TSC as 64 bits. */
export type SavedX86Msrs = {
  readonly plain: readonly { readonly index: number; readonly value: bigint }[];
  readonly tscOffset: bigint;
};

export class X86Msrs {
  private readonly plain = new Map<number, bigint>(PLAIN);
  private readonly apic: ApicMsrs;
  private tscOffset = 0n;

  constructor(apic: ApicMsrs) {
    this.apic = apic;
  }

  save(): SavedX86Msrs {
    return {
      plain: [...this.plain].map(([index, value]) => ({ index, value })),
      tscOffset: BigInt.asUintN(64, this.tscOffset),
    };
  }

  load({ plain, tscOffset }: SavedX86Msrs): void {
    for (const { index, value } of plain) this.plain.set(index, value);
    this.tscOffset = BigInt.asIntN(64, tscOffset);
  }

  /** Undefined means #GP: no such register. `now` is the processor's clock in cycles. */
  read(index: number, now: number): bigint | undefined {
    if (index === IA32_MSR.TSC) return BigInt.asUintN(64, BigInt(now) + this.tscOffset);
    if (this.apic.owns(index)) return this.apic.read(index);
    return this.plain.get(index);
  }

  /** False means #GP. */
  write(index: number, value: bigint, now: number): boolean {
    if (index === IA32_MSR.TSC) {
      this.tscOffset = value - BigInt(now);
      this.apic.tscMoved(this.tscOffset);
      return true;
    }
    if (this.apic.owns(index)) return this.apic.write(index, value);
    if (!this.plain.has(index)) return false;
    this.plain.set(index, value);
    return true;
  }
}
