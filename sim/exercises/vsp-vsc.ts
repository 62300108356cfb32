/** Exercises on a channel and its signals. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'vsp-vsc';

export const vspVsc: readonly Declared[] = [
  predict(ID, {
    title: 'How many packets need no signal?',
    over: { burst: [2, 3, 4, 5, 6, 8, 10, 12], packets: [120, 240, 360, 480] },
    question: ({ packets, burst }) =>
      `A guest sends ${packets} packets in bursts of ${burst}; between two bursts the reader empties the ring and sleeps. For how many packets is no signal sent?`,
    read: ({ metrics }) => metrics.suppressed,
    unit: 'packets',
    because: () => 'All but the first of each burst: they find the reader awake.',
    beliefs: [
      {
        is: () => 0,
        why: 'That would be a signal for each packet. A packet that finds the ring not empty owes none.',
      },
      { is: ({ metrics }) => metrics.signals, why: 'Those are the packets that do need one.' },
      {
        is: ({ metrics }) => metrics.packets,
        why: 'Somebody has to wake the reader at the start of each burst.',
      },
      {
        is: ({ metrics }) => metrics.packets - 1,
        why: 'One signal would do if the reader never slept in between.',
      },
    ],
    hints: [
      'Who finds the reader asleep?',
      'Exactly one packet of each burst finds the ring empty.',
      'Packets minus bursts.',
    ],
  }),
  complete(ID, {
    title: 'The rule of signals',
    over: { burst: [2, 3, 5, 7, 8, 12, 16, 30], packets: [60, 100, 128, 200, 256] },
    fixed: { gap: 150_000 },
    entry: 'signals',
    args: ['packets', 'burst'],
    task: 'Write the rule: how many signals are sent for `packets` packets in bursts of `burst`, when the reader sleeps between two bursts? The last burst may be shorter than the others.',
    read: ({ metrics }) => metrics.signals,
    starter:
      'export function signals(packets: number, burst: number): number {\n  return packets; // one each?\n}\n',
    solution:
      'export function signals(packets: number, burst: number): number {\n  return Math.ceil(packets / burst);\n}\n',
    because: 'One for each burst, however short the last one is.',
    beliefs: [
      {
        is: ({ params }) => Number(params.packets),
        why: 'That is a signal for each packet. Only one that finds the ring empty owes a signal.',
      },
      {
        is: ({ params }) => Math.floor(Number(params.packets) / Number(params.burst)),
        why: 'The last burst may be shorter, and its first packet finds the reader asleep too.',
      },
      { is: () => 1, why: 'One would do if the reader never slept.' },
    ],
    hints: [
      'Count bursts, not packets.',
      'What happens when the number of packets is no multiple of the burst?',
      'Divide, and round up.',
    ],
  }),
  explain(ID, {
    title: 'Why is a signal not sent?',
    over: { burst: [4, 8, 16], notify: ['hypercall', 'monitor'], gap: [0, 30_000] },
    fixed: { packets: 128 },
    question: ({ burst, notify, gap }) =>
      `A guest sends 128 packets in bursts of ${burst}, ${gap} ns apart, and tells of them by: ${notify}. What is true of this run?`,
    sentences: [
      {
        text: 'Every packet arrives, though most of them were never announced.',
        holds: ({ metrics }) =>
          metrics.delivered === metrics.packets && metrics.suppressed > metrics.packets / 2,
        why: 'a reader that is awake looks into the ring until it is empty.',
      },
      {
        text: 'Telling costs the guest an exit each time.',
        holds: ({ metrics }) => metrics.signals > 0,
        why: 'a signal by hypercall is an exit; a bit in a shared page is none.',
      },
      {
        text: 'There is a signal for every packet.',
        holds: ({ metrics }) => metrics.signals === metrics.packets,
        why: 'only a packet that finds the ring empty owes a signal.',
      },
      {
        text: 'A packet waits for the hypervisor’s next look.',
        holds: ({ metrics }) => metrics.monitored > 0,
        why: 'with a monitor page the hypervisor looks from time to time; with a hypercall it is told at once.',
      },
      {
        text: 'A device model is asked.',
        holds: ({ metrics }) => metrics.deviceIntercepts > 0,
        why: 'behind a channel there is no register, so no device model.',
      },
    ],
    hints: [
      'Read the counters signals, monitored, suppressed and deviceIntercepts of such a run.',
      'The monitor page is the only way of telling that is no exit.',
      'Two of the sentences are never true of a channel that keeps the rules.',
    ],
  }),
  build(ID, {
    title: 'A storm without signals',
    over: { most: [4, 8, 12], packets: [128, 256] },
    bounds: ['most'],
    given: { rule: 'correct', notify: 'hypercall' },
    start: { burst: 1 },
    task: ({ most, packets }) =>
      `Send ${packets} packets by a channel that keeps the rules with at most ${most} signals, and without the sender ever finding the ring full.`,
    met: ({ metrics }, { most }) =>
      metrics.signals <= Number(most) && metrics.stalls === 0 && metrics.delivered === metrics.packets,
    because: ({ metrics }) =>
      `${metrics.signals} signals for ${metrics.packets} packets: a reader that is awake needs none.`,
    misses: [
      {
        when: ({ metrics }) => metrics.stalls > 0,
        why: 'The sender found the ring full: a reader that is always behind needs no signal, but room. Give the ring more of it.',
      },
      {
        when: ({ metrics, params }) => metrics.signals > Number(params.packets) / 2,
        why: 'Nearly each packet finds the reader asleep. Send them closer together.',
      },
    ],
    solution: () => ({ burst: 64, ring: 262_144 }),
    hints: [
      'A signal is owed when the ring is empty. When is it not?',
      'Larger bursts, or a slower reader, keep the reader awake. Both fill the ring.',
      'burst 64 and the largest ring.',
    ],
  }),
];
