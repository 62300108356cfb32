/** What does it cost to end an interrupt? EOI by every way there is, and the task priority of 32-bit guests. */
import { defineExperiment } from '../lab/experiment.ts';
import { interruptEndClaims } from './interrupt-end-claims.ts';
import { interruptEndParams } from './interrupt-end-params.ts';
import type { InterruptEndMetric } from './interrupt-end-run.ts';
import { checkInterruptEnd, interruptEndMetrics, simulateInterruptEnd } from './interrupt-end-run.ts';

export const interruptEnd = defineExperiment<typeof interruptEndParams, InterruptEndMetric>({
  id: 'interrupt-end',
  title: 'The end of an interrupt',
  question: 'What does it cost to end an interrupt?',
  page: '/concepts/interrupt-end',
  params: interruptEndParams,
  stages: [
    ['method', 'together'],
    ['hardware', 'rate'],
    ['level', 'locks'],
    ['dpc', 'rounds', 'rule', 'era'],
  ],
  metrics: interruptEndMetrics,
  headline: [
    'interrupts',
    'eoiExits',
    'spared',
    'levelExits',
    'exitsPerInterrupt',
    'cyclesPerInterrupt',
    'overhead',
    'meanWait',
  ],
  presets: {
    page: {
      title: 'By the APIC page',
      sentence:
        'A store to FEE000B0: the hypervisor decodes an instruction to learn that nothing more is wanted.',
      params: {},
    },
    msr: {
      title: 'By synthetic MSR',
      sentence: 'As many exits, each with less to decode.',
      params: { method: 'msr' },
    },
    assist: {
      title: 'By the assist page',
      sentence: 'A bit in shared memory says “no EOI required”: no exit at all.',
      params: { method: 'assist' },
    },
    'assist-crowd': {
      title: 'Four at once, assist page',
      sentence: 'While others wait, the hypervisor must hear of each end: only the last of four is spared.',
      params: { method: 'assist', together: 4, rounds: 40 },
    },
    auto: {
      title: 'AutoEOI',
      sentence: 'The interrupt ends when it begins; nobody has to say anything.',
      params: { method: 'auto' },
    },
    apicv: {
      title: 'The processor does it',
      sentence: 'With APICv neither the injection nor the end is an exit.',
      params: { hardware: 'apicv', era: '2020' },
    },
    'apicv-auto': {
      title: 'AutoEOI on such a processor',
      sentence: 'One source with AutoEOI, and the hypervisor must inject everything itself again.',
      params: { hardware: 'apicv', method: 'auto', era: '2020' },
    },
    'xp-storm': {
      title: 'Windows XP',
      sentence: 'Sixteen locks between two interrupts, and each reads and writes the task priority.',
      params: { level: 'page', rate: 5000, locks: 16, dpc: true, era: '2008', rounds: 4 },
    },
    'lazy-level': {
      title: 'Server 2003 SP2',
      sentence: 'The level is a byte in memory; the APIC hears of it when an interrupt has come too early.',
      params: { level: 'lazy', rate: 5000, locks: 16, dpc: true, era: '2008', rounds: 4 },
    },
    'xp-flex': {
      title: 'Windows XP with FlexPriority',
      sentence: 'The old guest unchanged, the processor keeps its task priority.',
      params: { level: 'page', rate: 5000, locks: 16, dpc: true, era: '2008', hardware: 'flex', rounds: 4 },
    },
    careless: {
      title: '“No EOI required” always',
      sentence: 'Every exit is spared, and the second interrupt waits until something else happens.',
      params: { method: 'assist', together: 2, rule: 'careless' },
    },
  },
  bets: [
    {
      question:
        'Four interrupts become pending at the same moment. The guest ends them by the assist page. How many of a hundred ends are exits?',
      params: { method: 'assist', together: 4, rounds: 40 },
      answer: {
        kind: 'choice',
        options: { '0': 'none', '25': 'about 25', '75': 'about 75', '100': 'all of them' },
        read: ({ metrics }) => String(Math.round((100 * metrics.eoiExits) / metrics.ends / 25) * 25),
      },
      misconceptions: [
        {
          answer: '0',
          belief:
            'Shared memory, so no exits. The hypervisor must hear of an end behind which another interrupt waits.',
        },
        {
          answer: '25',
          belief:
            'The first of a group needs the exit. It is the last that does not: nothing waits behind it.',
        },
        { answer: '100', belief: 'The page is useless under load. It still spares the last of every group.' },
      ],
      explain: ({ metrics }) =>
        `${metrics.eoiExits} of ${metrics.ends}: as long as another one waits, the hypervisor takes “no EOI required” away, because at the end it has something to inject.`,
    },
    {
      question:
        'Windows XP takes sixteen spin locks between two interrupts. How many exits does each interrupt bring?',
      params: { level: 'page', rate: 5000, locks: 16, dpc: true, era: '2008', rounds: 40 },
      answer: { kind: 'number', unit: 'exits', metric: 'exitsPerInterrupt', tolerance: 1.4 },
      misconceptions: [
        {
          answer: '1',
          belief: 'Only the EOI. Every raising and lowering of the interrupt level goes to the APIC as well.',
        },
        {
          answer: '16',
          belief: 'One a lock. A lock reads the old level, writes the new one, and writes the old one back.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.exitsPerInterrupt}. Of ${metrics.hypervisorExits} exits only ${metrics.eoiExits} end interrupts; ${metrics.levelExits} come from the interrupt level.`,
    },
  ],
  claims: interruptEndClaims,
  goals: [
    {
      text: 'Free an unchanged XP guest (level in the APIC page, at least eight locks per interrupt) from nine of ten of its exits.',
      hint: 'The guest cannot change. The processor can.',
      solution: { level: 'page', locks: 16, hardware: 'flex' },
      met: ({ params, metrics }) =>
        params.level === 'page' && (params.locks as number) >= 8 && metrics.exitsPerInterrupt <= 2.4,
    },
    {
      text: 'End interrupts with at most one exit in two, without help of the processor and without AutoEOI, at two or more at once.',
      hint: 'Only the last of a group is spared. How large may a group be?',
      solution: { method: 'assist', together: 2 },
      met: ({ params, metrics }) =>
        params.hardware === 'plain' &&
        params.method !== 'auto' &&
        params.rule === 'correct' &&
        (params.together as number) >= 2 &&
        metrics.eoiExits * 2 <= metrics.ends,
    },
  ],
  views: ['lanes', 'cycles', 'diagram'],
  limits: [
    'One processor. The sources are synthetic and signal at fixed times; what that costs in the root is left out.',
    'The length of handlers, deferred work and locks (0.2, 0.5 and 0.1 µs) is assumed; it is counted as the guest’s work.',
    'Nothing stops you from giving a processor of 2008 APICv: what remains of exits then costs what it cost in 2008.',
    'With APICv the interrupts of the sources are posted. A physical interrupt would still exit on a processor without VT-d posting.',
    'Whether Hyper-V sets “no EOI required” again for the outer of two nested interrupts is not known; here it does as the specification says, and does not.',
    'Interrupts that a kernel sends to itself to start its scheduler, NMI and SMI are left out.',
    'The way of Windows’ own kernels is taken from descriptions and from ReactOS, not from their code.',
  ],
  check: checkInterruptEnd,
  simulate: simulateInterruptEnd,
});
