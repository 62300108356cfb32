/** Changes page tables, flushes on one processor or on all, and counts what that takes. */
import type { Issue } from '../core/errors.ts';
import { nsOfCycles } from '../core/units.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric, cyclesMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { MemoryCounts } from '../machine/memory-counts.ts';
import { memoryCountsBetween } from '../machine/memory-counts.ts';
import { FlushGuest, memoryFor } from './tlb-flush-guest.ts';
import type { flushParams } from './tlb-flush-params.ts';

export type FlushParams = Values<typeof flushParams>;

const microseconds = (label: string, doc: string): Metric => ({ label, unit: 'µs', better: 'lower', doc });

export const flushMetrics = {
  flushTime: microseconds(
    'Time of a flush',
    'Mean, from its first instruction until no processor can use an old translation. Of a switch: until the other process runs.',
  ),
  longestFlush: microseconds('Longest flush', 'The longest of them.'),
  useTime: microseconds(
    'First use afterwards',
    'Mean time to use the changed pages and the working set once after a flush: what was dropped is found anew.',
  ),
  flushExits: countMetric(
    'Exits for flushing',
    'Exits of all processors for INVLPG, MOV CR3, hypercalls, interrupt commands and their ends.',
  ),
  fills: countMetric('Fills', 'Page faults that exited because the shadow tables had no entry.'),
  tableWrites: countMetric(
    'Stores to tables that exited',
    'Page table entries that the hypervisor saw change.',
  ),
  exits: countMetric('Exits', 'All exits of the virtual machine.'),
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between guest and hypervisor.',
  ),
  interrupts: countMetric('Interrupts', 'Interrupts that asked a processor to flush.'),
  deferred: countMetric(
    'Deferred flushes',
    'Processors that were not running: flushed before their next entry, and nobody waited.',
    'neither',
  ),
  tlbMisses: countMetric(
    'TLB misses',
    'Loads and stores that found no translation in the processor’s buffer.',
  ),
  references: countMetric(
    'Table reads',
    'Entries of page tables that processors read for them, on both levels.',
  ),
  virtualTlbPages: countMetric(
    'Pages of shadow tables',
    'Memory that the hypervisor’s tables take at the end.',
  ),
  tlbEntries: countMetric(
    'Entries of the hardware TLB',
    'Small pages that the processor itself remembers.',
    'neither',
  ),
  perPage: {
    label: 'Flush of a page',
    unit: 'ns',
    better: 'lower',
    doc: 'Time of a flush divided by the pages that were changed.',
  },
  threadSwitch: {
    label: 'Switch of a process',
    unit: 'ns',
    better: 'neither',
    doc: 'What it costs an operating system on this hardware to run another process: to compare with.',
  },
  stale: countMetric('Stale reads', 'Reads after a flush that saw the page as it was before: must be none.'),
  cycles: cyclesMetric('Time', 'All rounds, on the processor that flushes.'),
} satisfies Record<string, Metric>;

export type FlushMetric = keyof typeof flushMetrics;

/** INVLPG cannot change the process; and a switch concerns one processor. */
export function checkFlush({ job, how, reach }: FlushParams): Issue[] {
  if (job !== 'switch') return [];
  const issues: Issue[] = [];
  if (how === 'invlpg' || how === 'none')
    issues.push({
      path: 'how',
      kind: 'no-such-way',
      message: 'a process is switched by MOV CR3 or by the hypercall',
      hint: 'use cr3 or hypercall, or job=unmap',
    });
  if (reach === 'remote')
    issues.push({
      path: 'reach',
      kind: 'no-such-way',
      message: 'a processor switches its own address space only',
      hint: 'use reach=local, or job=unmap',
    });
  return issues;
}

/** Runs the experiment. */
export function simulateFlush(params: FlushParams, lab: Lab): Findings<FlushMetric> {
  const machine = build(params, lab);
  const guest = new FlushGuest(machine, params);
  const [[cpu]] = machine.cpus;
  const { mmu } = machine.partitions[0];
  let before = mmu.counts;
  let from = 0;
  const measure = (): void => {
    machine.startMeasuring();
    before = { ...mmu.counts };
    from = cpu.now;
  };
  cpu.finish(guest.main(measure));
  const counts = memoryCountsBetween(before, mmu.counts);
  const cycles = cpu.now - from;
  return {
    metrics: metricsOf(machine, guest, params, counts, cycles),
    series: [roundSeries(guest)],
    ...(params.how === 'none' ? { wrongRule: 'the guest does not flush what it has changed' } : {}),
  };
}

function build(params: FlushParams, lab: Lab): SmpMachine {
  const { era, vps, share, paging, tables } = params;
  return lab.smp({
    era,
    ...(share > 1 ? { logicalProcessors: Math.ceil(vps / share) } : {}),
    partitions: [
      {
        vps,
        memory: memoryFor(params),
        paging,
        pagingOptions: { policy: tables },
        // A guest that makes the call against the host's advice must get an answer, or the advice could not be tested.
        features: { hintAddressSpaceSwitch: true },
      },
    ],
  });
}

function metricsOf(
  machine: SmpMachine,
  guest: FlushGuest,
  params: FlushParams,
  counts: MemoryCounts,
  cycles: number,
): Record<FlushMetric, number> {
  const { hz } = machine.costs;
  const counted = machine.measured();
  const { routes, hypervisorExits, deviceIntercepts, ringTransitions, tallies } = counted;
  const notForFlushing = routes['shadow-fill'] + routes['shadow-reflect'] + routes['shadow-write'];
  const flush = mean(guest.flushes);
  return {
    flushTime: micro(flush, hz),
    longestFlush: micro(Math.max(...guest.flushes), hz),
    useTime: micro(mean(guest.uses), hz),
    flushExits: hypervisorExits - notForFlushing,
    fills: counts.smallPageTlbFills + counts.largePageTlbFills,
    tableWrites: counts.pageTableWriteIntercepts,
    exits: hypervisorExits + deviceIntercepts,
    ringTransitions,
    interrupts: tallies.interrupts,
    deferred: counts.deferredFlushes,
    tlbMisses: counts.tlbMisses,
    references: counts.walkReferences + counts.nestedReferences,
    virtualTlbPages: counts.virtualTlbPages,
    tlbEntries: machine.costs.cost('tlb.entries'),
    perPage: params.changed > 0 ? Math.round(nsOfCycles(flush / params.changed, hz)) : 0,
    threadSwitch: Math.round(nsOfCycles(machine.costs.cost('thread.switch'), hz)),
    stale: guest.stale,
    cycles,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const micro = (cycles: number, hz: number): number => Math.round(nsOfCycles(cycles, hz) / 10) / 100;

/** Where the time of a round goes. */
function roundSeries(guest: FlushGuest): Series {
  return {
    id: 'round',
    title: 'Where the time of a round goes',
    unit: 'cycles',
    labels: ['flush', 'first use afterwards'],
    values: [Math.round(mean(guest.flushes)), Math.round(mean(guest.uses))],
  };
}
