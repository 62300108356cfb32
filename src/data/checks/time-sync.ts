import type { CheckData } from '../../truth/types.ts';

/** The questions of `time-sync`. */
export const timeSync: readonly CheckData[] = [
  {
    id: 'ticks',
    question:
      'A guest’s clock counts ticks and is {time-sync error} ms late after thirty seconds. Where did the time go?',
    options: [
      {
        text: 'Into the exits that each tick costs.',
        why: 'Alone on its processor the guest has the same exits for each tick, and its clock is right to a tick.',
      },
      {
        text: 'Into ticks that fell due while it did not run.',
        right: true,
        why: '{time-sync ticksLost} of {time-sync ticksDue} ticks never came, and each stands for ten milliseconds.',
      },
      {
        text: 'Into messages of the host that were late.',
        why: 'Hints are ignored here. The clock was set once, at the beginning.',
      },
    ],
  },
  {
    id: 'hint',
    question:
      'The host sends its time every five seconds. What does a Linux guest of today do with its clock?',
    options: [
      {
        text: 'It sets it each time.',
        why: 'Only the first message orders that. The others are hints, flagged as samples.',
      },
      {
        text: 'Nothing, after the first message.',
        right: true,
        why: 'The order sets the clock; hints are kept for programs that want to follow them. In the run: {time-sync steps} time set, {time-sync samples} hints.',
      },
      {
        text: 'It averages them.',
        why: 'A program may, by the PTP clock that the driver shows. The kernel does not.',
      },
    ],
  },
  {
    id: 'age',
    question:
      'A time message waits 40 ms until the guest gets the processor. It carries the reference time of its writing. How wrong is the clock?',
    options: [
      {
        text: '40 ms.',
        why: 'Without the reference time it would be. With it the guest knows how long the message waited.',
      },
      {
        text: '20 ms: half of the way there and back.',
        why: 'That is how one guesses over a network, where both ends have clocks of their own. Here both read the same counter.',
      },
      {
        text: 'Next to nothing.',
        right: true,
        why: 'It reads the counter again and adds the difference: {time-sync?clock=counter&policy=step&others=8 worst} ms at worst, with messages up to {time-sync?clock=counter&policy=step&others=8 longestTransit} ms old.',
      },
    ],
  },
];
