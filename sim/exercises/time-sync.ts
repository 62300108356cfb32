/** Exercises on time synchronisation. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'time-sync';

export const timeSync: readonly Declared[] = [
  predict(ID, {
    title: 'How far behind between two hints?',
    over: { period: [2, 5, 10], others: [3, 4, 6] },
    fixed: { policy: 'step', clock: 'ticks', time: 30 },
    question: ({ period }, run) => {
      const { ticksLost, ticksDue } = run().metrics;
      return `A guest counts ticks and loses ${ticksLost} of ${ticksDue} of them in 30 s. Every ${period} s the host tells the time, and the guest sets its clock. About how far is it behind at the worst?`;
    },
    read: ({ metrics }) => metrics.worst,
    unit: 'ms',
    tolerance: 1.25,
    because: () =>
      'As far as it falls behind from one hint to the next: the lost share of the time between them.',
    beliefs: [
      { is: () => 0, why: 'The clock is set every few seconds, and falls behind in between.' },
      {
        is: ({ metrics }) => 10 * metrics.ticksLost,
        why: 'That is what it would be behind in the end if nobody set it.',
      },
      {
        is: ({ metrics, params }) => (500 * Number(params.period) * metrics.ticksLost) / metrics.ticksDue,
        why: 'That is about the average. The worst moment is just before the next hint.',
      },
      {
        is: ({ params }) => 1000 * Number(params.period),
        why: 'So long is the time between two hints. Only a part of its ticks is lost.',
      },
    ],
    hints: [
      'The clock is a saw: right at each hint, and falling behind in between.',
      'Which part of its ticks does the guest lose? That part of the time between two hints.',
      'lost / due × period.',
    ],
  }),
  complete(ID, {
    title: 'From ticks to time',
    over: { tick: ['64', '100', '250'], others: [3, 4] },
    fixed: { policy: 'ignore', clock: 'ticks', time: 10 },
    entry: 'behind',
    args: ({ metrics, params }) => [metrics.ticksDue, metrics.ticksTaken, Number(params.tick)],
    tolerance: 1.06,
    task: 'Write the rule, right within 6 %: of `due` ticks a guest took `taken`, and it ticks `hz` times a second. Nobody corrects its clock. By how many milliseconds is it behind?',
    read: ({ metrics }) => metrics.error,
    starter:
      'export function behind(due: number, taken: number, hz: number): number {\n  return due - taken; // in which unit?\n}\n',
    solution:
      'export function behind(due: number, taken: number, hz: number): number {\n  return ((due - taken) * 1000) / hz;\n}\n',
    because: 'Each tick that is lost is a tick’s length that the clock does not count.',
    beliefs: [
      { is: ({ metrics }) => metrics.ticksLost, why: 'That is a number of ticks. How long is one?' },
      { is: ({ metrics, params }) => metrics.ticksLost / Number(params.tick), why: 'Those are seconds.' },
      {
        is: ({ metrics, params }) => (1000 * metrics.ticksTaken) / Number(params.tick),
        why: 'That is what the clock did count.',
      },
    ],
    hints: [
      'How many ticks did not come, and how long is one?',
      'A tick of 100 a second is ten milliseconds.',
      '(due − taken) × 1000 / hz.',
    ],
  }),
  explain(ID, {
    title: 'Who keeps the time?',
    over: { clock: ['ticks', 'counter'], policy: ['ignore', 'step', 'slew'], others: [0, 4] },
    fixed: { time: 20 },
    question: ({ clock, policy, others }) =>
      `A guest shares a processor with ${others} others for 20 s. Its clock: ${clock}. What it does with the host’s hints: ${policy}. What is true of this run?`,
    sentences: [
      {
        text: 'The clock is right to 20 ms in the end.',
        holds: ({ metrics }) => metrics.error < 20,
        why: 'a counter goes on whoever runs, and so does a guest that nobody keeps waiting; ticks that never came are time that is lost.',
      },
      {
        text: 'Ticks are lost.',
        holds: ({ metrics }) => metrics.ticksLost > 5,
        why: 'whoever shares a processor cannot take every tick, whatever its clock is made of.',
      },
      {
        text: 'The clock is set more than once.',
        holds: ({ metrics }) => metrics.steps > 1,
        why: 'the host orders the time once; after that only a guest that steps sets it at each hint.',
      },
      {
        text: 'The host goes on telling the time.',
        holds: ({ metrics }) => metrics.samples > 0,
        why: 'hints come every few seconds, whether or not the guest does anything with them.',
      },
      {
        text: 'Changing the rate of the clock is enough to keep it right.',
        holds: ({ metrics, params }) =>
          params.policy === 'slew' &&
          params.clock === 'ticks' &&
          Number(params.others) > 0 &&
          metrics.error < 20,
        why: 'five hundred parts in a million cannot make up for a tick in two that is lost.',
      },
    ],
    hints: [
      'The counters: error, ticksLost, steps, samples.',
      'Ticks are lost whatever the clock is; only a clock that counts them cares.',
      'Run your setting and `--time 20`.',
    ],
  }),
  build(ID, {
    title: 'A clock that nobody has to set',
    over: { others: [4, 8, 12] },
    given: { policy: 'ignore', time: 30 },
    start: { clock: 'ticks' },
    task: ({ others }) =>
      `A guest ignores the host’s hints and shares its processor with ${others} others. See to it that its clock is never more than a millisecond away.`,
    met: ({ metrics }) => metrics.worst <= 1,
    because: ({ metrics }) =>
      `${metrics.worst} ms at the worst: it reads a counter, and lost ${metrics.ticksLost} ticks all the same.`,
    misses: [
      {
        when: ({ params }) => params.clock === 'ticks',
        why: 'A clock that is made of ticks knows nothing of those that did not come, however often it ticks.',
      },
      { when: ({ params }) => params.tick === '1000', why: 'More ticks are more ticks that do not come.' },
    ],
    solution: () => ({ clock: 'counter' }),
    hints: [
      'More ticks a second are more ticks that get lost.',
      'What goes on counting while the guest does not run?',
      "clock: 'counter'.",
    ],
  }),
];
