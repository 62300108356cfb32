/** Builds the memory management that a partition was asked for. */
import type { CostProfile, Era } from './costs.ts';
import type { Vendor } from './cpuid.ts';
import type { Features } from './features.ts';
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

/**
 * Which hints follow from how a host translates: with shadow tables every flush is an exit, so one hypercall beats many; with a second
 * level the guest's own instructions are faster, but for those that other processors must execute (TLFS, "Virtual TLB Enhancements").
 */
export function pagingFeatures(paging: Paging, era: Era): Partial<Features> {
  if (paging === 'none') return {};
  const shadow = paging === 'shadow';
  return {
    hintAddressSpaceSwitch: shadow,
    hintLocalFlush: shadow,
    hintRemoteFlush: true,
    hintExProcessorMasks: era !== '2008',
    extendedGvaRanges: era === '2020',
  };
}
