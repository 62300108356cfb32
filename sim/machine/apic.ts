/**
 * The local APIC that the hypervisor gives each virtual processor: what is pending, what is in service, and which may interrupt.
 *
 * Priorities are Intel SDM volume 3, chapter "Advanced programmable interrupt controller"; AutoEOI is TLFS, "Synthetic interrupt sources":
 * the in-service bit is never set. How the guest reaches the registers is in `apic-registers.ts` (the page at FEE00000) and `x2apic.ts`
 * (MSRs); what of that is an exit, in `apic-exits.ts`.
 */
import { APIC_ERROR, FIRST_APIC_VECTOR, SVR_ENABLE } from '../wire/apic.ts';
import { APIC_REG } from '../wire/ports.ts';
import { LocalVectorTable } from './apic-lvt.ts';
import type { ApicTimer } from './apic-timer.ts';
import type { EoiAssist } from './eoi-assist.ts';
import { bitIn, highestBit, setBit, vectorSet } from './vector-set.ts';

/** Spurious interrupt vector register: as Hyper-V's firmware leaves it, and after INIT. */
const SVR_FIRMWARE = 0x1ff;
const SVR_INIT = 0xff;

/** APIC_BASE bits 11 and 10: switched off, registers in memory, registers as MSRs. */
export type ApicMode = 'disabled' | 'xapic' | 'x2apic';

/** A local APIC as it is saved. */
export type SavedApic = Pick<
  LocalApic,
  | 'mode'
  | 'tpr'
  | 'spurious'
  | 'logicalId'
  | 'destinationFormat'
  | 'icrCommand'
  | 'icrDestination'
  | 'errorStatus'
> & {
  readonly errors: number;
  readonly extInt: boolean;
  /** EOI assist has offered to spare an EOI. */
  readonly offered: boolean;
  readonly lvt: readonly (readonly number[])[];
  /** Request, service, trigger and AutoEOI bits. */
  readonly sets: readonly (readonly number[])[];
};

/** The local APIC of one virtual processor: what is pending, what is in service, and who may interrupt it. */
export class LocalApic {
  /** APIC id, equal to the VP index. */
  readonly id: number;
  /** True when an interrupt could be taken now if the processor's interrupt flag is set. */
  ready = false;
  mode: ApicMode = 'xapic';
  /** Task priority, bits 7-4 are the class. */
  tpr = 0;
  /** Spurious vector register; bit 8 enables the APIC. */
  spurious = SVR_FIRMWARE;
  /** Logical id of xAPIC mode. */
  logicalId = 0;
  destinationFormat = 0xffff_ffff;
  /** Interrupt command register: low half as last written, and destination. */
  icrCommand = 0;
  icrDestination = 0;
  /** Error status register as the guest reads it: what was found before it last wrote. */
  errorStatus = 0;
  readonly lvt = new LocalVectorTable();
  timer: ApicTimer | undefined = undefined;
  assist: EoiAssist | undefined = undefined;
  /** Told when `ready` becomes true. */
  onReady: () => void = () => undefined;
  /** Told when a vector is taken: a periodic timer may have waited for that. */
  onTaken: () => void = () => undefined;
  /** Told when something is pending that may not interrupt now: it ends an idle state all the same. */
  onPending: () => void = () => undefined;
  /** Told of every EOI of a vector, for level-triggered inputs and for messages that wait for a free slot. */
  onEoi: (vector: number) => void = () => undefined;
  /** Whether the processor, not the hypervisor, injects: then EOI assist is not needed. */
  delivers: () => boolean = () => false;
  private readonly irr = vectorSet();
  private readonly isr = vectorSet();
  private readonly tmr = vectorSet();
  private readonly auto = vectorSet();
  private errors = 0;
  private extInt = false;
  /** Asks the 8259 pair for its vector (the INTA cycle). */
  private acknowledgeExtInt: () => number = () => 0;

  constructor(id: number) {
    this.id = id;
  }

  /** True while it accepts interrupts. */
  get enabled(): boolean {
    return this.mode !== 'disabled' && (this.spurious & SVR_ENABLE) !== 0;
  }

  /**
   * Makes a vector pending. With `autoEoi` it will not enter service. False when it was pending already, or is not accepted: by an APIC
   * that is switched off, or because it is the number of an exception.
   */
  request(vector: number, autoEoi = false, level = false): boolean {
    if (vector < FIRST_APIC_VECTOR) {
      this.fail(APIC_ERROR.RECEIVED_ILLEGAL_VECTOR);
      return false;
    }
    if (!this.enabled) return false;
    this.settle();
    const fresh = !bitIn(this.irr, vector);
    setBit(this.irr, vector, true);
    setBit(this.auto, vector, autoEoi);
    setBit(this.tmr, vector, level);
    if (this.assist?.offered && !this.assist.careless && (vector & 0xf0) <= (highestBit(this.isr) & 0xf0))
      this.assist.withdraw();
    this.update();
    return fresh;
  }

  /** Connects the 8259 pair to LINT0. */
  connectExtInt(acknowledge: () => number): void {
    this.acknowledgeExtInt = acknowledge;
  }

  /** The INT output of the 8259 pair changed. */
  setExtInt(level: boolean): void {
    this.extInt = level;
    this.update();
  }

  /** Takes the best pending interrupt and returns its vector; only when `ready`. The 8259 comes last: the APIC has priorities, it has none. */
  acknowledge(): number {
    this.settle();
    const vector = highestBit(this.irr);
    if (vector < 0 || !this.outranks(vector)) return this.takeExtInt();
    setBit(this.irr, vector, false);
    if (bitIn(this.auto, vector)) setBit(this.auto, vector, false);
    else this.serve(vector);
    this.timer?.taken();
    this.onTaken();
    this.update();
    return vector;
  }

  /** A vector enters service; the guest learns whether its EOI is needed. */
  private serve(vector: number): void {
    setBit(this.isr, vector, true);
    this.assist?.offer(!bitIn(this.tmr, vector) && highestBit(this.irr) < 0 && !this.delivers());
  }

  private takeExtInt(): number {
    const vector = this.acknowledgeExtInt();
    this.update();
    return vector;
  }

  /** End of interrupt: the highest vector in service leaves it. Returns it, -1 when none was in service. */
  eoi(): number {
    this.settle();
    this.assist?.withdraw();
    return this.end();
  }

  setTpr(value: number): void {
    this.settle();
    this.tpr = value & 0xff;
    this.update();
  }

  /** Processor priority: the higher of task priority and the class in service. */
  get ppr(): number {
    this.settle();
    return this.priority();
  }

  /** True when anything waits to be taken, whether it may interrupt now or not. */
  get pending(): boolean {
    return highestBit(this.irr) >= 0 || this.extIntPending;
  }

  /** True when the vector waits to be taken. */
  isPending(vector: number): boolean {
    return bitIn(this.irr, vector);
  }

  /** True between taking the vector and its EOI. */
  isInService(vector: number): boolean {
    this.settle();
    return bitIn(this.isr, vector);
  }

  /** True when the vector was last requested by a level-triggered input: its EOI must be seen. */
  isLevel(vector: number): boolean {
    return bitIn(this.tmr, vector);
  }

  /** The highest vector in service, -1 when none is. */
  get inService(): number {
    this.settle();
    return highestBit(this.isr);
  }

  /** A word of IRR, ISR or TMR as the guest reads it. */
  word(register: 'irr' | 'isr' | 'tmr', index: number): number {
    this.settle();
    return this[register][index] >>> 0;
  }

  /**
   * Class below which the task priority must fall for a waiting interrupt to be taken: the TPR threshold of the shadow. 0 when nothing
   * waits for that.
   */
  get threshold(): number {
    const waiting = highestBit(this.irr) >>> 4;
    return highestBit(this.irr) >= 0 && waiting <= this.tpr >>> 4 ? waiting : 0;
  }

  /** Notes an error; the error entry interrupts at the first one after the status was written. */
  fail(error: number): void {
    const first = this.errors === 0;
    this.errors |= error;
    if (first && !this.lvt.masked(APIC_REG.LVT_ERROR)) this.request(this.lvt.vector(APIC_REG.LVT_ERROR));
  }

  /** A write of the error status register shows what was found since the last one. */
  showErrors(): void {
    this.errorStatus = this.errors;
    this.errors = 0;
  }

  /** Switches between the modes; what is pending and in service stays. */
  setMode(mode: ApicMode): void {
    this.mode = mode;
    this.update();
  }

  setSpurious(value: number): void {
    this.spurious = value & 0x1ff;
    if ((value & SVR_ENABLE) !== 0) return;
    this.lvt.maskAll();
    this.timer?.entryChanged(this.lvt.read(APIC_REG.LVT_TIMER));
    this.update();
  }

  writeLvt(offset: number, value: number, tscDeadline: boolean): void {
    const before = this.lvt.read(offset);
    this.lvt.write(offset, value, tscDeadline, (this.spurious & SVR_ENABLE) !== 0);
    if (offset === APIC_REG.LVT_TIMER) this.timer?.entryChanged(before);
    this.update();
  }

  /** The guest moves or removes its assist page: an offer in it is void. */
  forgetAssist(): void {
    this.settle();
    this.assist?.withdraw();
  }

  /** Everything that a restored processor must find again, but the timer's count. */
  save(): SavedApic {
    const { mode, tpr, spurious, logicalId, destinationFormat, icrCommand, icrDestination, errorStatus } =
      this;
    return {
      ...{ mode, tpr, spurious, logicalId, destinationFormat, icrCommand, icrDestination, errorStatus },
      errors: this.errors,
      extInt: this.extInt,
      offered: this.assist?.offered ?? false,
      lvt: this.lvt.save(),
      sets: [this.irr, this.isr, this.tmr, this.auto].map((set) => [...set]),
    };
  }

  /** Puts back what {@link save} gave. */
  load({ lvt, sets, offered, errors, extInt, ...registers }: SavedApic): void {
    Object.assign(this, registers);
    this.errors = errors;
    this.extInt = extInt;
    if (this.assist) this.assist.offered = offered;
    this.lvt.load(lvt);
    for (const [i, set] of [this.irr, this.isr, this.tmr, this.auto].entries()) set.set(sets[i]);
    this.update();
  }

  /** Power-on state, as firmware leaves it. Wiring stays. */
  reset(): void {
    this.clear();
    this.mode = 'xapic';
    this.spurious = SVR_FIRMWARE;
    this.lvt.powerOn();
    this.update();
  }

  /** State after INIT, and after it was switched off: nothing pending, disabled by software. The mode stays. */
  init(): void {
    this.clear();
    this.spurious = SVR_INIT;
    this.lvt.reset();
    this.update();
  }

  private clear(): void {
    for (const bits of [this.irr, this.isr, this.tmr, this.auto]) bits.fill(0);
    this.tpr = 0;
    this.logicalId = 0;
    this.destinationFormat = 0xffff_ffff;
    this.icrCommand = 0;
    this.icrDestination = 0;
    this.errors = 0;
    this.errorStatus = 0;
    this.assist?.reset();
    this.lvt.reset();
    this.timer?.reset();
  }

  /** Ends the interrupt for which the guest has used the assist page. */
  private settle(): void {
    if (this.assist?.used()) this.end();
  }

  private end(): number {
    const vector = highestBit(this.isr);
    if (vector < 0) return vector;
    setBit(this.isr, vector, false);
    this.onEoi(vector);
    this.update();
    return vector;
  }

  private priority(): number {
    const serving = highestBit(this.isr);
    const inService = serving & 0xf0;
    return serving >= 0 && inService >= (this.tpr & 0xf0) ? inService : this.tpr;
  }

  private outranks(vector: number): boolean {
    return (vector & 0xf0) > (this.priority() & 0xf0);
  }

  /** With the APIC switched off, the 8259 pair is connected to the processor itself. */
  private get extIntPending(): boolean {
    return this.extInt && (this.mode === 'disabled' || this.lvt.passesExtInt);
  }

  private update(): void {
    const vector = highestBit(this.irr);
    this.ready = (vector >= 0 && this.outranks(vector)) || this.extIntPending;
    if (this.ready) this.onReady();
    else if (vector >= 0) this.onPending();
  }
}
