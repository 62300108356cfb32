/**
 * EOI assist: a bit in the VP assist page by which the hypervisor tells the guest that an interrupt needs no EOI.
 *
 * Source: TLFS, "EOI Assist". The hypervisor sets the bit when it injects an edge-triggered interrupt and no other waits; it takes it back
 * when one of no higher priority is requested. The guest clears the bit and looks at what it was: set means that it is done. The hypervisor
 * sees that only when it looks the next time, and ends the interrupt then.
 */
import { NO_EOI_REQUIRED } from '../wire/apic.ts';
import type { GuestMemory } from './memory.ts';
import type { OverlayRegister } from './overlay-register.ts';

export class EoiAssist {
  /** The bit was set and the guest has not been seen to use it. */
  offered = false;
  /** A rule that is wrong on purpose: every EOI is said to be needless, whatever waits. For experiments. */
  careless = false;
  private readonly memory: GuestMemory;
  private readonly register: OverlayRegister;

  constructor(memory: GuestMemory, register: OverlayRegister) {
    this.memory = memory;
    this.register = register;
  }

  /** True once for each offer that the guest has used: it has ended the interrupt in service. */
  used(): boolean {
    if (!this.offered || (this.byte & NO_EOI_REQUIRED) !== 0) return false;
    this.offered = false;
    return true;
  }

  /** An interrupt is injected: says whether its EOI is needed. What the guest may have written there itself is overwritten. */
  offer(allowed: boolean): void {
    const { page } = this.register;
    if (page < 0) return;
    const spared = allowed || this.careless;
    const others = this.byte & ~NO_EOI_REQUIRED;
    this.memory.u8[page] = spared ? others | NO_EOI_REQUIRED : others;
    this.offered = spared;
  }

  /** The EOI is needed after all. */
  withdraw(): void {
    if (this.offered) this.clear();
    this.offered = false;
  }

  /** Power-on: the page is gone. */
  reset(): void {
    this.offered = false;
  }

  private clear(): void {
    const { page } = this.register;
    if (page >= 0) this.memory.u8[page] &= ~NO_EOI_REQUIRED;
  }

  private get byte(): number {
    const { page } = this.register;
    return page < 0 ? 0 : this.memory.u8[page];
  }
}
