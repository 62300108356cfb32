/** Names of all costs, family by family. The rows are beside this file. */

/** Every cost by name. A profile has a row for each. */
export const COST_NAMES = [
  // Totals, as published. Routes do not charge these; their sums must equal them.
  'total.exit-entry',
  'total.light',
  'total.msr',
  'total.eoi',
  'total.root-kernel',
  'total.worker',
  'total.worker-mmio',
  'total.signal',
  'total.interrupt',
  'total.syscall',
  'total.hosted-kernel',
  'total.hosted-worker',
  // Parts of an exit.
  'vm.exit',
  'vm.entry',
  'hv.light',
  'hv.msr',
  'hv.apic',
  'hv.signal',
  'hv.emulate',
  'partition.switch',
  'root.vid',
  'ring.hop',
  'worker.dispatch',
  'worker.mmio',
  'thread.switch',
  // Interrupts.
  'irq.inject',
  'irq.wake',
  'irq.target',
  'root.wake',
  // Work on data.
  'ring.op',
  'copy.cold',
  'copy.cached',
  'clock.tsc-page',
  // A hosted hypervisor, for comparison.
  'hosted.kernel',
  'hosted.dispatch',
  // Address translation. 'shadow.exit' is a total; routes charge its parts.
  'shadow.exit',
  'shadow.work',
  'shadow.drop',
  'walk.1d',
  'walk.2d',
  'mem.access',
  'tlb.invlpg',
  'tlb.cr3',
  'tlb.entries',
  'tlb.large-entries',
  'flush.ipi',
  'flush.target',
  // Waiting in a loop.
  'spin.pause',
  'spin.look',
  'spin.lock',
  // Guests that run guests of their own.
  'nested.switch',
  // The local APIC without an exit.
  'eoi.assist',
  'apic.virtual',
  'irq.posted',
  // From processor to processor.
  'ipi.send',
  // Clocks without an exit.
  'clock.tsc-page-user',
  'clock.syscall',
] as const;

/** Name of a cost. */
export type CostName = (typeof COST_NAMES)[number];
