/** How many transitions does one instruction cost? The life of one OUT, one CPUID, one hypercall, in three ways to build a hypervisor. */
import type { Claim } from '../lab/experiment.ts';
import { defineExperiment } from '../lab/experiment.ts';
import { ringParams } from './ring-transitions-params.ts';
import type { RingMetric, RingParams } from './ring-transitions-run.ts';
import { ringMetrics, simulateRing } from './ring-transitions-run.ts';

const ERAS = ['2008', '2012', '2020'] as const;
const DEVICE = ['out', 'outs', 'store'] as const;
const LIGHT = ['cpuid', 'msr', 'hypercall'] as const;
const TLFS = 'TLFS 2.0 chapters 9, 14, 16; VirtualBox NEMR3Native-win.cpp, design notes';

const claims: Readonly<Record<string, Claim<RingParams, RingMetric>>> = {
  seven: {
    sentence: 'One access to an emulated device makes seven ring transitions in Hyper-V.',
    source: TLFS,
    formula: 'T = 7',
    seeds: [26, 36, 52],
    over: { instruction: DEVICE, era: ERAS },
    holds: (run) => run.metrics.ringTransitions === 7 && run.metrics.privilegeSwitches === 2,
  },
  'two-in-the-hypervisor': {
    sentence:
      'An exit that the hypervisor answers by itself makes two transitions and touches no other partition.',
    source: TLFS,
    formula: 'T = 2',
    seeds: [18],
    over: { instruction: LIGHT, era: ERAS },
    holds: ({ metrics }) =>
      metrics.ringTransitions === 2 && metrics.partitionSwitches === 0 && metrics.threadSwitches === 0,
  },
  'five-kinds': {
    sentence: 'One OUT to a device makes all five kinds of switch that are called “context switch”.',
    source: TLFS,
    formula: 'each of the five > 0',
    seeds: [51],
    over: { instruction: ['out'], era: ERAS },
    holds: ({ metrics }) =>
      metrics.privilegeSwitches > 0 &&
      metrics.vmTransitions > 0 &&
      metrics.partitionSwitches > 0 &&
      metrics.threadSwitches > 0 &&
      metrics.addressSpaceSwitches > 0,
  },
  'root-exits-too': {
    sentence:
      'The root partition is a guest: of the exits and entries of one OUT, more than two are its own.',
    source: 'TLFS 2.0 chapters 2 and 3',
    formula: 'exits and entries − 2 > 2',
    seeds: [19, 69],
    over: { instruction: ['out'], era: ERAS },
    holds: ({ metrics }) => metrics.vmTransitions - 2 > 2,
  },
  'worker-dearer': {
    sentence:
      'The round to the worker costs at least five times an exit that the hypervisor answers by itself, in every era.',
    source: 'VirtualBox NEMR3Native-win.cpp; cost profiles',
    formula: 'T(OUT) > 5 · T(CPUID)',
    seeds: [26],
    over: { era: ERAS },
    against: [{ instruction: 'out' }, { instruction: 'cpuid' }],
    holds: (out, cpuid) => out.metrics.cycles > 5 * cpuid.metrics.cycles,
  },
  'hop-is-small': {
    sentence:
      'The two changes between kernel and user mode themselves take less than a twentieth of the round, and less than the partition switches.',
    source: 'system call costs and intercept totals of all eras',
    formula: 'hops < 5 %, hops < partition switches',
    seeds: [26, 51],
    over: { instruction: ['out'], era: ERAS },
    holds: ({ metrics }) => metrics.hopShare < 5 && metrics.hopShare < metrics.partitionShare,
  },
  'visit-is-small': {
    sentence:
      'The whole visit to the worker, its wake-up and dispatch included, takes less than a fifth of the round.',
    source:
      'VirtualBox NEMR3Native-win.cpp: 27 700 cycles to the root’s kernel, 32 400 to a process of it, before the mitigations of late 2018',
    formula: 'visit < 20 %',
    seeds: [72],
    over: { instruction: ['out'], era: ['2020'] },
    holds: ({ metrics }) => metrics.visitShare < 20,
  },
  'structure-counts': {
    sentence:
      'Device models inside the hypervisor need two transitions, in a process of a hosted hypervisor four, in Hyper-V’s worker seven.',
    source: 'the routes of each structure',
    formula: '2 < 4 < 7',
    seeds: [18, 67],
    over: { instruction: ['out'], era: ERAS },
    against: [{ structure: 'monolithic' }, { structure: 'hosted' }, { structure: 'microkernelised' }],
    holds: (monolithic, hosted, hyperV) =>
      monolithic.metrics.ringTransitions === 2 &&
      hosted.metrics.ringTransitions === 4 &&
      hyperV.metrics.ringTransitions === 7,
  },
};

export const ringTransitions = defineExperiment<typeof ringParams, RingMetric>({
  id: 'ring-transitions',
  title: 'The life of one instruction',
  question: 'How many transitions does one OUT cost?',
  page: '/concepts/ring-transitions',
  params: ringParams,
  stages: [['instruction'], ['structure', 'era'], ['repeat', 'belief']],
  metrics: ringMetrics,
  headline: [
    'ringTransitions',
    'vmTransitions',
    'privilegeSwitches',
    'partitionSwitches',
    'threadSwitches',
    'addressSpaceSwitches',
    'cycles',
  ],
  presets: {
    out: {
      title: 'One OUT',
      sentence: 'A register of an emulated device: through four places and back.',
      params: { instruction: 'out' },
    },
    cpuid: {
      title: 'One CPUID',
      sentence: 'The hypervisor knows the answer: it turns round at the door.',
      params: { instruction: 'cpuid' },
    },
    hypercall: {
      title: 'One hypercall',
      sentence: 'The guest asks on purpose, and pays no more than for a CPUID.',
      params: { instruction: 'hypercall' },
    },
    monolithic: {
      title: 'Emulators inside',
      sentence: 'Fewest crossings, and every mistake of an emulator is a mistake of the hypervisor.',
      params: { structure: 'monolithic' },
    },
    hosted: {
      title: 'A hosted hypervisor',
      sentence: 'The kernel below is an ordinary one: no second partition to run.',
      params: { structure: 'hosted' },
    },
  },
  bets: [
    {
      question:
        'A guest executes one OUT to a register of an emulated disk controller. How many times is a ring crossed before its next instruction?',
      params: { instruction: 'out' },
      answer: { kind: 'number', unit: 'crossings', metric: 'ringTransitions', tolerance: 1 },
      misconceptions: [
        {
          answer: '2',
          belief: 'There and back. That is the life of a CPUID; a device lives behind two more doors.',
        },
        {
          answer: '4',
          belief:
            'Guest, hypervisor, worker and the same way back. The root’s kernel lies in between, and it must call the hypervisor to let the guest go.',
        },
        {
          answer: '1',
          belief:
            'One switch from kernel to user mode. That is only one of the five kinds of switch on the way.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.ringTransitions}: of them ${metrics.privilegeSwitches} are changes of ring inside the root, the other ${metrics.vmTransitions} are exits and entries, and more than half of those are the root’s own.`,
    },
  ],
  claims,
  goals: [
    {
      text: 'Find an instruction that costs less than a tenth of one OUT, without changing the structure or the era.',
      hint: 'Who can answer without asking anybody?',
      solution: { instruction: 'cpuid' },
      met: ({ params, metrics }) =>
        params.structure === 'microkernelised' &&
        params.era === '2020' &&
        params.belief === 'none' &&
        metrics.deviceIntercepts === 0 &&
        params.repeat === 1,
    },
  ],
  views: ['lanes', 'diagram', 'cycles', 'switches'],
  limits: [
    'The steps are those of public descriptions; Microsoft has not published the worker’s own loop.',
    'Measured are the totals of a round; how a total divides into its steps is arithmetic and judgement, as the rows of “How true is this?” say.',
    'Guest and root share one logical processor. On two processors the partition switches become an inter-processor interrupt and a wake-up.',
    'The root’s own end-of-interrupt may trap as well; then there are nine transitions instead of seven.',
    'Costs of the monolithic structure are those of Hyper-V’s own exits; no such Hyper-V exists to be measured.',
  ],
  simulate: simulateRing,
});
