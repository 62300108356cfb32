/**
 * The local vector table: how the sources inside a local APIC interrupt its processor. Source: Intel SDM volume 3, "Local vector table".
 *
 * Firmware leaves LINT0 in ExtINT mode and LINT1 as NMI ("virtual wire"), everything else masked.
 */
import { APIC_DELIVERY, LVT } from '../wire/apic.ts';
import { APIC_REG } from '../wire/ports.ts';

/** Writable bits of each entry. Delivery status and remote IRR belong to the APIC. */
const WRITABLE: ReadonlyMap<number, number> = new Map([
  [APIC_REG.LVT_TIMER, 0x7_00ff],
  [APIC_REG.LVT_THERMAL, 0x1_07ff],
  [APIC_REG.LVT_PERFORMANCE, 0x1_07ff],
  [APIC_REG.LVT_LINT0, 0x1_a7ff],
  [APIC_REG.LVT_LINT1, 0x1_a7ff],
  [APIC_REG.LVT_ERROR, 0x1_00ff],
]);

const EXTINT = APIC_DELIVERY.EXTINT << 8;
const NMI = APIC_DELIVERY.NMI << 8;

/** Delivery status, and remote IRR of the two pins: the APIC's own, not reserved. */
const readOnly = (offset: number): number =>
  offset === APIC_REG.LVT_LINT0 || offset === APIC_REG.LVT_LINT1 ? 0x5000 : 0x1000;

export class LocalVectorTable {
  private readonly entries = new Map<number, number>();

  constructor() {
    this.powerOn();
  }

  /** True for the offset of an entry. */
  has(offset: number): boolean {
    return WRITABLE.has(offset);
  }

  /** Bits of an entry that are reserved: ignored in the page, #GP in x2APIC mode. */
  reserved(offset: number, tscDeadline: boolean): number {
    const writable = WRITABLE.get(offset) ?? 0;
    const allowed = tscDeadline ? writable : writable & ~LVT.TSC_DEADLINE;
    return ~(allowed | readOnly(offset)) >>> 0;
  }

  read(offset: number): number {
    return this.entries.get(offset) ?? 0;
  }

  /** An APIC that software has disabled keeps every entry masked. */
  write(offset: number, value: number, tscDeadline: boolean, enabled: boolean): void {
    const kept = value & ~this.reserved(offset, tscDeadline) & ~readOnly(offset);
    this.entries.set(offset, (enabled ? kept : kept | LVT.MASKED) >>> 0);
  }

  /** Software has disabled the APIC. */
  maskAll(): void {
    for (const [offset, value] of this.entries) this.entries.set(offset, value | LVT.MASKED);
  }

  /** All entries, for saving. */
  save(): [offset: number, value: number][] {
    return [...this.entries];
  }

  load(entries: readonly (readonly number[])[]): void {
    for (const [offset, value] of entries) this.entries.set(offset, value);
  }

  masked(offset: number): boolean {
    return (this.read(offset) & LVT.MASKED) !== 0;
  }

  vector(offset: number): number {
    return this.read(offset) & 0xff;
  }

  /** True when LINT0 passes the 8259 pair's INT output on. */
  get passesExtInt(): boolean {
    return (this.read(APIC_REG.LVT_LINT0) & (LVT.MASKED | 0x700)) === EXTINT;
  }

  /** As firmware leaves it. */
  powerOn(): void {
    this.reset();
    this.entries.set(APIC_REG.LVT_LINT0, EXTINT);
    this.entries.set(APIC_REG.LVT_LINT1, NMI);
  }

  /** As the processor leaves it after INIT or after it was switched off: zero but for the masks. */
  reset(): void {
    for (const offset of WRITABLE.keys()) this.entries.set(offset, LVT.MASKED);
  }
}
