/**
 * Which processor's TLB a VP uses, and under which tag.
 *
 * A VP has a processor of its own unless the hypervisor schedules. Processors from about 2009 on (Nehalem's VPID; AMD's ASIDs from the
 * start) tag entries by guest, so that they survive exits. Without tags every VM entry finds the buffer empty.
 */
import type { CostProfile } from './costs.ts';
import { Tlb } from './tlb.ts';
import type { Vp } from './vp.ts';

/** The tag of a guest's entries. One guest a buffer, so one tag. */
const TAG = 1;

export class ProcessorTlbs {
  readonly tag = TAG;
  /** False: a VM entry empties the buffer. */
  readonly tagged: boolean;
  private readonly tlbs: readonly Tlb[];
  /** When the last exit that was noticed began, by VP. */
  private readonly exits: Float64Array;

  constructor(costs: CostProfile, vps: number, tagged: boolean) {
    const [small, large] = [costs.cost('tlb.entries'), costs.cost('tlb.large-entries')];
    this.tagged = tagged;
    this.tlbs = Array.from({ length: vps }, () => new Tlb(small, large));
    this.exits = new Float64Array(vps);
  }

  /** The buffer as the next access of this VP finds it. */
  of(vp: Vp): Tlb {
    const tlb = this.tlbs[vp.index];
    if (!this.tagged && this.exits[vp.index] !== vp.started) {
      this.exits[vp.index] = vp.started;
      tlb.dropAll();
    }
    return tlb;
  }

  /** The buffer of a VP by index, for somebody else to drop entries from. */
  at(vp: number): Tlb {
    return this.tlbs[vp];
  }

  /** Empties all buffers. */
  dropAll(): void {
    for (const tlb of this.tlbs) tlb.dropAll();
  }
}
