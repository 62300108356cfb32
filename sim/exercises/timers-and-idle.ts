/** Exercises on ticks of machines that do nothing. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'timers-and-idle';
/** Sources whose interrupts the guest ends at its APIC. */
const OWN_END = new Set(['apic', 'rtc']);
/** Ticks of all machines in the quarter of a second of a run. */
const ticks = ({ vms, hz }: Readonly<Record<string, unknown>>): number => (Number(vms) * Number(hz)) / 4;

export const timersAndIdle: readonly Declared[] = [
  predict(ID, {
    title: 'How often is the worker process asked?',
    over: { source: ['pit', 'rtc', 'apic', 'direct'], vms: [1, 2, 3, 4], hz: [64, 128, 256] },
    fixed: { time: 250 },
    question: ({ source, vms, hz }) =>
      `${vms} idle guest${vms === '1' ? '' : 's'}, ${hz} ticks a second each, for a quarter of a second. The source: ${source}. How many accesses go to the emulated clocks and interrupt controllers of the worker process?`,
    read: ({ metrics }) => metrics.toWorker,
    unit: 'accesses',
    because: ({ metrics, params }) =>
      metrics.toWorker === 0
        ? 'The hypervisor has this timer itself; no process of the root is asked.'
        : `${ticks(params)} ticks, ${metrics.toWorker / ticks(params)} a tick.`,
    beliefs: [
      {
        is: ({ params }) => ticks(params),
        why: 'One a tick is too few for an interrupt that must be masked, ended and unmasked, and too many for a timer of the hypervisor.',
      },
      {
        is: ({ params }) => 4 * ticks(params),
        why: 'Four a tick is the timer/counter with its interrupt controller. This source is another.',
      },
      {
        is: ({ params }) => 2 * ticks(params),
        why: 'Two a tick is the real-time clock: its status must be read. This source is another.',
      },
      {
        is: ({ params }) => 5 * ticks(params),
        why: 'Five are all exits of a tick of the timer/counter; one of them is going to sleep, and nobody’s register.',
      },
      { is: () => 0, why: 'An emulated clock lives in the worker, and so does its interrupt controller.' },
    ],
    hints: [
      'Who plays this clock: the worker process or the hypervisor?',
      'Timers of the APIC and synthetic ones never reach the worker.',
      'timer/counter: 4 a tick; real-time clock: 2; others: 0.',
    ],
  }),
  complete(ID, {
    title: 'Exits of one tick',
    over: { source: ['pit', 'rtc', 'apic', 'message'], era: ['2008', '2020'] },
    fixed: { time: 250, vms: 2, hz: 64 },
    entry: 'exitsPerTick',
    tolerance: 1.02,
    args: ['source', 'era'],
    task: 'Write the rule: an idle guest is woken by a tick of `source` ("pit", "rtc", "apic", "message") on a host of `era` ("2008", "2020") and goes to sleep again. How many exits is that?',
    read: ({ metrics }) => metrics.perTick,
    starter:
      'export function exitsPerTick(source: string, era: string): number {\n  const worker: Record<string, number> = { pit: 4, rtc: 2 };\n  return worker[source] ?? 0; // is that all?\n}\n',
    solution:
      "export function exitsPerTick(source: string, era: string): number {\n  const worker: Record<string, number> = { pit: 4, rtc: 2 };\n  const end = (source === 'apic' || source === 'rtc') && era === '2008' ? 1 : 0;\n  return (worker[source] ?? 0) + end + 1;\n}\n",
    because:
      'What the source needs, the end of the interrupt where the processor does not help, and going to sleep.',
    beliefs: [
      {
        is: ({ params, metrics }) =>
          metrics.perTick - 1 - (OWN_END.has(String(params.source)) && params.era === '2008' ? 1 : 0),
        why: 'Going to sleep again is an exit too, at every tick.',
      },
      {
        is: ({ params, metrics }) =>
          metrics.perTick - (OWN_END.has(String(params.source)) && params.era === '2008' ? 1 : 0),
        why: 'On a processor of 2008 the end of an interrupt at the APIC is an exit.',
      },
      {
        is: ({ metrics }) => metrics.perTick - 1,
        why: 'Going to sleep again is an exit too, at every tick.',
      },
    ],
    hints: [
      'Add three things: registers of the source, the end of the interrupt, the sleep.',
      'The sleep is one exit whatever the source. The end is one at the APIC of 2008, for its own timer and for the real-time clock; a message ends by itself.',
      'pit 5, message 1, rtc 3 and apic 1 in 2020; one more for these two in 2008.',
    ],
  }),
  explain(ID, {
    title: 'What becomes of ticks that cannot be delivered?',
    over: { source: ['apic', 'direct'], load: [0, 100], lazy: [true, false] },
    fixed: { vms: 8, time: 100 },
    question: ({ source, load, lazy }) =>
      `Eight machines on four processors, each with a load of ${load} %. Their ticks: ${source}. Lazy: ${lazy}. What is true of this run?`,
    sentences: [
      {
        text: 'Ticks are lost.',
        holds: ({ metrics }) => metrics.lost > 0,
        why: 'they are, when a machine waits for its turn and its timer does not make up for it; look at lost.',
      },
      {
        text: 'Some ticks come late.',
        holds: ({ metrics }) => metrics.late > 0,
        why: 'whoever has no processor takes no tick; look at late.',
      },
      {
        text: 'A guest that counts its ticks has the wrong time.',
        holds: ({ metrics }) => metrics.behind > 5,
        why: 'a tick that never came is never counted; look at behind.',
      },
      {
        text: 'The worker process is asked at every tick.',
        holds: ({ metrics }) => metrics.toWorker > 0,
        why: 'neither of these timers is the worker’s.',
      },
      {
        text: 'The guests sleep between their ticks.',
        holds: ({ metrics }) => metrics.sleeps > 0,
        why: 'who always has work never executes HLT; look at sleeps.',
      },
    ],
    hints: [
      'The counters: lost, late, behind, toWorker, sleeps.',
      'Idle machines never wait for a processor here. Busy ones do, two to each.',
      'Only the synthetic timer makes up for missed ticks, and not when it is lazy.',
    ],
  }),
  build(ID, {
    title: 'Sleep well',
    over: { most: [100, 200, 400], vms: [8, 16] },
    bounds: ['most'],
    given: { time: 1000, load: 0 },
    start: { source: 'pit' },
    task: ({ most, vms }) =>
      `${vms} idle guests. See to it that all of them together have at most ${most} exits a second.`,
    met: ({ metrics }, { most }) => metrics.exits <= Number(most),
    because: ({ metrics }) =>
      `${metrics.exits} exits a second: the guests wake up when something is to be done.`,
    misses: [
      {
        when: ({ params }) => params.source === 'pit' || params.source === 'rtc',
        why: 'Each tick of this source goes to the worker process.',
      },
      {
        when: ({ params }) => params.source !== 'tickless',
        why: 'Each tick is at least one exit: the guest goes to sleep again. Fewer ticks, or none?',
      },
      { when: ({ params }) => Number(params.events) > 1, why: 'Without a tick what is left are the events.' },
    ],
    solution: () => ({ source: 'tickless', events: 2 }),
    hints: [
      'Exits of idle guests grow with their ticks and with nothing else.',
      'A guest can also set a timer for the next thing that it has to do.',
      "source: 'tickless', and few events.",
    ],
  }),
];
