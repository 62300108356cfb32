/** Builds the memory management that a partition was asked for. */
import type { CostProfile } from './costs.ts';
import type { Vendor } from './cpuid.ts';
import type { GuestMemory } from './memory.ts';
import type { MemoryManagement, Paging, PagingOptions } from './memory-management.ts';
import { NoTranslation } from './memory-management.ts';
import { ProcessorTlbs } from './processor-tlbs.ts';
import { Shadow } from './shadow.ts';
import { Slat } from './slat.ts';

/** What a partition's memory management is built from. */
export interface PagingSetup {
  readonly memory: GuestMemory;
  readonly costs: CostProfile;
  readonly vendor: Vendor;
  readonly vps: number;
  readonly paging: Paging;
  readonly options: PagingOptions;
}

/** The memory management of a partition. Intel processors of 2008 had no tags in the TLB, AMD's had. */
export function newMemoryManagement(setup: PagingSetup): MemoryManagement {
  const { memory, costs, vendor, vps, paging, options } = setup;
  if (paging === 'none') return new NoTranslation(vps);
  const tlbs = new ProcessorTlbs(costs, vps, costs.era !== '2008' || vendor === 'amd');
  return paging === 'shadow'
    ? new Shadow(memory, costs, tlbs, vps, options)
    : new Slat(memory, costs, tlbs, vps, options);
}
