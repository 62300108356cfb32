/**
 * Which processor's TLB a VP uses, and under which tag.
 *
 * A VP has a processor of its own unless the hypervisor schedules. Then it finds nothing of its own in the buffer of a processor that it
 * comes to anew; what others evict in the meantime on a processor that it returns to is not modelled. Processors from about 2009 on (Nehalem's VPID; AMD's ASIDs from the
 * start) tag entries by guest, so that they survive exits. Without tags every VM entry finds the buffer empty.
 */
import type { CostProfile } from './costs.ts';
import type { Schedulable } from './schedulable.ts';
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
  /** Logical processor that it ran on last, and how often it had been given one. */
  private readonly processors: Int32Array;
  private readonly dispatches: Float64Array;

  constructor(costs: CostProfile, vps: number, tagged: boolean) {
    const [small, large] = [costs.cost('tlb.entries'), costs.cost('tlb.large-entries')];
    this.tagged = tagged;
    this.tlbs = Array.from({ length: vps }, () => new Tlb(small, large));
    this.exits = new Float64Array(vps);
    this.processors = new Int32Array(vps).fill(-1);
    this.dispatches = new Float64Array(vps);
  }

  /** The buffer as the next access of this VP finds it. */
  of(vp: Vp): Tlb {
    const tlb = this.tlbs[vp.index];
    if (!this.tagged && this.exits[vp.index] !== vp.started) {
      this.exits[vp.index] = vp.started;
      tlb.dropAll();
    }
    if (vp.account && this.dispatches[vp.index] !== vp.account.dispatches) this.arrive(vp, vp.account, tlb);
    return tlb;
  }

  /** It was given a processor since: another one than before, or one that empties its buffer at every entry. */
  private arrive(vp: Vp, { processor, dispatches }: Schedulable, tlb: Tlb): void {
    this.dispatches[vp.index] = dispatches;
    if (!this.tagged || this.processors[vp.index] !== processor) tlb.dropAll();
    this.processors[vp.index] = processor;
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
