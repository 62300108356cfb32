/**
 * The local APIC's registers in memory (FEE00000, xAPIC mode). Source: Intel SDM volume 3, "The local APIC block diagram".
 *
 * What a guest must not do has the architecture's answer: a register that does not exist reads 0 and leaves an error in the error status
 * register; reserved bits are ignored. In x2APIC mode the page is gone: reads float high, stores vanish.
 */
import { APIC_ERROR } from '../wire/apic.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { LocalApic } from './apic.ts';

/** Bytes of the APIC page. */
export const APIC_PAGE_BYTES = 0x1000;
/** Integrated APIC, six LVT entries. */
const VERSION = 0x0005_0014;
/** What an address reads that no device answers. */
const FLOATING = 0xffff_ffff;
const VECTOR_REGISTERS = 0x80;

/** What a write needs beside the APIC: the way of an interrupt command, and whether the timer can wait for the TSC. */
export interface ApicWriteContext {
  /** Sends what the low half of the interrupt command register says to `destination`. */
  readonly send: (command: number, destination: number) => void;
  readonly tscDeadline: boolean;
}

/** True for an address on the APIC page. */
export function isApicPage(gpa: number): boolean {
  return gpa >= MMIO.LOCAL_APIC && gpa < MMIO.LOCAL_APIC + APIC_PAGE_BYTES;
}

/** What the APIC page reads. */
export function readApicPage(apic: LocalApic, offset: number): number {
  if (apic.mode !== 'xapic') return FLOATING;
  switch (offset) {
    case APIC_REG.ID:
      return (apic.id << 24) >>> 0;
    case APIC_REG.LDR:
      return (apic.logicalId << 24) >>> 0;
    case APIC_REG.DFR:
      return apic.destinationFormat;
    case APIC_REG.ICR_HIGH:
      return (apic.icrDestination << 24) >>> 0;
    case APIC_REG.EOI:
      return 0;
    default:
      return readCommon(apic, offset) ?? missing(apic, offset);
  }
}

/** A store to the APIC page. */
export function writeApicPage(
  apic: LocalApic,
  offset: number,
  value: number,
  context: ApicWriteContext,
): void {
  if (apic.mode !== 'xapic') return;
  switch (offset) {
    case APIC_REG.LDR:
      apic.logicalId = value >>> 24;
      break;
    case APIC_REG.DFR:
      apic.destinationFormat = (value | 0x0fff_ffff) >>> 0;
      break;
    case APIC_REG.ICR_HIGH:
      apic.icrDestination = value >>> 24;
      break;
    case APIC_REG.ICR_LOW:
      apic.icrCommand = (value & 0xc_cfff) >>> 0;
      context.send(value, apic.icrDestination);
      break;
    default:
      if (!writeCommon(apic, offset, value, context.tscDeadline) && !isReadOnly(apic, offset))
        missing(apic, offset);
  }
}

/** Registers that both modes have. Undefined: there is none at this offset. */
export function readCommon(apic: LocalApic, offset: number): number | undefined {
  if (offset >= APIC_REG.ISR && offset < APIC_REG.IRR + VECTOR_REGISTERS) return readVectors(apic, offset);
  if (apic.lvt.has(offset)) return apic.lvt.read(offset);
  switch (offset) {
    case APIC_REG.VERSION:
      return VERSION;
    case APIC_REG.TPR:
      return apic.tpr;
    case APIC_REG.PPR:
      return apic.ppr;
    case APIC_REG.SVR:
      return apic.spurious;
    case APIC_REG.ESR:
      return apic.errorStatus;
    case APIC_REG.ICR_LOW:
      return apic.icrCommand;
    case APIC_REG.TIMER_INITIAL:
      return apic.timer?.initial ?? 0;
    case APIC_REG.TIMER_CURRENT:
      return apic.timer?.current ?? 0;
    case APIC_REG.TIMER_DIVIDE:
      return apic.timer?.divide ?? 0;
    default:
      return undefined;
  }
}

/** Registers that a guest writes in both modes. False: there is none at this offset, or it is read-only. */
export function writeCommon(apic: LocalApic, offset: number, value: number, tscDeadline: boolean): boolean {
  if (apic.lvt.has(offset)) {
    apic.writeLvt(offset, value, tscDeadline);
    return true;
  }
  switch (offset) {
    case APIC_REG.EOI:
      apic.eoi();
      return true;
    case APIC_REG.TPR:
      apic.setTpr(value);
      return true;
    case APIC_REG.SVR:
      apic.setSpurious(value);
      return true;
    case APIC_REG.ESR:
      apic.showErrors();
      return true;
    case APIC_REG.TIMER_INITIAL:
      apic.timer?.writeInitial(value >>> 0);
      return true;
    case APIC_REG.TIMER_DIVIDE:
      apic.timer?.writeDivide(value);
      return true;
    default:
      return false;
  }
}

/** In-service, trigger mode and request registers: eight words each, one every sixteen bytes. */
function readVectors(apic: LocalApic, offset: number): number {
  if ((offset & 0xf) !== 0) return 0;
  const name = offset < APIC_REG.TMR ? 'isr' : offset < APIC_REG.IRR ? 'tmr' : 'irr';
  return apic.word(name, ((offset - APIC_REG.ISR) >>> 4) & 7);
}

/** Registers that a store cannot change: nothing happens. Hyper-V does not let a guest change its APIC id. */
function isReadOnly(apic: LocalApic, offset: number): boolean {
  return offset === APIC_REG.ID || readCommon(apic, offset) !== undefined;
}

/** Addresses between two registers are undefined: they read 0. One that should hold a register and does not is an error. */
function missing(apic: LocalApic, offset: number): number {
  if ((offset & 0xf) === 0) apic.fail(APIC_ERROR.ILLEGAL_REGISTER);
  return 0;
}
