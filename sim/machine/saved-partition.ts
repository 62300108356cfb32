/**
 * A partition as it is saved and put back: memory, processors, local APICs, synthetic interrupt controllers, MSRs. What the devices in the
 * root keep is theirs to save.
 *
 * Timers of the APIC and synthetic timers are not saved: {@link saveProblem} says so where one is in use.
 */
import type { SavedApic } from './apic.ts';
import type { SavedMsrs } from './msrs.ts';
import type { Partition } from './partition.ts';
import type { SavedVp } from './vp.ts';

/** A partition as it is saved. */
export type SavedPartition = {
  /** Cycles of the engine. */
  readonly now: number;
  readonly ram: Uint8Array;
  readonly msrs: SavedMsrs;
  readonly vps: readonly { readonly vp: SavedVp; readonly apic: SavedApic }[];
};

/** What stands in the way of saving a partition, if anything. */
export function saveProblem({ vps, msrs }: Partition): string | undefined {
  if (vps.some(({ apic }) => apic.timer?.armed)) return 'a timer of a local APIC';
  return msrs.saveProblem;
}

/** Everything that the hypervisor keeps of a partition. Nothing may be on its way. */
export function savePartition({ engine, memory, msrs, vps }: Partition): SavedPartition {
  return {
    now: engine.now,
    ram: memory.ram(),
    msrs: msrs.save(),
    vps: vps.map((vp) => ({ vp: vp.save(), apic: vp.apic.save() })),
  };
}

/** Puts back what {@link savePartition} gave, into a partition in which nothing has happened yet. Its time goes on where it was. */
export function loadPartition(partition: Partition, { now, ram, msrs, vps }: SavedPartition): void {
  partition.engine.advanceTo(now);
  partition.memory.u8.set(ram);
  partition.msrs.load(msrs);
  for (const [i, { vp, apic }] of vps.entries()) {
    partition.vps[i].load(vp);
    partition.vps[i].apic.load(apic);
  }
}
