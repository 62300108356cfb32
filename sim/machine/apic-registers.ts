/**
 * The local APIC's registers in memory (FEE00000, xAPIC mode) and the interrupt command register. Source: Intel SDM volume 3.
 */
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { LocalApic } from './apic.ts';

/** Bytes of the APIC page. */
export const APIC_PAGE_BYTES = 0x1000;
/** Integrated APIC, six LVT entries. */
const VERSION = 0x0005_0014;
const LDR = 0xd0;
const DFR = 0xe0;
const LVT_LINT0 = 0x350;

/** True for an address on the APIC page. */
export function isApicPage(gpa: number): boolean {
  return gpa >= MMIO.LOCAL_APIC && gpa < MMIO.LOCAL_APIC + APIC_PAGE_BYTES;
}

/** What the APIC page reads. Registers that the simulator has no use for read 0. */
export function readApicRegister(apic: LocalApic, offset: number): number {
  if (offset >= APIC_REG.ISR && offset < APIC_REG.ISR + 0x80)
    return apic.word('isr', (offset - APIC_REG.ISR) >>> 4);
  if (offset >= APIC_REG.IRR && offset < APIC_REG.IRR + 0x80)
    return apic.word('irr', (offset - APIC_REG.IRR) >>> 4);
  switch (offset) {
    case APIC_REG.ID:
      return (apic.id << 24) >>> 0;
    case APIC_REG.VERSION:
      return VERSION;
    case APIC_REG.TPR:
      return apic.tpr;
    case APIC_REG.PPR:
      return apic.ppr;
    case APIC_REG.SVR:
      return apic.spurious;
    case LDR:
      return (apic.logicalId << 24) >>> 0;
    case DFR:
      return apic.destinationFormat;
    case LVT_LINT0:
      return apic.lint0;
    case APIC_REG.ICR_HIGH:
      return (apic.icrDestination << 24) >>> 0;
    default:
      return 0;
  }
}

/** A store to the APIC page. `send` is called for a write of the low half of the interrupt command register. */
export function writeApicRegister(
  apic: LocalApic,
  offset: number,
  value: number,
  send: (command: number, destination: number) => void,
): void {
  switch (offset) {
    case APIC_REG.EOI:
      apic.eoi();
      break;
    case APIC_REG.TPR:
      apic.setTpr(value);
      break;
    case APIC_REG.SVR:
      apic.spurious = value & 0x1ff;
      break;
    case LDR:
      apic.logicalId = value >>> 24;
      break;
    case DFR:
      apic.destinationFormat = (value | 0x0fff_ffff) >>> 0;
      break;
    case LVT_LINT0:
      apic.setLint0(value & 0x1_a7ff);
      break;
    case APIC_REG.ICR_HIGH:
      apic.icrDestination = value >>> 24;
      break;
    case APIC_REG.ICR_LOW:
      send(value, apic.icrDestination);
      break;
  }
}

/** Shorthands of the interrupt command register, bits 18 and 19. */
const SHORTHAND = { NONE: 0, SELF: 1, ALL: 2, OTHERS: 3 } as const;
const LOGICAL = 0x800;

/** The processors that a command addresses. */
export function icrTargets(
  command: number,
  destination: number,
  self: LocalApic,
  all: readonly LocalApic[],
): LocalApic[] {
  switch ((command >>> 18) & 3) {
    case SHORTHAND.SELF:
      return [self];
    case SHORTHAND.ALL:
      return [...all];
    case SHORTHAND.OTHERS:
      return all.filter((apic) => apic !== self);
    default:
      return all.filter((apic) => addressed(apic, destination, (command & LOGICAL) !== 0));
  }
}

/** Whether a destination, physical or logical, means this APIC. 0xff is everybody. */
export function addressed(apic: LocalApic, destination: number, logical: boolean): boolean {
  if (destination === 0xff) return true;
  if (!logical) return apic.id === destination;
  if (apic.destinationFormat >>> 28 === 0xf) return (apic.logicalId & destination) !== 0;
  return apic.logicalId >>> 4 === destination >>> 4 && (apic.logicalId & destination & 0xf) !== 0;
}
