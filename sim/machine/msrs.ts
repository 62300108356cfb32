/**
 * The synthetic MSRs. Source: TLFS. A register that the partition was not offered, one that does not exist, and a reserved bit that
 * must be zero all mean #GP, as on real hardware.
 */

import { HV_X64_MSR, isSyntheticMsr, MSR_PAGE_ENABLE } from '../wire/msr.ts';
import { HV_SYNIC_VERSION_1 } from '../wire/synic-constants.ts';
import { APIC_BUS_HZ } from './apic-timer.ts';
import type { CrashReport } from './crash-registers.ts';
import { CrashRegisters } from './crash-registers.ts';
import type { Features } from './features.ts';
import { hypercallPage } from './hypercall-page.ts';
import type { SavedX86Msrs, X86Msrs } from './msrs-x86.ts';
import { OverlayRegister, type SavedOverlay } from './overlay-register.ts';
import type { Partition } from './partition.ts';
import { Reenlightenment } from './reenlightenment.ts';
import { ReferenceTsc } from './reference-tsc.ts';
import type { Stimers } from './stimers.ts';
import type { SavedSynic, VpSynic } from './synic-vp.ts';
import type { ApicMsrs } from './x2apic.ts';

const LAST_SINT = HV_X64_MSR.SINT15;
const LAST_STIMER = HV_X64_MSR.STIMER3_COUNT;
/** HYPERCALL bit 1. */
const LOCKED = 2n;

/** The registers of one processor. */
export interface VpRegisters {
  readonly synic: VpSynic;
  readonly stimers: Stimers;
  readonly assist: OverlayRegister;
  readonly x86: X86Msrs;
  readonly apic: ApicMsrs;
}

/** The MSRs of a partition as they are saved. */
export type SavedMsrs = {
  readonly guestOsId: bigint;
  readonly hypercall: SavedOverlay;
  readonly referenceTsc: bigint;
  readonly invariantTsc: boolean;
  readonly vps: readonly {
    readonly synic: SavedSynic;
    readonly assist: SavedOverlay;
    readonly x86: SavedX86Msrs;
  }[];
};

export class Msrs {
  /** TSC rates across a move to another host. */
  readonly reenlightenment: Reenlightenment;
  /** TSC_INVARIANT_CONTROL: the guest wants to see in CPUID that the TSC is invariant. */
  invariantTsc = false;
  private guestOsId = 0n;
  private readonly hypercall: OverlayRegister;
  private readonly referenceTsc: ReferenceTsc;
  private readonly crashRegisters: CrashRegisters;
  private readonly partition: Partition;
  private readonly features: Features;
  private readonly vps: readonly VpRegisters[];

  constructor(partition: Partition, features: Features, vps: readonly VpRegisters[]) {
    this.partition = partition;
    this.features = features;
    this.vps = vps;
    this.hypercall = new OverlayRegister(partition.memory, { readOnly: true });
    this.referenceTsc = new ReferenceTsc({
      engine: partition.engine,
      memory: partition.memory,
      hz: partition.costs.hz,
      valid: features.referenceTscValid,
    });
    this.crashRegisters = new CrashRegisters(partition.memory);
    this.reenlightenment = new Reenlightenment({
      engine: partition.engine,
      hz: partition.costs.hz,
      vps: vps.length,
      raise: (vp, vector) => partition.interrupts.raise(vp, vector, false),
      rateChanged: () => this.referenceTsc.rateChanged(this.reenlightenment),
    });
  }

  /** GPA of a processor's assist page; -1 while it has none. */
  assistPage(vp: number): number {
    return this.vps[vp].assist.page;
  }

  /** The last crash report of the guest. */
  get crash(): CrashReport | undefined {
    return this.crashRegisters.report;
  }

  /** True when the guest has a hypercall page to call. */
  get hypercallsEnabled(): boolean {
    return (this.hypercall.value & MSR_PAGE_ENABLE) !== 0n;
  }

  /** Undefined means #GP. */
  read(vp: number, index: number): bigint | undefined {
    if (!isSyntheticMsr(index)) return this.vps[vp].x86.read(index, this.partition.vps[vp].now);
    return this.offered(index) ? this.readSynthetic(vp, index) : undefined;
  }

  /** False means #GP. */
  write(vp: number, index: number, value: bigint): boolean {
    if (!isSyntheticMsr(index)) return this.vps[vp].x86.write(index, value, this.partition.vps[vp].now);
    return this.offered(index) && this.writeSynthetic(vp, index, value);
  }

  /** The registers as they are saved. Timers and moves between hosts are none of it: see {@link saveProblem}. */
  save(): SavedMsrs {
    return {
      guestOsId: this.guestOsId,
      hypercall: this.hypercall.save(),
      referenceTsc: this.referenceTsc.value,
      invariantTsc: this.invariantTsc,
      vps: this.vps.map(({ synic, assist, x86 }) => ({
        synic: synic.save(),
        assist: assist.save(),
        x86: x86.save(),
      })),
    };
  }

  /** Puts back what {@link save} gave. */
  load(saved: SavedMsrs): void {
    this.guestOsId = saved.guestOsId;
    this.hypercall.load(saved.hypercall);
    this.referenceTsc.write(saved.referenceTsc);
    this.invariantTsc = saved.invariantTsc;
    for (const [i, { synic, assist, x86 }] of saved.vps.entries()) {
      this.vps[i].synic.load(synic);
      this.vps[i].assist.load(assist);
      this.vps[i].x86.load(x86);
    }
  }

  /** What cannot be saved and is in use, if anything. */
  get saveProblem(): string | undefined {
    const timers = this.vps.some(({ stimers }) => [0, 1, 2, 3].some((i) => stimers.config(i) !== 0n));
    return timers ? 'a synthetic timer' : undefined;
  }

  /** Power-on values. */
  reset(): void {
    this.guestOsId = 0n;
    this.hypercall.reset();
    this.referenceTsc.reset();
    this.reenlightenment.reset();
    this.invariantTsc = false;
    for (const { synic, stimers, assist } of this.vps) {
      synic.reset();
      stimers.reset();
      assist.reset();
    }
  }

  /** Whether the partition may access the register (leaf 0x40000003). */
  private offered(index: number): boolean {
    const f = this.features;
    if (!f.hypervisorPresent) return false;
    if (index >= HV_X64_MSR.SCONTROL && index <= LAST_SINT) return f.synic;
    if (index >= HV_X64_MSR.STIMER0_CONFIG && index <= LAST_STIMER) return f.syntheticTimers;
    if (index >= HV_X64_MSR.CRASH_P0 && index <= HV_X64_MSR.CRASH_CTL) return f.crashMsrs;
    switch (index) {
      case HV_X64_MSR.TIME_REF_COUNT:
        return f.timeRefCount;
      case HV_X64_MSR.REFERENCE_TSC:
        return f.referenceTsc;
      case HV_X64_MSR.TSC_FREQUENCY:
      case HV_X64_MSR.APIC_FREQUENCY:
        return f.frequencyMsrs;
      case HV_X64_MSR.EOI:
      case HV_X64_MSR.ICR:
      case HV_X64_MSR.TPR:
      case HV_X64_MSR.VP_ASSIST_PAGE:
        return f.apicMsrs;
      case HV_X64_MSR.VP_RUNTIME:
        return f.vpRuntime;
      case HV_X64_MSR.RESET:
        return f.reset;
      case HV_X64_MSR.REENLIGHTENMENT_CONTROL:
      case HV_X64_MSR.TSC_EMULATION_CONTROL:
      case HV_X64_MSR.TSC_EMULATION_STATUS:
        return f.reenlightenment;
      case HV_X64_MSR.TSC_INVARIANT_CONTROL:
        return f.tscInvariant;
      default:
        return index >= HV_X64_MSR.GUEST_OS_ID && index <= HV_X64_MSR.VP_INDEX;
    }
  }

  private readSynthetic(vp: number, index: number): bigint | undefined {
    const { partition } = this;
    switch (index) {
      case HV_X64_MSR.GUEST_OS_ID:
        return this.guestOsId;
      case HV_X64_MSR.HYPERCALL:
        return this.hypercall.value;
      case HV_X64_MSR.VP_INDEX:
        return BigInt(vp);
      case HV_X64_MSR.RESET:
        return 0n;
      case HV_X64_MSR.VP_RUNTIME:
        return BigInt(partition.runTime(vp));
      case HV_X64_MSR.TIME_REF_COUNT:
        return BigInt(partition.referenceTime());
      case HV_X64_MSR.REFERENCE_TSC:
        return this.referenceTsc.value;
      case HV_X64_MSR.TSC_FREQUENCY:
        return BigInt(this.reenlightenment.tscHz);
      case HV_X64_MSR.APIC_FREQUENCY:
        return BigInt(APIC_BUS_HZ);
      case HV_X64_MSR.TPR:
        return BigInt(partition.vps[vp].apic.tpr);
      case HV_X64_MSR.ICR:
        return this.vps[vp].apic.readCommand();
      case HV_X64_MSR.VP_ASSIST_PAGE:
        return this.vps[vp].assist.value;
      default:
        return this.readSynic(vp, index) ?? this.readTimer(vp, index) ?? this.readPartition(index);
    }
  }

  private readSynic(vp: number, index: number): bigint | undefined {
    const { synic } = this.vps[vp];
    if (index >= HV_X64_MSR.SINT0 && index <= LAST_SINT) return synic.sint(index - HV_X64_MSR.SINT0);
    switch (index) {
      case HV_X64_MSR.SCONTROL:
        return synic.control;
      case HV_X64_MSR.SVERSION:
        return BigInt(HV_SYNIC_VERSION_1);
      case HV_X64_MSR.SIEFP:
        return synic.siefp.value;
      case HV_X64_MSR.SIMP:
        return synic.simp.value;
      case HV_X64_MSR.EOM:
        return 0n;
      default:
        return undefined;
    }
  }

  private readTimer(vp: number, index: number): bigint | undefined {
    const offset = index - HV_X64_MSR.STIMER0_CONFIG;
    if (offset < 0 || index > LAST_STIMER) return undefined;
    const { stimers } = this.vps[vp];
    return offset % 2 === 0 ? stimers.config(offset >>> 1) : stimers.count(offset >>> 1);
  }

  private readPartition(index: number): bigint | undefined {
    if (index === HV_X64_MSR.TSC_INVARIANT_CONTROL) return this.invariantTsc ? 1n : 0n;
    return this.reenlightenment.read(index) ?? this.crashRegisters.read(index);
  }

  private writeSynthetic(vp: number, index: number, value: bigint): boolean {
    const { apic } = this.partition.vps[vp];
    switch (index) {
      case HV_X64_MSR.GUEST_OS_ID:
        this.guestOsId = value;
        if (value === 0n) this.hypercall.write(this.hypercall.value & ~MSR_PAGE_ENABLE);
        return true;
      case HV_X64_MSR.HYPERCALL:
        return this.writeHypercall(value);
      case HV_X64_MSR.RESET:
        if ((value & 1n) !== 0n) this.partition.reset();
        return value <= 1n;
      case HV_X64_MSR.REFERENCE_TSC:
        this.referenceTsc.write(value);
        return true;
      case HV_X64_MSR.EOI:
        return this.vps[vp].apic.writeEoi(value);
      case HV_X64_MSR.ICR:
        return this.vps[vp].apic.writeCommand(value);
      case HV_X64_MSR.TPR:
        if (value > 0xffn) return false;
        apic.setTpr(Number(value));
        return true;
      case HV_X64_MSR.VP_ASSIST_PAGE:
        apic.forgetAssist();
        this.vps[vp].assist.write(value);
        return true;
      default:
        return this.writeSynic(vp, index, value);
    }
  }

  /** Locked: no change. Without an identity of the guest: no page. A page that is not RAM: #GP. */
  private writeHypercall(value: bigint): boolean {
    const { hypercall, partition } = this;
    if ((hypercall.value & LOCKED) !== 0n) return value === hypercall.value;
    const lock = this.features.hypercallLock ? LOCKED : 0n;
    const wanted = value & ~(LOCKED & ~lock);
    if ((wanted & MSR_PAGE_ENABLE) !== 0n && !hypercall.backed(wanted)) return false;
    const allowed = this.guestOsId === 0n ? wanted & ~(MSR_PAGE_ENABLE | LOCKED) : wanted;
    hypercall.write(allowed, hypercallPage(partition.vendor, partition.hypercallCode));
    return true;
  }

  private writeSynic(vp: number, index: number, value: bigint): boolean {
    const { synic } = this.vps[vp];
    if (index >= HV_X64_MSR.SINT0 && index <= LAST_SINT)
      return synic.writeSint(index - HV_X64_MSR.SINT0, value);
    switch (index) {
      case HV_X64_MSR.SCONTROL:
        synic.writeControl(value);
        return true;
      case HV_X64_MSR.SIEFP:
        synic.siefp.write(value);
        return true;
      case HV_X64_MSR.SIMP:
        synic.writeSimp(value);
        return true;
      case HV_X64_MSR.EOM:
        synic.endOfMessage();
        return true;
      default:
        return this.writeTimer(vp, index, value) ?? this.writePartition(index, value);
    }
  }

  private writeTimer(vp: number, index: number, value: bigint): boolean | undefined {
    const offset = index - HV_X64_MSR.STIMER0_CONFIG;
    if (offset < 0 || index > LAST_STIMER) return undefined;
    const { stimers } = this.vps[vp];
    if (offset % 2 === 0) return stimers.writeConfig(offset >>> 1, value);
    stimers.writeCount(offset >>> 1, value);
    return true;
  }

  /** Read-only registers (VP_INDEX, TIME_REF_COUNT, SVERSION and the frequencies) end here: #GP. */
  private writePartition(index: number, value: bigint): boolean {
    if (index === HV_X64_MSR.TSC_INVARIANT_CONTROL) {
      if (value > 1n) return false;
      this.invariantTsc = value === 1n;
      return true;
    }
    return this.reenlightenment.write(index, value) || this.crashRegisters.write(index, value);
  }
}
