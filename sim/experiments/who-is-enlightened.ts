/** Who is enlightened? One mixed work, every guest system, every era: where do the exits go? */
import { defineExperiment } from '../lab/experiment.ts';
import { whoClaims } from './who-is-enlightened-claims.ts';
import type { WhoMetric } from './who-is-enlightened-metrics.ts';
import { whoMetrics } from './who-is-enlightened-metrics.ts';
import { whoParams } from './who-is-enlightened-params.ts';
import { checkWho, simulateWho } from './who-is-enlightened-run.ts';

const TODAY = { era: '2020' } as const;

export const whoIsEnlightened = defineExperiment<typeof whoParams, WhoMetric>({
  id: 'who-is-enlightened',
  title: 'Who is enlightened?',
  question: 'Where do a guest’s exits go, and which of them need not be?',
  page: '/concepts/who-is-enlightened',
  params: whoParams,
  stages: [
    ['system', 'era'],
    ['without', 'part'],
    ['vps', 'share', 'apic', 'visible', 'ablation', 'time'],
  ],
  metrics: whoMetrics,
  headline: [
    'exits',
    'exitShare',
    'inUse',
    'byCall',
    'sharedPage',
    'deviceExits',
    'apicExits',
    'memoryExits',
  ],
  presets: {
    'unmodified-2008': {
      title: 'Unmodified, 2008',
      sentence: 'It believes in the PC that it sees, and pays for all of it.',
      params: { system: 'unmodified' },
    },
    'xp-2008': {
      title: 'XP, 2008',
      sentence: 'Drivers for the disk, and a kernel that knows nothing: a storm of task priorities.',
      params: { system: 'windows-xp' },
    },
    'sp2-2008': {
      title: 'Server 2003 SP2, 2008',
      sentence: 'One rule of its own more than XP, and half of the exits are gone.',
      params: { system: 'windows-2003-sp2' },
    },
    'ws2008-2008': {
      title: 'Server 2008, 2008',
      sentence: 'Made together with the hypervisor: it uses what there is.',
      params: {},
    },
    'ws2008-today': {
      title: 'Server 2008, today',
      sentence: 'The host recommends less, and knows things that the guest has not heard of.',
      params: TODAY,
    },
    'linux-2009': {
      title: 'Linux 2.6.32, 2008',
      sentence: 'Drivers and a clock; flushes, interrupts and locks as on a PC.',
      params: { system: 'linux-2.6.32' },
    },
    'linux-today': {
      title: 'Linux, today',
      sentence: 'Most of what it uses is no hypercall at all.',
      params: { ...TODAY, system: 'linux-today' },
    },
    'unmodified-today': {
      title: 'Unmodified, today',
      sentence:
        'The processor itself has learned what enlightenments once were for. The devices are still there.',
      params: { ...TODAY, system: 'unmodified' },
    },
    hidden: {
      title: 'Linux, and nobody shows',
      sentence: 'Without a signature in CPUID the most enlightened guest is an unmodified one.',
      params: { ...TODAY, system: 'linux-today', visible: false },
    },
    ablation: {
      title: 'Server 2008, one by one',
      sentence: 'Each enlightenment is taken away in turn; what needs it goes with it.',
      params: { ablation: true },
    },
    'old-habits': {
      title: 'AutoEOI, today',
      sentence: 'A guest that does not hear one hint switches off the virtual APIC.',
      params: { ...TODAY, system: 'linux-today', without: 'deprecate-auto-eoi' },
    },
  },
  bets: [
    {
      question:
        'Windows XP with integration components on a server of 2008: the disk is on VMBus. It computes, reads the clock, switches processes, takes locks. Where do most of its exits go?',
      params: { system: 'windows-xp' },
      answer: {
        kind: 'choice',
        options: {
          clock: 'to the clock and other devices',
          memory: 'to page tables and TLB flushes',
          apic: 'to the local APIC',
        },
        read: ({ metrics }) => {
          const { deviceExits, memoryExits, apicExits } = metrics;
          if (deviceExits > memoryExits && deviceExits > apicExits) return 'clock';
          return memoryExits > apicExits ? 'memory' : 'apic';
        },
      },
      misconceptions: [
        {
          answer: 'clock',
          belief: 'Devices are what a hypervisor emulates. Each such exit is dear, but they are few.',
        },
        {
          answer: 'memory',
          belief: 'Shadow tables are the great cost of 2008. They come second here.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.apicExits} a second to the APIC, ${metrics.memoryExits} for memory, ${metrics.deviceExits} to devices. Around every lock and every interrupt XP raises and lowers its level, and the level is a register of the APIC.`,
    },
    {
      question:
        'Windows Server 2008 moves, unchanged, from a host of 2008 to one of the 2020s. How many enlightenments does it use there?',
      params: { ...TODAY, system: 'windows-2008' },
      answer: { kind: 'number', unit: 'enlightenments', metric: 'inUse', tolerance: 1.1 },
      misconceptions: [
        {
          answer: '12',
          belief:
            'As many as before: the interface only ever grew. But a host also says what it recommends, and takes it back.',
        },
        {
          answer: '20',
          belief: 'All that the host offers. The guest knows only what there was when it was built.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.inUse}. The host has ${metrics.offered}; of those the guest never heard of ${metrics.declined}. And where the hardware does it better, the host no longer asks for it.`,
    },
  ],
  claims: whoClaims,
  goals: [
    {
      text: 'Take one single enlightenment from Server 2008 on its host of 2008, so that its exits grow fivefold or more.',
      hint: 'Run it with “take away one by one”. Which bar is longest?',
      solution: { system: 'windows-2008', era: '2008', without: 'lazy-tpr' },
      met: ({ params, metrics }) =>
        params.system === 'windows-2008' &&
        params.era === '2008' &&
        params.visible === true &&
        params.part === 'all' &&
        (params.vps as number) === 4 &&
        metrics.exits > 88_500,
    },
    {
      text: 'Windows XP, all of the work, four processors, and not more than 15 000 exits a second. The system stays as it is.',
      hint: 'What the guest does not do, the host’s hardware can.',
      solution: { system: 'windows-xp', era: '2012', apic: 'flex' },
      met: ({ params, metrics }) =>
        params.system === 'windows-xp' &&
        params.part === 'all' &&
        (params.vps as number) >= 4 &&
        metrics.exits <= 15_000,
    },
  ],
  views: ['series', 'lanes', 'switches', 'diagram'],
  limits: [
    'The work is made up. Only the rate of clock readings has a source; that of interrupt levels, locks, switches, flushes, interrupts and requests is assumed, and the shares of exits follow from them. What each job takes by each way does not.',
    'What nobody could say of a system counts as no. So a system with many unknown cells looks less enlightened than it may be; the metric “not known” tells how many.',
    'All systems run the same kernel here, with other programs for the jobs that the enlightenments concern. Lock types, flush policies and drivers differ in truth, and old 32-bit kernels have two levels of page tables, not four.',
    'Windows is 32-bit up to Server 2008, 64-bit after it. Both were sold.',
    'What the local APIC’s hardware was on most hosts of an era is assumed: no help, FlexPriority, APICv.',
    'Linux uses the idle register to wait for locks; here its locks only spin. Watchdogs do not run, so relaxed timing spares nothing.',
    'Nested guests, crashes, resets and moves do not happen here: those enlightenments are set up, if at all, and spare nothing.',
    'Time in exits is by the costs of the routes; what a device model computes beyond that is not in it.',
  ],
  check: checkWho,
  simulate: simulateWho,
});
