/**
 * INIT and SIPI: how the boot processor wakes the others. Only for a partition that asks for it: by default all processors of a guest
 * run from the start. Source: Intel SDM volume 3, "Multiple-processor initialization" and "Issuing interprocessor interrupts".
 */
import { APIC_DELIVERY } from '../wire/apic.ts';
import type { LocalApic } from './apic.ts';

/** A processor that can be stopped and started. */
export interface Startable {
  readonly apic: LocalApic;
  /** Stops what runs there. */
  init(): void;
  /** Starts at a real-mode address below 1 MiB, a multiple of 4096. */
  startup(address: number): void;
}

export class ApStartup {
  private readonly processors: readonly Startable[];
  private readonly waiting: boolean[];

  constructor(processors: readonly Startable[]) {
    this.processors = processors;
    this.waiting = processors.map((_, index) => index > 0);
  }

  /** True while a processor waits for SIPI. */
  waits(vp: number): boolean {
    return this.waiting[vp];
  }

  /** INIT or SIPI arrives. The boot processor would start its firmware again: that we leave out. A SIPI that nobody waits for is lost. */
  deliver(vp: number, mode: number, vector: number): void {
    if (mode === APIC_DELIVERY.INIT && vp > 0) this.init(vp);
    else if (mode === APIC_DELIVERY.STARTUP && this.waiting[vp]) this.start(vp, vector);
  }

  /** Power-on: all but the boot processor wait. */
  reset(): void {
    this.waiting.forEach((_, vp) => {
      if (vp > 0) this.init(vp);
    });
  }

  private init(vp: number): void {
    this.processors[vp].apic.init();
    this.processors[vp].init();
    this.waiting[vp] = true;
  }

  private start(vp: number, vector: number): void {
    this.waiting[vp] = false;
    this.processors[vp].startup(vector << 12);
  }
}
