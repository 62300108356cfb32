/** Exercises on a lock and its absent holder. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'spin-lock';

const of = (params: Readonly<Record<string, unknown>>): { vps: number; held: number; outside: number } => ({
  vps: Number(params.vps),
  held: Number(params.held),
  outside: Number(params.outside),
});
/** Nanoseconds of the ten milliseconds of a run. */
const RUN = 10_000_000;

export const spinLock: readonly Declared[] = [
  predict(ID, {
    title: 'How much of the time is waited away?',
    over: { vms: [1, 2], help: ['none', 'ple'] },
    fixed: { time: 40 },
    question: ({ vms, help }) =>
      `${vms} machine${vms === '1' ? '' : 's'} of eight virtual processors each share eight logical ones. All their processors want a ticket lock that is held for 5 % of the work. Help: ${help}. Which share of the processors’ time is spent in the waiting loop?`,
    read: ({ metrics }) => metrics.waiting,
    unit: '%',
    tolerance: 1.3,
    because: ({ metrics }) =>
      metrics.waiting > 80
        ? 'The lock goes in order, and the next in line has no processor: everybody else spins until their slices are over.'
        : metrics.waiting < 5
          ? 'Every holder runs, so a wait is as long as the lock is held.'
          : 'The processor notices the loop and gives way: what is left of the waiting is the finding out.',
    beliefs: [
      {
        is: () => 5,
        why: 'Five per cent is what the lock is held. Who waits while its holder has no processor waits for a time slice.',
      },
      {
        is: () => 50,
        why: 'Half of the processors’ time belongs to each machine, but a processor that spins for a lock whose holder is away wastes its own half.',
      },
      { is: () => 0, why: 'Eight processors want the same lock; sometimes two of them at once.' },
      { is: () => 95, why: 'That is how it is without help, when a holder can be without a processor.' },
      { is: () => 1.6, why: 'That is how it is when every holder runs.' },
    ],
    hints: [
      'Can the holder of the lock be without a processor? Only then waiting is more than the lock’s own time.',
      'A time slice is ten milliseconds, a lock is held for one microsecond.',
      'Alone: under 2 %. Two machines without help: nearly everything. With pause-loop exits: about a quarter.',
    ],
  }),
  complete(ID, {
    title: 'The rule of an undisturbed lock',
    over: { vps: [2, 4, 6], held: [200, 500, 1000, 2000], outside: [20_000, 40_000, 60_000, 100_000] },
    fixed: { vms: 1, time: 10 },
    entry: 'rounds',
    args: ['vps', 'held', 'outside'],
    tolerance: 1.15,
    task: 'Write the rule, right within 15 %: one machine alone, `vps` processors; each takes the lock, holds it for `held` ns and computes for `outside` ns, again and again. How often is the lock taken in ten milliseconds by all together?',
    read: ({ metrics }) => metrics.rounds,
    starter:
      'export function rounds(vps: number, held: number, outside: number): number {\n  const run = 10_000_000; // ns\n  return run / held; // and the rest of a round?\n}\n',
    solution:
      'export function rounds(vps: number, held: number, outside: number): number {\n  const run = 10_000_000; // ns\n  return (vps * run) / (held + outside);\n}\n',
    because:
      'A round is the lock and the work outside of it, and the processors do their rounds side by side.',
    beliefs: [
      {
        is: ({ params }) => RUN / of(params).held,
        why: 'That would be a lock that is held all the time. Most of a round is work outside.',
      },
      {
        is: ({ params }) => RUN / (of(params).held + of(params).outside),
        why: 'That is one processor. The others do their rounds at the same time.',
      },
      {
        is: ({ params }) => RUN / (of(params).vps * (of(params).held + of(params).outside)),
        why: 'More processors take the lock oftener, not less often.',
      },
    ],
    hints: [
      'How long is one round of one processor?',
      'Waiting can be left out: the holder always runs, and the lock is free most of the time.',
      'vps × 10 000 000 / (held + outside).',
    ],
  }),
  explain(ID, {
    title: 'Why does the lock fail?',
    over: { vms: [1, 2], lock: ['ticket', 'tas'], help: ['none', 'hint'] },
    fixed: { time: 50 },
    question: ({ vms, lock, help }) =>
      `${vms} machine${vms === '1' ? '' : 's'} of eight processors on eight logical ones. Lock: ${lock}. Help: ${help}. What is true of this run?`,
    sentences: [
      {
        text: 'A processor is taken from somebody who holds the lock at least once.',
        holds: ({ metrics }) => metrics.held > 0,
        why: 'it is for the hypervisor to decide who runs, and it does not know who holds a lock; look at held.',
      },
      {
        text: 'Most of the processors’ time is spent waiting.',
        holds: ({ metrics }) => metrics.waiting > 50,
        why: 'that takes a lock that goes in order, and a next one in line that has no processor.',
      },
      {
        text: 'Guests tell the hypervisor that they only wait.',
        holds: ({ metrics }) => metrics.hints > 0,
        why: 'the guest calls after so many tries if it knows the call, and if it ever has to try so often.',
      },
      {
        text: 'One machine gets far less processor time than its share.',
        holds: ({ metrics }) => metrics.fairness < 80,
        why: 'giving way costs no machine its share, and waiting counts as running; look at fairness.',
      },
      {
        text: 'More than half of the time goes into work.',
        holds: ({ metrics }) => metrics.useful > 50,
        why: 'look at useful: the rest is waiting and switching.',
      },
    ],
    hints: [
      'The counters are held, waiting, hints, fairness and useful.',
      'With one machine every holder runs. With two, the kind of lock decides how bad it is.',
      'Run the four combinations with `--time 50` and compare.',
    ],
  }),
  build(ID, {
    title: 'Help without a new processor',
    over: { least: [150_000, 180_000, 200_000] },
    bounds: ['least'],
    given: { era: '2008', lock: 'ticket', vms: 2, vps: 8, processors: 8, time: 50 },
    start: { help: 'none' },
    task: ({ least }) =>
      `Two machines of eight processors on a server of 2008, a lock that goes in order. See to it that the lock is taken at least ${least} times a second.`,
    met: ({ metrics, params }, { least }) =>
      metrics.rate >= Number(least) && Number(params.held) >= 1000 && Number(params.outside) >= 20_000,
    because: ({ metrics }) =>
      `${Math.round(metrics.rate)} times a second: the guest says when it only waits.`,
    misses: [
      {
        when: ({ params }) => Number(params.held) < 1000 || Number(params.outside) < 20_000,
        why: 'That is another program: held 1000 ns and outside 20 000 ns at least.',
      },
      {
        when: ({ params }) => params.help === 'none',
        why: 'Nobody notices that they only wait. Who could, on a processor of 2008?',
      },
      {
        when: ({ params }) => Number(params.tries) > 1000,
        why: 'The guest does call, but after so many tries that most of the slice is gone.',
      },
    ],
    solution: () => ({ help: 'hint', tries: 64 }),
    hints: [
      'Processors of 2008 have no pause-loop exits. Who else can notice?',
      'The hypercall is made after a number of tries. Is the default early enough?',
      "help: 'hint', tries: 64.",
    ],
  }),
];
