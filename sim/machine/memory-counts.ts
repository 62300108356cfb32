/**
 * Counters of memory management, by the names that the hypervisor itself has for them: TLFS 2.0 appendix J, Linux
 * `drivers/hv/mshv_debugfs_counters.c` (`Vp...`, `Pt...`), and in Windows the counter set "Hyper-V Hypervisor Virtual Processor".
 * The last five are of the hardware; no hypervisor counts them.
 */

/** All counters, in the order of a table, each with what it counts. */
export const MEMORY_COUNTERS = {
  virtualTlbPages: 'pages that shadow tables take up now',
  pageInvalidations: 'INVLPG that exited',
  controlRegisterAccesses: 'MOV to CR3 or CR4 that exited',
  pageFaultIntercepts: 'page faults that exited: fills, stores to page tables, and the guest’s own',
  smallPageTlbFills: 'shadow entries written for a page of 4 KiB',
  largePageTlbFills: 'shadow entries written for a page of 2 MiB',
  reflectedGuestPageFaults: 'page faults that exited and were the guest’s own',
  pageTableWriteIntercepts: 'stores to page tables that exited',
  addressSpaceSwitches: 'another CR3, by MOV or by hypercall',
  addressSpaceFlushes: 'all translations of one address space dropped',
  addressDomainFlushes: 'all translations of a processor dropped, global ones included',
  localGvaRangeFlushes: 'ranges of addresses flushed on the calling processor by hypercall',
  globalGvaRangeFlushes: 'ranges of addresses flushed on other processors by hypercall',
  addressSpaceEvictions: 'shadow tables given up because the pages for them had run out',
  virtualMmuHypercalls: 'hypercalls that switch an address space or flush',
  nestedPageFaultIntercepts: 'second-level violations: an address behind which there is no memory',
  deferredFlushes:
    'flushes of a processor that was not running: done before its next entry, without an interrupt',
  accesses: 'loads and stores that were translated',
  tlbMisses: 'of those, the ones that found no usable entry in the TLB',
  walkReferences: 'entries of the guest’s (or the shadow) tables read by the processor',
  nestedReferences: 'entries of the second-level tables read by the processor',
} as const;

/** Name of a counter. */
export type MemoryCounter = keyof typeof MEMORY_COUNTERS;
/** The counters of a partition; they only grow, but for `virtualTlbPages`. */
export type MemoryCounts = Record<MemoryCounter, number>;

/** The names, in the order of a table. */
export const MEMORY_COUNTER_NAMES = Object.keys(MEMORY_COUNTERS) as readonly MemoryCounter[];

/** All counters at zero. */
export const newMemoryCounts = (): MemoryCounts =>
  Object.fromEntries(MEMORY_COUNTER_NAMES.map((name) => [name, 0])) as MemoryCounts;

/** What was counted between two copies. Pages in use are those of the later one. */
export function memoryCountsBetween(from: MemoryCounts, to: MemoryCounts): MemoryCounts {
  const counts = newMemoryCounts();
  for (const name of MEMORY_COUNTER_NAMES) counts[name] = to[name] - from[name];
  return { ...counts, virtualTlbPages: to.virtualTlbPages };
}
