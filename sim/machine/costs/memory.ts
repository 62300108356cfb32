/**
 * Costs of address translation and of flushing it, for every era.
 *
 * Nobody measured an exit of Hyper-V's shadow tables in a source that was read; the rows say so. A walk costs in proportion to the
 * references that it makes: an average over hits and misses of the caches between processor and tables.
 */
import type { CostName, CostRow, Era } from './rows.ts';
import { cycles, microseconds, remainder } from './rows.ts';

/** Names of these rows. */
export type MemoryCostName = Extract<
  CostName,
  `shadow.${string}` | `walk.${string}` | `tlb.${string}` | `flush.${string}` | 'mem.access'
>;

const OWN = 'no source read';
const SHI = 'A. Shi, LKML, May 2012 (Sandy Bridge)';
const AMIT = 'N. Amit, LKML, 2 Jul 2019: "100s of cycles" (Haswell-X)';

type Numbers = readonly [value: number, low: number, high: number];
type PerEra<T> = Readonly<Record<Era, T>>;

/** Core 2 and K8: 6 000 cycles in all. Later processors: the same software, their own exit. */
const SHADOW_SOFTWARE: Numbers = [4700, 2000, 12_500];

const WALK_1D: PerEra<Numbers> = { '2008': [35, 20, 100], '2012': [35, 20, 100], '2020': [30, 20, 100] };
const WALK_2D: PerEra<Numbers> = { '2008': [90, 40, 300], '2012': [90, 40, 300], '2020': [80, 40, 300] };
const CR3: PerEra<Numbers> = { '2008': [200, 100, 500], '2012': [350, 200, 400], '2020': [300, 100, 500] };
const SMALL: PerEra<Numbers> = {
  '2008': [256, 256, 512],
  '2012': [512, 512, 1536],
  '2020': [1536, 512, 2048],
};
const LARGE: PerEra<Numbers> = { '2008': [32, 8, 64], '2012': [32, 32, 128], '2020': [1024, 32, 1536] };

/** The rows of an era. `exitEntry` is its VM exit and entry; `hz` its clock. */
export function memoryCosts(era: Era, hz: number, exitEntry: CostRow): Record<MemoryCostName, CostRow> {
  return { ...shadowRows(era, exitEntry), ...walkRows(era), ...tlbRows(era, hz), ...flushRows(hz) };
}

function shadowRows(
  era: Era,
  exitEntry: CostRow,
): Pick<Record<MemoryCostName, CostRow>, 'shadow.exit' | 'shadow.work' | 'shadow.drop'> {
  const what = 'Exit for a shadow table: fill, INVLPG, or store to a page table';
  const ids = ['shadow-fault-2008', 'exit-hw-penryn', 'emul-insn-2014-before'];
  const sum = (bound: 'value' | 'low' | 'high', at: 0 | 1 | 2): number =>
    exitEntry[bound] + SHADOW_SOFTWARE[at];
  const total =
    era === '2008'
      ? cycles(
          what,
          [6000, 3000, 15_000],
          'assumed',
          OWN,
          ids,
          'Exit, decode and walk; no direct measurement.',
        )
      : cycles(
          what,
          [sum('value', 0), sum('low', 1), sum('high', 2)],
          'assumed',
          OWN,
          ids,
          'The software of 2008, 4 700 cycles, and an exit of this era.',
        );
  return {
    'shadow.exit': total,
    'shadow.work': remainder(
      'The hypervisor walks the guest’s tables and changes its own',
      total,
      [[exitEntry, 1]],
      '',
    ),
    'shadow.drop': cycles('Drop one shadow entry inside a hypercall', [150, 50, 500], 'assumed', OWN, [], ''),
  };
}

function walkRows(era: Era): Pick<Record<MemoryCostName, CostRow>, 'walk.1d' | 'walk.2d' | 'mem.access'> {
  const judged = 'Estimate from performance counters; charged in proportion to the references made.';
  return {
    'walk.1d': cycles(
      'TLB miss: a walk of four references',
      WALK_1D[era],
      'assumed',
      OWN,
      ['walk-1d-cycles', 'walk-refs-1d', 'tlb-refill-ns'],
      judged,
    ),
    'walk.2d': cycles(
      'TLB miss: a two-dimensional walk of 24 references',
      WALK_2D[era],
      'assumed',
      OWN,
      ['walk-2d-cycles', 'walk-refs-2d'],
      judged,
    ),
    'mem.access': cycles(
      'Load or store that hits TLB and first-level cache',
      [4, 1, 5],
      'assumed',
      OWN,
      ['cache-nehalem'],
      'Latency of the first-level cache; only programs with translation on are charged.',
    ),
  };
}

function tlbRows(
  era: Era,
  hz: number,
): Pick<Record<MemoryCostName, CostRow>, `tlb.${'invlpg' | 'cr3' | 'entries' | 'large-entries'}`> {
  return {
    'tlb.invlpg': invlpg(era, hz),
    'tlb.cr3': cycles(
      'MOV CR3 without an exit',
      CR3[era],
      'assumed',
      era === '2012' ? `${SHI}: INVLPG costs "even a bit more"` : OWN,
      ['invlpg-snb-ns'],
      'The flush itself; misses afterwards are walks.',
    ),
    'tlb.entries': entries('Entries of the TLB for 4 KiB pages', SMALL[era], ['tlb-entries-l2']),
    'tlb.large-entries': entries('Entries of the TLB for 2 MiB pages', LARGE[era], []),
  };
}

function invlpg(era: Era, hz: number): CostRow {
  const what = 'INVLPG of one page without an exit';
  if (era === '2008') return cycles(what, [200, 100, 400], 'assumed', OWN, ['invlpg-snb-ns']);
  if (era === '2020') return cycles(what, [300, 100, 500], 'assumed', AMIT, ['invlpg-2019']);
  const note = 'A working assumption of the patch.';
  return microseconds(what, hz, [0.14, 0.1, 0.15], 'assumed', SHI, ['invlpg-snb-ns'], note);
}

function entries(what: string, [value, low, high]: Numbers, calibration: readonly string[]): CostRow {
  const note = 'Rounded down to a power of two; four ways.';
  const source = calibration.length > 0 ? `${SHI}; FreeBSD r291906` : OWN;
  return { what, value, low, high, unit: 'entries', basis: 'assumed', source, note, calibration };
}

/** How a hypervisor flushes other processors: by real IPIs, all at once. */
function flushRows(hz: number): Pick<Record<MemoryCostName, CostRow>, 'flush.ipi' | 'flush.target'> {
  const source = 'secondary: about 1 us + 0.2 us per receiver (unseel.com, tlb-shootdown)';
  const ids = ['ipi-native-us'];
  return {
    'flush.ipi': microseconds(
      'The hypervisor interrupts other processors and waits for them',
      hz,
      [1, 0.4, 3],
      'assumed',
      source,
      ids,
    ),
    'flush.target': microseconds(
      'One more processor among those interrupted',
      hz,
      [0.2, 0.1, 0.5],
      'assumed',
      source,
      ids,
    ),
  };
}
