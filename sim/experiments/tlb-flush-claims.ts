/** What `tlb-flush` says, and over which settings it must be true. */
import type { Claim } from '../lab/experiment.ts';
import type { FlushMetric, FlushParams } from './tlb-flush-run.ts';

type FlushClaim = Claim<FlushParams, FlushMetric>;

const TLFS = 'TLFS, "Virtual MMU": legacy TLB management operations, virtual TLB enhancements';
const LINUX = 'Linux arch/x86/hyperv/mmu.c; commit 2ffd9e33 (4.14)';
const SEED = 'TLFS 2.0, chapter 12; the texts of 2008 that this book starts from';
const TODAY = ['2012', '2020'] as const;
const ERAS = ['2008', '2012', '2020'] as const;
const roundsOf = (run: { params: Readonly<Record<string, unknown>> }): number => run.params.rounds as number;

/** The processor that flushes is the only one concerned. */
const local: Readonly<Record<string, FlushClaim>> = {
  'invlpg-exits': {
    sentence: 'Under shadow tables every INVLPG is an exit; with a second level none is.',
    source: SEED,
    formula: 'exits(shadow) = pages · rounds, exits(second level) = 0',
    seeds: [43],
    over: { changed: [1, 8, 64], era: ERAS },
    against: [{ paging: 'shadow' }, { paging: 'slat' }],
    holds: (shadow, slat) =>
      shadow.metrics.flushExits === (shadow.params.changed as number) * roundsOf(shadow) &&
      slat.metrics.flushExits === 0,
  },
  'dearer-than-a-switch': {
    sentence: 'On a server of 2008 flushing one page by INVLPG takes longer than running another process.',
    source: SEED,
    formula: 'time(INVLPG) > time(switch of a process)',
    over: { era: ['2008'], changed: [1, 8] },
    holds: ({ metrics }) => metrics.perPage > metrics.threadSwitch,
    standing: 'not-established',
  },
  'call-beats-invlpg': {
    sentence:
      'Under shadow tables one hypercall flushes a list of pages in one exit, and sooner than INVLPG for each of them.',
    source: SEED,
    formula: 'exits(call) = rounds, time(call) < time(INVLPG)',
    seeds: [41],
    over: { era: ['2008'], changed: [4, 8, 64], scattered: [false, true] },
    against: [{ how: 'hypercall' }, { how: 'invlpg' }],
    holds: (call, invlpg) =>
      call.metrics.flushExits === roundsOf(call) && call.metrics.flushTime < invlpg.metrics.flushTime,
  },
  'cr3-drops-all': {
    sentence: 'MOV CR3 flushes with one exit, and then every page that is used again is one more.',
    source: SEED,
    formula: 'fills(MOV CR3) ≥ rounds · (pages + working set), fills(call) ≤ rounds · pages + 8',
    seeds: [41],
    over: { era: ['2008'], touched: [64, 512] },
    against: [{ how: 'cr3' }, { how: 'hypercall' }],
    holds: (cr3, call) => {
      const { changed, touched } = cr3.params as FlushParams;
      return (
        cr3.metrics.flushExits === roundsOf(cr3) &&
        cr3.metrics.fills >= roundsOf(cr3) * (changed + touched) &&
        call.metrics.fills <= roundsOf(call) * changed + 8 &&
        call.metrics.cycles < cr3.metrics.cycles
      );
    },
  },
  'no-gain-today': {
    sentence:
      'With a second level the hypercall for a local flush is the only exit there is, and slower than INVLPG.',
    source: LINUX,
    formula: 'exits: 1 instead of 0; time(call) > time(INVLPG)',
    seeds: [41],
    over: { paging: ['slat'], era: TODAY, changed: [1, 4, 16, 32] },
    against: [{ how: 'hypercall' }, { how: 'invlpg' }],
    holds: (call, invlpg) =>
      call.metrics.flushExits === roundsOf(call) &&
      invlpg.metrics.flushExits === 0 &&
      call.metrics.flushTime > invlpg.metrics.flushTime,
  },
  'switch-keeps': {
    sentence:
      'Under shadow tables a switch by hypercall finds the tables of the other process as it left them; MOV CR3 throws them away.',
    source: SEED,
    formula: 'fills(MOV CR3) ≥ 2 · rounds · working set, fills(call) ≤ working set',
    over: { job: ['switch'], era: ['2008'], touched: [16, 256] },
    against: [{ how: 'hypercall' }, { how: 'cr3' }],
    holds: (call, cr3) => {
      const { touched } = call.params as FlushParams;
      return (
        call.metrics.fills <= touched &&
        cr3.metrics.fills >= 2 * roundsOf(cr3) * touched &&
        call.metrics.cycles < cr3.metrics.cycles
      );
    },
  },
  'switch-costs-today': {
    sentence: 'With a second level MOV CR3 does not exit, and a switch by hypercall is pure loss.',
    source: TLFS,
    formula: 'exits: 1 instead of 0; time(call) > time(MOV CR3)',
    over: { job: ['switch'], paging: ['slat'], era: TODAY },
    against: [{ how: 'hypercall' }, { how: 'cr3' }],
    holds: (call, cr3) =>
      call.metrics.flushExits === 2 * roundsOf(call) &&
      cr3.metrics.flushExits === 0 &&
      call.metrics.flushTime > cr3.metrics.flushTime,
  },
};

/** All processors are concerned. */
const remote: Readonly<Record<string, FlushClaim>> = {
  'remote-pays': {
    sentence:
      'Flushing other processors by one hypercall is worth it on every hardware: one exit instead of two for each processor, and less time.',
    source: LINUX,
    formula: 'exits(interrupts) ≥ 2 (N − 1) · rounds, exits(call) = rounds, time(call) < time(interrupts)',
    over: {
      reach: ['remote'],
      vps: [4, 16, 64],
      paging: ['shadow', 'slat'],
      era: ERAS,
      touched: [16],
      rounds: [2],
    },
    against: [{ how: 'hypercall' }, { how: 'invlpg' }],
    holds: (call, invlpg) =>
      call.metrics.flushExits === roundsOf(call) &&
      invlpg.metrics.flushExits >= 2 * ((call.params.vps as number) - 1) * roundsOf(call) &&
      call.metrics.flushTime < invlpg.metrics.flushTime,
  },
  'nobody-waits': {
    sentence:
      'Where processors are shared, a flush by interrupts waits for every VP to have its turn; the hypercall defers the flush of those that do not run.',
    source: TLFS,
    formula: 'time(interrupts) > 100 · time(call), deferred > 0',
    over: { reach: ['remote'], share: [2, 4], vps: [8], paging: ['shadow', 'slat'], rounds: [2] },
    against: [{ how: 'hypercall' }, { how: 'invlpg' }],
    holds: (call, invlpg) =>
      call.metrics.deferred > 0 && invlpg.metrics.flushTime > 100 * call.metrics.flushTime,
  },
};

const structure: Readonly<Record<string, FlushClaim>> = {
  'never-stale': {
    sentence: 'After a flush nobody reads the old page, however it was done and wherever.',
    source: TLFS,
    formula: 'stale = 0',
    over: {
      how: ['invlpg', 'cr3', 'hypercall'],
      paging: ['shadow', 'slat'],
      tables: ['virtual-tlb', 'traced'],
      reach: ['local', 'remote'],
      share: [1, 2],
      rounds: [4],
    },
    holds: ({ metrics }) => metrics.stale === 0,
  },
  'stale-without': {
    sentence: 'Without a flush the guest goes on reading the page that it had before.',
    source: TLFS,
    formula: 'stale > 0',
    over: { how: ['none'], paging: ['shadow', 'slat'], era: ERAS },
    holds: ({ metrics }) => metrics.stale > 0,
  },
  'larger-than-hardware': {
    sentence:
      'Shadow tables hold far more translations than the processor’s own buffer: pages that do not fit there are found again without an exit. With a second level there is no such table.',
    source: SEED,
    formula: 'working set > entries, misses > 0, fills ≤ 2; second level: pages = 0',
    seeds: [42],
    over: { changed: [0], touched: [2048, 4096], era: ['2008'] },
    against: [{ paging: 'shadow' }, { paging: 'slat' }],
    holds: (shadow, slat) =>
      (shadow.params.touched as number) > shadow.metrics.tlbEntries &&
      shadow.metrics.tlbMisses > roundsOf(shadow) * 1000 &&
      shadow.metrics.fills <= 2 &&
      slat.metrics.virtualTlbPages === 0,
  },
  'walks-cost': {
    sentence:
      'A guest that changes no page tables and misses the TLB all the time loses with a second level; large pages give it back.',
    source:
      'VMware, "Performance Evaluation of Intel EPT Hardware Assist", 2009; Bhargava et al., ASPLOS 2008',
    formula: 'small pages: time(second level) > time(shadow); large pages: within a tenth',
    over: { changed: [0], touched: [4096], era: TODAY, rounds: [4] },
    against: [
      { paging: 'shadow' },
      { paging: 'slat' },
      { paging: 'shadow', large: true },
      { paging: 'slat', large: true },
    ],
    holds: (shadow, slat, shadowLarge, slatLarge) =>
      slat.metrics.useTime > shadow.metrics.useTime &&
      slatLarge.metrics.useTime < 1.1 * shadowLarge.metrics.useTime,
  },
  'gain-grows': {
    sentence: 'The more page table entries a guest changes, the more a second level saves it.',
    source: 'VMware, "Performance Evaluation of Intel EPT Hardware Assist", 2009',
    formula: 'time(shadow) / time(second level) rises with the pages changed',
    over: { touched: [4096], era: TODAY, rounds: [2] },
    against: [0, 4, 32, 256].flatMap((changed) => [
      { changed, paging: 'shadow' as const },
      { changed, paging: 'slat' as const },
    ]),
    holds: (...runs) => {
      const gains = [0, 2, 4, 6].map((i) => runs[i].metrics.cycles / runs[i + 1].metrics.cycles);
      return gains.every((gain, i) => i === 0 || gain > gains[i - 1]);
    },
  },
};

/** All of them. */
export const flushClaims: Readonly<Record<string, FlushClaim>> = { ...local, ...remote, ...structure };
