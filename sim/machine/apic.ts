/**
 * The local APIC that the hypervisor gives each virtual processor.
 *
 * Every access of the guest is an exit that the hypervisor answers alone: a store to the page at FEE00000, or the synthetic MSRs EOI,
 * ICR and TPR that do the same without an instruction decode. Priorities are Intel SDM volume 3, chapter "Advanced programmable
 * interrupt controller"; AutoEOI is TLFS, "Synthetic interrupt sources": the in-service bit is never set.
 */

/** Sixteen-vector classes: 32 vectors to a word. */
const WORDS = 8;

export class LocalApic {
  /** APIC id, equal to the VP index. */
  readonly id: number;
  /** True when an interrupt could be taken now if the processor's interrupt flag is set. */
  ready = false;
  /** Task priority, bits 7-4 are the class. */
  tpr = 0;
  /** Spurious vector register; bit 8 enables the APIC. Hyper-V's firmware leaves it enabled. */
  spurious = 0x1ff;
  logicalId = 0;
  destinationFormat = 0xffff_ffff;
  /** High half of the interrupt command register. */
  icrDestination = 0;
  /** LVT LINT0 in ExtINT mode: the 8259 pair interrupts through it. Bit 16 masks it. */
  lint0 = 0x700;
  /** Told when `ready` becomes true. */
  onReady: () => void = () => undefined;
  /** Told of every EOI of a vector, for level-triggered inputs and for messages that wait for a free slot. */
  onEoi: (vector: number) => void = () => undefined;
  private readonly irr = new Int32Array(WORDS);
  private readonly isr = new Int32Array(WORDS);
  private readonly auto = new Int32Array(WORDS);
  private extInt = false;
  /** Asks the 8259 pair for its vector (the INTA cycle). */
  private acknowledgeExtInt: () => number = () => 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Makes a vector pending. With `autoEoi` it will not enter service. False when it was pending already. */
  request(vector: number, autoEoi = false): boolean {
    const [word, bit] = [vector >>> 5, 1 << (vector & 31)];
    const fresh = (this.irr[word] & bit) === 0;
    this.irr[word] |= bit;
    if (autoEoi) this.auto[word] |= bit;
    else this.auto[word] &= ~bit;
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
    const vector = highestBit(this.irr);
    if (vector < 0 || !this.outranks(vector)) return this.takeExtInt();
    const [word, bit] = [vector >>> 5, 1 << (vector & 31)];
    this.irr[word] &= ~bit;
    if ((this.auto[word] & bit) === 0) this.isr[word] |= bit;
    else this.auto[word] &= ~bit;
    this.update();
    return vector;
  }

  private takeExtInt(): number {
    const vector = this.acknowledgeExtInt();
    this.update();
    return vector;
  }

  /** End of interrupt: the highest vector in service leaves it. Returns it, -1 when none was in service. */
  eoi(): number {
    const vector = highestBit(this.isr);
    if (vector < 0) return vector;
    this.isr[vector >>> 5] &= ~(1 << (vector & 31));
    this.onEoi(vector);
    this.update();
    return vector;
  }

  setTpr(value: number): void {
    this.tpr = value & 0xff;
    this.update();
  }

  /** Processor priority: the higher of task priority and the class in service. */
  get ppr(): number {
    const inService = highestBit(this.isr) & 0xf0;
    return highestBit(this.isr) >= 0 && inService >= (this.tpr & 0xf0) ? inService : this.tpr;
  }

  /** True when the vector waits to be taken. */
  isPending(vector: number): boolean {
    return (this.irr[vector >>> 5] & (1 << (vector & 31))) !== 0;
  }

  /** True between taking the vector and its EOI. */
  isInService(vector: number): boolean {
    return (this.isr[vector >>> 5] & (1 << (vector & 31))) !== 0;
  }

  /** A word of IRR or ISR as the guest reads it. */
  word(register: 'irr' | 'isr', index: number): number {
    return this[register][index] >>> 0;
  }

  /** Power-on state. Wiring stays. */
  reset(): void {
    this.irr.fill(0);
    this.isr.fill(0);
    this.auto.fill(0);
    this.tpr = 0;
    this.spurious = 0x1ff;
    this.lint0 = 0x700;
    this.update();
  }

  setLint0(value: number): void {
    this.lint0 = value;
    this.update();
  }

  private outranks(vector: number): boolean {
    return (vector & 0xf0) > (this.ppr & 0xf0);
  }

  private get extIntPending(): boolean {
    return this.extInt && (this.lint0 & 0x1_0000) === 0 && (this.lint0 & 0x700) === 0x700;
  }

  private update(): void {
    const vector = highestBit(this.irr);
    this.ready = (vector >= 0 && this.outranks(vector)) || this.extIntPending;
    if (this.ready) this.onReady();
  }
}

/** Highest set bit of 256, -1 when none. */
function highestBit(words: Int32Array): number {
  for (let word = WORDS - 1; word >= 0; word--) {
    if (words[word] !== 0) return word * 32 + 31 - Math.clz32(words[word]);
  }
  return -1;
}
