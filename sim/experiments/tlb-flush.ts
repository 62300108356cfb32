/** What does it cost to forget? Flushing translations: by the guest's own instructions or by a hypercall, here or everywhere. */
import { defineExperiment } from '../lab/experiment.ts';
import { flushClaims } from './tlb-flush-claims.ts';
import { flushParams } from './tlb-flush-params.ts';
import type { FlushMetric } from './tlb-flush-run.ts';
import { checkFlush, flushMetrics, simulateFlush } from './tlb-flush-run.ts';

const TODAY = { paging: 'slat', era: '2020' } as const;
const ALL = { reach: 'remote', vps: 16 } as const;

export const tlbFlush = defineExperiment<typeof flushParams, FlushMetric>({
  id: 'tlb-flush',
  title: 'Forgetting translations',
  question: 'What does it cost a guest to flush its TLB?',
  page: '/concepts/tlb-flush',
  params: flushParams,
  stages: [
    ['how', 'paging'],
    ['changed', 'reach'],
    ['vps', 'share', 'era', 'job', 'touched', 'scattered', 'large', 'tables', 'rounds'],
  ],
  metrics: flushMetrics,
  headline: ['flushTime', 'flushExits', 'fills', 'useTime', 'longestFlush', 'deferred', 'stale'],
  presets: {
    'invlpg-2008': {
      title: 'INVLPG, 2008',
      sentence: 'Shadow tables: each page that is flushed is an exit.',
      params: {},
    },
    'cr3-2008': {
      title: 'MOV CR3, 2008',
      sentence: 'One exit, and the hypervisor’s tables are empty: everything is found anew, page by page.',
      params: { how: 'cr3' },
    },
    'call-2008': {
      title: 'Hypercall, 2008',
      sentence: 'One exit names all pages, and the rest stays.',
      params: { how: 'hypercall' },
    },
    'invlpg-today': {
      title: 'INVLPG, today',
      sentence: 'The processor walks the guest’s tables itself: no exit at all.',
      params: TODAY,
    },
    'call-today': {
      title: 'Hypercall, today',
      sentence: 'The same call now is the only exit there is.',
      params: { ...TODAY, how: 'hypercall' },
    },
    'shoot-down': {
      title: 'Shoot-down, today',
      sentence: 'Sixteen processors, fifteen interrupts, fifteen answers.',
      params: { ...TODAY, ...ALL },
    },
    'call-remote': {
      title: 'Hypercall for all, today',
      sentence: 'One call; the hypervisor interrupts who runs, all at once.',
      params: { ...TODAY, ...ALL, how: 'hypercall' },
    },
    overcommit: {
      title: 'Shoot-down, overcommitted',
      sentence: 'Four VPs on each processor: the sender waits until all of them have had their turn.',
      params: { ...TODAY, ...ALL, share: 4, rounds: 2 },
    },
    'overcommit-call': {
      title: 'Hypercall, overcommitted',
      sentence: 'Who does not run cannot use an old translation either: it is flushed before it runs again.',
      params: { ...TODAY, ...ALL, share: 4, rounds: 2, how: 'hypercall' },
    },
    switch: {
      title: 'Switch by hypercall, 2008',
      sentence: 'Another CR3 without a flush: the shadow tables of both processes stay.',
      params: { job: 'switch', how: 'hypercall' },
    },
    forgotten: {
      title: 'No flush',
      sentence: 'The table says one page, the processor uses another.',
      params: { how: 'none' },
    },
  },
  bets: [
    {
      question:
        'A guest on a server of 2008 changes eight pages and executes INVLPG for each of them, eight times over. How many exits does the flushing take?',
      params: {},
      answer: { kind: 'number', unit: 'exits', metric: 'flushExits', tolerance: 1 },
      misconceptions: [
        {
          answer: '0',
          belief:
            'INVLPG concerns the processor’s own buffer. So it does, where there is no table of the hypervisor behind it.',
        },
        { answer: '8', belief: 'One each time. That is what the hypercall would take, or MOV CR3.' },
      ],
      explain: ({ metrics }) =>
        `${metrics.flushExits}: one for each page. What the processor walks are the hypervisor’s tables, and only the hypervisor can take an entry out of them.`,
    },
    {
      question:
        'Sixteen virtual processors share four real ones. One of them flushes a few pages on all, by interrupts. How long until the last has answered?',
      params: { ...TODAY, ...ALL, share: 4, rounds: 2 },
      answer: {
        kind: 'choice',
        options: { few: 'less than 100 µs', many: '100 µs to 5 ms', slices: 'more than 5 ms' },
        read: ({ metrics }) => {
          if (metrics.flushTime < 100) return 'few';
          return metrics.flushTime < 5000 ? 'many' : 'slices';
        },
      },
      misconceptions: [
        {
          answer: 'few',
          belief: 'An interrupt takes a few microseconds. It does, when somebody is there to take it.',
        },
        {
          answer: 'many',
          belief: 'Sixteen times as long as one. The interrupts are not what takes the time.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.flushTime} µs. A VP that waits for its turn cannot answer, and turns last ten milliseconds here. Where nobody waits for a turn the same flush is a matter of microseconds.`,
    },
  ],
  claims: flushClaims,
  goals: [
    {
      text: 'Flush at least eight pages on all of sixteen processors or more, four VPs to each, in less than 10 µs and without a stale read.',
      hint: 'Who must answer, and who need not?',
      solution: { ...ALL, share: 4, how: 'hypercall', era: '2020', paging: 'slat', rounds: 2 },
      met: ({ params, metrics }) =>
        params.reach === 'remote' &&
        (params.vps as number) >= 16 &&
        (params.share as number) >= 4 &&
        (params.changed as number) >= 8 &&
        params.how !== 'none' &&
        metrics.flushTime < 10 &&
        metrics.stale === 0,
    },
    {
      text: 'Make MOV CR3 harmless under shadow tables of 2008: a working set of 64 pages or more, and not ten fills a round.',
      hint: 'What would the hypervisor have to know to keep its tables?',
      solution: { how: 'cr3', tables: 'traced' },
      met: ({ params, metrics }) =>
        params.how === 'cr3' &&
        params.paging === 'shadow' &&
        params.job === 'unmap' &&
        params.reach === 'local' &&
        params.large === false &&
        (params.touched as number) >= 64 &&
        (params.changed as number) >= 1 &&
        metrics.fills < 10 * (params.rounds as number),
    },
  ],
  views: ['lanes', 'series', 'processors', 'diagram'],
  limits: [
    'How Hyper-V of 2008 arranged its shadow tables was never published. Its counters and the TLFS fit both policies that can be chosen here; what a fill or an INVLPG cost was not measured in any source that was read.',
    'A walk costs in proportion to the table entries read, at an average that already has the processor’s page-walk caches in it. The caches themselves are not modelled.',
    'The shoot-down here is Linux’s with its interrupts sent one by one, through the synthetic register (no decoding of instructions). A guest that only knows the APIC page pays more.',
    'A VP finds nothing of its own in the TLB of a processor that it comes to anew. What others evict on the one it returns to is not modelled, nor is the tag of a single process (PCID).',
    'The time slice of the scheduler is assumed, ten milliseconds. Waiting for a turn is measured in slices.',
    'Servers of 2008 gave a machine four virtual processors at most; more of them with shadow tables are a what-if.',
  ],
  check: checkFlush,
  simulate: simulateFlush,
});
