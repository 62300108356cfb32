/**
 * The local APIC as MSRs: its base and mode, the deadline of its timer, and the registers 0x800 to 0x8FF of x2APIC mode.
 *
 * Source: Intel SDM volume 3, "Extended xAPIC (x2APIC)": transitions between the modes, reserved bits, read-only and write-only registers.
 * Everything that is not allowed raises #GP and changes nothing. TLFS "Local APIC": the base may not move.
 */
import { APIC_BASE, FIRST_APIC_VECTOR, X2APIC_MSR } from '../wire/apic.ts';
import { IA32_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { LocalApic } from './apic.ts';
import { readCommon, writeCommon } from './apic-registers.ts';
import { x2apicLogicalId } from './apic-send.ts';
import type { Features } from './features.ts';

/** Writable bits where they are fewer than 32. A write with another bit set raises #GP. */
const WRITABLE: ReadonlyMap<number, number> = new Map([
  [APIC_REG.TPR, 0xff],
  [APIC_REG.SVR, 0x1ff],
  [APIC_REG.EOI, 0],
  [APIC_REG.ESR, 0],
  [APIC_REG.TIMER_DIVIDE, 0xb],
  [APIC_REG.SELF_IPI, 0xff],
  [APIC_REG.TIMER_INITIAL, 0xffff_ffff],
]);
/** Bits 31 to 20, 17, 16 and 13 of the interrupt command. */
const ICR_RESERVED = 0xfff3_2000n;

/** True for an MSR of x2APIC mode. */
export const isX2apicMsr = (index: number): boolean => index >= X2APIC_MSR.FIRST && index <= X2APIC_MSR.LAST;

/** Offset in the page of the register behind an MSR of x2APIC mode. */
export const x2apicOffset = (index: number): number => (index - X2APIC_MSR.FIRST) << 4;

/** Sends an interrupt command. */
export type SendCommand = (command: number, destination: number) => void;

export class ApicMsrs {
  private readonly apic: LocalApic;
  private readonly features: Pick<Features, 'x2apic' | 'tscDeadline'>;
  private readonly send: SendCommand;

  constructor(apic: LocalApic, features: Pick<Features, 'x2apic' | 'tscDeadline'>, send: SendCommand) {
    this.apic = apic;
    this.features = features;
    this.send = send;
  }

  /** True for a register that this object answers. */
  owns(index: number): boolean {
    return index === IA32_MSR.APIC_BASE || index === IA32_MSR.TSC_DEADLINE || isX2apicMsr(index);
  }

  /** Undefined means #GP. */
  read(index: number): bigint | undefined {
    if (index === IA32_MSR.APIC_BASE) return this.base;
    if (index === IA32_MSR.TSC_DEADLINE)
      return this.features.tscDeadline ? (this.apic.timer?.deadline ?? 0n) : undefined;
    return this.apic.mode === 'x2apic' ? this.readRegister(x2apicOffset(index)) : undefined;
  }

  /** False means #GP. */
  write(index: number, value: bigint): boolean {
    if (index === IA32_MSR.APIC_BASE) return this.writeBase(value);
    if (index === IA32_MSR.TSC_DEADLINE) {
      if (this.features.tscDeadline) this.apic.timer?.writeDeadline(value);
      return this.features.tscDeadline;
    }
    return this.apic.mode === 'x2apic' && this.writeRegister(x2apicOffset(index), value);
  }

  /** HV_X64_MSR_ICR: both halves in one register, laid out as the APIC's mode has them. */
  readCommand(): bigint {
    const { mode, icrDestination, icrCommand } = this.apic;
    return (BigInt(icrDestination) << (mode === 'x2apic' ? 32n : 56n)) | BigInt(icrCommand);
  }

  /** HV_X64_MSR_ICR. False means #GP: the APIC is switched off. */
  writeCommand(value: bigint): boolean {
    if (this.apic.mode === 'disabled') return false;
    this.issue(Number(value & 0xc_cfffn), Number(value >> (this.apic.mode === 'x2apic' ? 32n : 56n)));
    return true;
  }

  /** HV_X64_MSR_EOI. False means #GP: the APIC is switched off, or a reserved bit is set. */
  writeEoi(value: bigint): boolean {
    if (this.apic.mode === 'disabled' || value > 0xffff_ffffn) return false;
    this.apic.eoi();
    return true;
  }

  /** The guest has moved its TSC. */
  tscMoved(offset: bigint): void {
    this.apic.timer?.tscMoved(offset);
  }

  private get base(): bigint {
    const { id, mode } = this.apic;
    const enable = mode === 'disabled' ? 0n : APIC_BASE.ENABLE;
    const x2apic = mode === 'x2apic' ? APIC_BASE.X2APIC : 0n;
    return BigInt(MMIO.LOCAL_APIC) | (id === 0 ? APIC_BASE.BOOTSTRAP : 0n) | enable | x2apic;
  }

  /** The modes may change; address and bootstrap bit may not, and reserved bits may not be set. */
  private writeBase(value: bigint): boolean {
    const modes = APIC_BASE.ENABLE | APIC_BASE.X2APIC;
    if (((value ^ this.base) & ~modes) !== 0n) return false;
    const enable = (value & APIC_BASE.ENABLE) !== 0n;
    const x2apic = (value & APIC_BASE.X2APIC) !== 0n;
    if (x2apic && (!enable || !this.features.x2apic)) return false;
    return this.change(enable ? (x2apic ? 'x2apic' : 'xapic') : 'disabled');
  }

  /** From x2APIC mode there is only the way through "switched off"; into it only the way through xAPIC mode. */
  private change(mode: LocalApic['mode']): boolean {
    const { apic } = this;
    if (apic.mode === 'x2apic' && mode === 'xapic') return false;
    if (apic.mode === 'disabled' && mode === 'x2apic') return false;
    if (mode === 'disabled' && apic.mode !== 'disabled') apic.init();
    apic.setMode(mode);
    return true;
  }

  private readRegister(offset: number): bigint | undefined {
    const { apic } = this;
    switch (offset) {
      case APIC_REG.ID:
        return BigInt(apic.id);
      case APIC_REG.LDR:
        return BigInt(x2apicLogicalId(apic.id));
      case APIC_REG.ICR_LOW:
        return (BigInt(apic.icrDestination) << 32n) | BigInt(apic.icrCommand);
      default: {
        const value = readCommon(apic, offset);
        return value === undefined ? undefined : BigInt(value);
      }
    }
  }

  private writeRegister(offset: number, value: bigint): boolean {
    if (offset === APIC_REG.ICR_LOW) return this.writeIcr(value);
    if (value > 0xffff_ffffn) return false;
    const word = Number(value);
    if ((word & ~this.writable(offset)) !== 0) return false;
    if (offset !== APIC_REG.SELF_IPI) return writeCommon(this.apic, offset, word, this.features.tscDeadline);
    this.sendSelf(word);
    return true;
  }

  private writable(offset: number): number {
    const { lvt } = this.apic;
    if (lvt.has(offset)) return ~lvt.reserved(offset, this.features.tscDeadline);
    return WRITABLE.get(offset) ?? 0xffff_ffff;
  }

  private writeIcr(value: bigint): boolean {
    if ((value & ICR_RESERVED) !== 0n) return false;
    this.issue(Number(value & 0xffff_efffn), Number(value >> 32n));
    return true;
  }

  private issue(command: number, destination: number): void {
    this.apic.icrCommand = command;
    this.apic.icrDestination = destination;
    this.send(command, destination);
  }

  private sendSelf(vector: number): void {
    const SELF = 1 << 18;
    this.send(SELF | vector, 0);
  }
}

/** True when a write of the interrupt command asks for what APICv sends without an exit: a fixed, edge-triggered interrupt to oneself. */
export function isSelfIpi(command: number): boolean {
  return (command & 0xc_ff00 & ~0x4000) === 0x4_0000 && (command & 0xff) >= FIRST_APIC_VECTOR;
}
