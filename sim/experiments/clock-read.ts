/** What does it cost a guest to know what time it is? Five clocks, three places for a device model, and a move to another host. */
import { defineExperiment } from '../lab/experiment.ts';
import { clockClaims } from './clock-read-claims.ts';
import { clockParams } from './clock-read-params.ts';
import type { ClockMetric } from './clock-read-run.ts';
import { clockMetrics, simulateClock } from './clock-read-run.ts';

/** The experiment as declared. */
export const clockRead = defineExperiment<typeof clockParams, ClockMetric>({
  id: 'clock-read',
  title: 'What time is it?',
  question: 'What does reading the clock cost?',
  page: '/concepts/clock-read',
  params: clockParams,
  stages: [
    ['source', 'rate'],
    ['reader', 'placement'],
    ['move', 'rule', 'duration', 'era'],
  ],
  metrics: clockMetrics,
  headline: ['exitsPerRead', 'cyclesPerRead', 'share', 'achieved', 'ringTransitions', 'maxError'],
  presets: {
    idle: {
      title: 'An idle Vista',
      sentence: 'Fifteen readings in each of 64 ticks a second, and nobody is doing anything.',
      params: { rate: 960, duration: 1000, era: '2008' },
    },
    'idle-hypervisor': {
      title: 'The same with the device below',
      sentence: 'The same register of the same device, two transitions away instead of seven.',
      params: { rate: 960, duration: 1000, era: '2008', placement: 'hypervisor' },
    },
    profiler: {
      title: 'A profiler on a plain PC',
      sentence: 'It wants the time 100 000 times a second, and gets nothing else done.',
      params: {},
    },
    pit: {
      title: 'The oldest clock',
      sentence: 'Latch, low byte, high byte: three exits for one number of 16 bits.',
      params: { source: 'pit' },
    },
    rtc: {
      title: 'The clock on the wall',
      sentence: 'Sixteen exits, for a clock that ticks once a second.',
      params: { source: 'rtc' },
    },
    counter: {
      title: 'One register',
      sentence: 'The hypervisor answers by itself: a tenth of the cost.',
      params: { source: 'reference-counter' },
    },
    page: {
      title: 'A shared page',
      sentence: 'No exit at all: the guest computes the time.',
      params: { source: 'tsc-page' },
    },
    program: {
      title: 'A program and the page',
      sentence: 'It reads the page by itself: no exit, no system call.',
      params: { source: 'tsc-page', reader: 'user' },
    },
    'program-counter': {
      title: 'A program and the register',
      sentence: 'Only the kernel may read it: a system call and an exit.',
      params: { source: 'reference-counter', reader: 'user' },
    },
    moved: {
      title: 'Moved to another host',
      sentence: 'The TSC changes its rate; the page says so, and the reader falls back for a moment.',
      params: { source: 'tsc-page', move: true },
    },
    careless: {
      title: 'Moved, and nobody looked',
      sentence: 'The reader keeps the scale it once took. Its clock is slow from there on.',
      params: { source: 'tsc-page', move: true, rule: 'no-sequence' },
    },
  },
  bets: [
    {
      question:
        'A profiler in a guest’s kernel reads the emulated ACPI timer 100 000 times a second. How much of the processor does that take?',
      params: {},
      answer: { kind: 'number', unit: '%', metric: 'share', tolerance: 1.15 },
      misconceptions: [
        {
          answer: '1',
          belief:
            'One port read is nothing. On a real PC it takes about a microsecond; here it wakes a process.',
        },
        {
          answer: '11',
          belief: 'One exit each. That is the price of a register that the hypervisor answers by itself.',
        },
        {
          answer: '50',
          belief: 'Much, but the guest still works. One reading takes longer than the time between two.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.share} %: one reading takes ${metrics.cyclesPerRead} cycles, more than the time until the next. Only ${metrics.achieved} readings a second come about, and nothing else does.`,
    },
  ],
  claims: clockClaims,
  goals: [
    {
      text: 'Let a program read the clock at least 150 000 times a second for less than one hundredth of the processor.',
      hint: 'What can a program read by itself?',
      solution: { source: 'tsc-page', reader: 'user', rate: 160_000 },
      met: ({ params, metrics }) =>
        params.reader === 'user' && metrics.achieved >= 150_000 && metrics.share < 1,
    },
    {
      text: 'Lose at least a tenth of a second, with the protocol’s rules and without a move.',
      hint: 'Sixteen bits go round quickly.',
      solution: { source: 'pit', rate: 10, duration: 500 },
      met: ({ params, metrics }) =>
        params.rule === 'correct' && !params.move && params.source !== 'rtc' && metrics.maxError >= 100_000,
    },
  ],
  views: ['lanes', 'cycles', 'switches', 'diagram'],
  limits: [
    'One virtual processor with a processor of its own: nobody waits for a turn. How that changes clocks is the matter of another experiment.',
    'Between two readings the guest computes; its other exits, and interrupts, are left out.',
    'How long the page stays unavailable after a move is assumed to be 100 µs, and the pause of the move itself is left out.',
    'What the page and a program’s system call cost are the published cycles of one host; that our ratios agree with theirs is therefore no independent proof.',
    'The error compares each reading with the machine’s own time since the first one; that a real crystal drifts is left out.',
    'There is no HPET, as Hyper-V has none.',
  ],
  simulate: simulateClock,
});
