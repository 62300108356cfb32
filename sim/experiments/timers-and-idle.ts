/** What does an idle machine cost? Its ticks; and what becomes of them when it must wait for a processor. */
import { defineExperiment } from '../lab/experiment.ts';
import { timerClaims } from './timers-and-idle-claims.ts';
import { timerParams } from './timers-and-idle-params.ts';
import type { TimerMetric } from './timers-and-idle-run.ts';
import { checkTimers, simulateTimers, timerMetrics } from './timers-and-idle-run.ts';

/** Short enough for a picture: five ticks of each machine. */
const SHORT = { time: 20 } as const;
/** Busy machines that share processors two to one. */
const BUSY = { vms: 8, load: 100 } as const;
/** Sixty busy VPs on one processor. */
const CROWD = { hz: 64, vms: 2, vps: 32, processors: 1, load: 100 } as const;

export const timersAndIdle = defineExperiment<typeof timerParams, TimerMetric>({
  id: 'timers-and-idle',
  title: 'Ticks of machines that do nothing',
  question: 'What does an idle virtual machine cost?',
  page: '/concepts/timers-and-idle',
  params: timerParams,
  stages: [
    ['source', 'hz'],
    ['vms', 'load'],
    ['vps', 'processors', 'watchdog', 'patience', 'idle', 'lazy', 'events', 'work', 'slice', 'time', 'era'],
  ],
  metrics: timerMetrics,
  headline: ['exits', 'perTick', 'wakes', 'share', 'lost', 'behind', 'timeouts'],
  presets: {
    pit: {
      title: 'Timer/counter',
      sentence: 'Five exits a tick, four of them to a process in the root.',
      params: SHORT,
    },
    rtc: {
      title: 'Real-time clock, 64 a second',
      sentence: 'Windows before it knew better: fewer ticks, and a register of the clock to be read at each.',
      params: { source: 'rtc', hz: 64, time: 60 },
    },
    apic: {
      title: 'APIC timer',
      sentence: 'The hypervisor has this one itself: the exit that is left is the sleep.',
      params: { ...SHORT, source: 'apic' },
    },
    'apic-2008': {
      title: 'APIC timer, 2008',
      sentence: 'The end of each interrupt is an exit as well.',
      params: { ...SHORT, source: 'apic', era: '2008' },
    },
    message: {
      title: 'Synthetic, by message, 2008',
      sentence: 'The interrupt ends by itself, and the message’s slot is free in time.',
      params: { ...SHORT, source: 'message', era: '2008' },
    },
    direct: {
      title: 'Synthetic, direct',
      sentence: 'A vector, no message.',
      params: { ...SHORT, source: 'direct' },
    },
    tickless: {
      title: 'No tick',
      sentence: 'The guest sets a timer for the next thing that it has to do.',
      params: { source: 'tickless' },
    },
    'idle-register': {
      title: 'Idle register',
      sentence: 'Another way to sleep, and the same number of exits.',
      params: { ...SHORT, source: 'direct', idle: 'guest-idle' },
    },
    busy: {
      title: 'Busy, APIC timer',
      sentence: 'Two machines for each processor: while one is away its ticks fall on each other.',
      params: { ...BUSY, time: 100, source: 'apic' },
    },
    'catch-up': {
      title: 'Busy, synthetic',
      sentence: 'The hypervisor knows what it owes, and makes up for it at a shorter period.',
      params: { ...BUSY, time: 100, source: 'direct' },
    },
    lazy: {
      title: 'Busy, lazy',
      sentence: 'Told that the guest does not count its ticks, it skips what was missed.',
      params: { ...BUSY, time: 100, source: 'direct', lazy: true },
    },
    watchdog: {
      title: 'Bug check 101h',
      sentence: 'Every VP is well; some have only waited longer than the watchdog does.',
      params: { ...CROWD, time: 600, source: 'direct', watchdog: 'armed' },
    },
    relaxed: {
      title: 'Relaxed timing',
      sentence: 'The guest asks first, and does not watch.',
      params: { ...CROWD, time: 600, source: 'direct', watchdog: 'asks' },
    },
  },
  bets: [
    {
      question:
        'Sixteen machines do nothing at all. Each has a tick of 250 a second from the timer/counter of its PC. How many exits a second is that?',
      params: {},
      answer: { kind: 'number', unit: 'exits a second', metric: 'exits', tolerance: 1.3 },
      misconceptions: [
        { answer: '0', belief: 'A machine that does nothing costs nothing. It is woken to find that out.' },
        {
          answer: '4000',
          belief:
            'One a tick. So it would be if nobody had to be told that the interrupt was taken: mask, end and unmask are accesses to a device.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.exits}: ${metrics.perTick} for each of ${metrics.taken} ticks, and ${metrics.share} per cent of a processor, for nothing.`,
    },
    {
      question:
        'Eight busy machines share four processors. Each counts the ticks of its APIC, 250 a second, to know the time. How far behind is the slowest after one second?',
      params: { ...BUSY, source: 'apic' },
      answer: {
        kind: 'choice',
        options: { none: 'less than 10 ms', some: '10 to 200 ms', much: 'more than 200 ms' },
        read: ({ metrics }) => (metrics.behind < 10 ? 'none' : metrics.behind <= 200 ? 'some' : 'much'),
      },
      misconceptions: [
        {
          answer: 'none',
          belief:
            'The hypervisor delivers what is due. It can: but a pending vector is one bit, and two ticks are one.',
        },
        {
          answer: 'some',
          belief: 'A time slice or so. It is one slice at every turn, and the turns add up.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.behind} ms: of ${metrics.due} ticks due on all machines ${metrics.lost} were lost while their VPs waited.`,
    },
  ],
  claims: timerClaims,
  goals: [
    {
      text: 'Keep 64 idle machines below 1 000 exits a second, all together.',
      hint: 'What is a tick for?',
      solution: { source: 'tickless', vms: 64 },
      met: ({ params, metrics }) =>
        (params.vms as number) >= 64 && params.load === 0 && metrics.exits < 1000 && metrics.taken > 0,
    },
    {
      text: 'Sixty busy VPs or more on one processor, a watchdog of 25 ticks or less at 64 a second or more, and no false alarm. The watchdog stays armed.',
      hint: 'What is longer than it has to be?',
      solution: { ...CROWD, source: 'apic', watchdog: 'armed', slice: 1000 },
      met: ({ params, metrics }) =>
        (params.vms as number) * ((params.vps as number) - 1) >= 60 &&
        params.processors === 1 &&
        params.load === 100 &&
        params.watchdog === 'armed' &&
        (params.patience as number) <= 25 &&
        (params.hz as number) >= 64 &&
        metrics.timeouts === 0,
    },
  ],
  views: ['processors', 'lanes', 'switches', 'diagram'],
  limits: [
    'By how much a synthetic timer shortens its period to catch up, and when it gives up, is not published: half the period and sixteen periods are assumed. Emulated clocks here do not make up for anything; whether those of Hyper-V do was not found in any source.',
    'What a guest does at a tick is a parameter, 2 µs, assumed. Caches that a wake-up finds cold are not modelled, nor the sleep states of the processor, which wake-ups keep it out of.',
    'The patience of Windows’ watchdog is not documented; 25 ticks is what is often seen in reports of bug check 101h, told from memory. The time slice of the scheduler is assumed as well. The alarm depends on both.',
    'The work of the worker and the root for an emulated clock is charged where it is served; the root has no other work here that it could delay.',
    'Guests on hosts of the 2020s have processors that end interrupts by themselves (APICv); those of earlier eras use AutoEOI for synthetic sources.',
    'The timer/counter and the real-time clock are those of a guest with one processor. How old systems passed such ticks on to others is not modelled.',
  ],
  check: checkTimers,
  simulate: simulateTimers,
});
