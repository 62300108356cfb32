/** Exercises on reading the clock. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'clock-read';

/** Register accesses of one reading. */
const ACCESSES: Readonly<Record<string, number>> = { pit: 3, 'pm-timer': 1, rtc: 16 };
const accesses = (source: unknown): number => ACCESSES[String(source)] ?? 1;

export const clockRead: readonly Declared[] = [
  predict(ID, {
    title: 'How far away is the clock?',
    over: {
      source: ['pit', 'pm-timer'],
      placement: ['worker', 'root-kernel', 'hypervisor'],
      rate: [100, 200, 500],
    },
    fixed: { duration: 100 },
    question: ({ source, placement, rate }) =>
      `A kernel reads this clock ${rate} times a second for 100 ms: ${source}. Its device model is here: ${placement}. How many ring transitions are all the readings?`,
    read: ({ metrics }) => metrics.ringTransitions,
    unit: 'transitions',
    because: ({ metrics, params }) =>
      `${metrics.reads} readings, ${accesses(params.source)} ${accesses(params.source) === 1 ? 'access' : 'accesses'} each, ${metrics.ringTransitions / metrics.exits} transitions an access.`,
    beliefs: [
      { is: ({ metrics }) => metrics.exits, why: 'That is the exits. Each has a way there and a way back.' },
      {
        is: ({ metrics }) => 2 * metrics.exits,
        why: 'Two an access is right when the model is in the hypervisor. Here it lies further away.',
      },
      {
        is: ({ metrics }) => 7 * metrics.exits,
        why: 'Seven an access is right for the worker process. This model lies nearer.',
      },
      { is: ({ metrics }) => 5 * metrics.exits, why: 'Five an access is right for the root’s kernel.' },
      {
        is: ({ metrics }) => 7 * metrics.reads,
        why: 'Seven an access of the worker is right; this clock takes more than one access.',
      },
    ],
    hints: [
      'Three numbers are multiplied: readings, accesses a reading, transitions an access.',
      'The timer/counter takes three accesses (latch, low, high), the power-management timer one.',
      'Transitions an access: 7 to the worker, 5 to the root’s kernel, 2 to the hypervisor.',
    ],
  }),
  complete(ID, {
    title: 'Exits of one reading',
    over: {
      source: ['pit', 'pm-timer', 'rtc', 'reference-counter', 'tsc-page'],
      era: ['2008', '2012', '2020'],
    },
    fixed: { rate: 200, duration: 50 },
    entry: 'exitsPerRead',
    args: ['source', 'era'],
    task: 'Write the rule: how many exits is one reading of `source` ("pit", "pm-timer", "rtc", "reference-counter", "tsc-page") on a host of `era` ("2008", "2012", "2020")?',
    read: ({ metrics }) => metrics.exitsPerRead,
    starter:
      "export function exitsPerRead(source: string, era: string): number {\n  const registers: Record<string, number> = { pit: 3, 'pm-timer': 1, rtc: 16 };\n  return registers[source] ?? 1; // and the page?\n}\n",
    solution:
      "export function exitsPerRead(source: string, era: string): number {\n  const registers: Record<string, number> = { pit: 3, 'pm-timer': 1, rtc: 16 };\n  if (source === 'tsc-page') return era === '2008' ? 1 : 0;\n  return registers[source] ?? 1;\n}\n",
    because:
      'A page costs nothing where the host has one; a guest that asks for it on a host of 2008 must ask the counter.',
    beliefs: [
      {
        is: ({ params }) => accesses(params.source),
        why: 'The page is memory of the guest: where the host offers it nobody is asked.',
      },
      {
        is: ({ params }) => (params.source === 'tsc-page' ? 0 : accesses(params.source)),
        why: 'The host of 2008 offers no page; the guest falls back to the counter, and that is an exit.',
      },
    ],
    hints: [
      'Four of the five are registers of somebody.',
      'The page is the only source that needs nobody. Since when is it there?',
      'Run `clock-read?source=tsc-page&era=2008` and look at fallbacks.',
    ],
  }),
  explain(ID, {
    title: 'Why does the page carry a sequence?',
    over: { move: [true, false], rule: ['correct', 'no-sequence'] },
    fixed: { source: 'tsc-page', rate: 100_000 },
    question: ({ move, rule }) =>
      `A guest reads the time from its reference TSC page. The machine is moved to another host half way: ${move}. The reader: ${rule}. What is true of this run?`,
    sentences: [
      {
        text: 'No reading leaves the guest.',
        holds: ({ metrics }) => metrics.exits === 0,
        why: 'while the page says “not valid” a careful reader asks the counter, and that is an exit.',
      },
      {
        text: 'The clock stays right to a few microseconds.',
        holds: ({ metrics }) => metrics.maxError < 5,
        why: 'scale and offset belong to one host; whoever keeps those of the old one is wrong on the new one.',
      },
      {
        text: 'The page was away for a while, and the counter was asked instead.',
        holds: ({ metrics }) => metrics.fallbacks > 0,
        why: 'that is what a sequence of zero says during a move; look at fallbacks.',
      },
      {
        text: 'The clock goes backwards.',
        holds: ({ metrics }) => metrics.backwards > 0,
        why: 'a wrong rate makes the clock drift, not jump back; look at backwards.',
      },
      {
        text: 'A reading takes under a tenth of what an exit to the hypervisor does.',
        holds: ({ metrics }) => metrics.cyclesPerRead < 160,
        why: 'it is a few loads, a multiplication and an addition; an exit is 1 600 cycles.',
      },
    ],
    hints: [
      'Read fallbacks, exits, maxError, backwards and cyclesPerRead.',
      'Without a move the sequence never changes, and the two readers cannot be told apart.',
      'With a move the careless reader saves the exits and loses the time.',
    ],
  }),
  build(ID, {
    title: 'A profiler’s clock',
    over: { rate: [50_000, 100_000, 200_000], most: [1, 2] },
    bounds: ['most'],
    given: { era: '2012' },
    start: { source: 'pm-timer' },
    task: ({ rate, most }) =>
      `A profiler reads the clock ${rate} times a second, from *user* mode, on hardware of 2012. Find a clock with which that takes at most ${most} % of the time.`,
    met: ({ metrics, params }, { most }) => metrics.share <= Number(most) && params.reader === 'user',
    because: ({ metrics }) => `${metrics.share} % of the time: the page is in the program’s own memory.`,
    misses: [
      {
        when: ({ params }) => params.reader !== 'user',
        why: 'The kernel reads it here. A program is what the task has.',
      },
      {
        when: ({ params }) => params.source === 'reference-counter',
        why: 'One MSR a reading is one exit, and two hundred thousand exits a second are no small matter.',
      },
      {
        when: ({ metrics }) => metrics.deviceIntercepts > 0,
        why: 'A register of an emulated device is a visit to the root.',
      },
    ],
    solution: () => ({ source: 'tsc-page', reader: 'user' }),
    hints: [
      'Which source needs no exit at all?',
      'Also set who reads.',
      "source: 'tsc-page', reader: 'user'.",
    ],
  }),
];
