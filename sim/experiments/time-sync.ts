/** Why is the guest’s clock late, and what does the host do about it? */
import { defineExperiment } from '../lab/experiment.ts';
import { timeSyncClaims } from './time-sync-claims.ts';
import { timeSyncParams } from './time-sync-params.ts';
import type { TimeSyncMetric } from './time-sync-run.ts';
import { simulateTimeSync, timeSyncMetrics } from './time-sync-run.ts';

export const timeSync = defineExperiment<typeof timeSyncParams, TimeSyncMetric>({
  id: 'time-sync',
  title: 'Time synchronisation',
  question: 'Why is a guest’s clock late?',
  page: '/concepts/time-sync',
  params: timeSyncParams,
  stages: [
    ['others', 'policy'],
    ['clock', 'message'],
    ['period', 'tick', 'missed', 'time'],
  ],
  metrics: timeSyncMetrics,
  headline: ['ticksDue', 'ticksLost', 'worst', 'error', 'steps', 'meanTransit', 'share'],
  presets: {
    drift: {
      title: 'Five to a processor',
      sentence: 'The guest counts its ticks, and does not get them all.',
      params: {},
    },
    alone: {
      title: 'Alone',
      sentence: 'Nobody else wants the processor: every tick comes.',
      params: { others: 0 },
    },
    hinted: {
      title: 'Set by each hint',
      sentence: 'A saw: the clock falls behind, and is set.',
      params: { policy: 'step' },
    },
    slewed: {
      title: 'Brought near slowly',
      sentence: 'Half a thousandth faster is too little by far.',
      params: { policy: 'slew' },
    },
    counter: {
      title: 'A counter',
      sentence: 'Nothing to lose: it goes on whoever runs.',
      params: { clock: 'counter' },
    },
    'old-message': {
      title: 'A message without its age',
      sentence: 'It waited for the guest’s turn, and the clock is set to a time that has passed.',
      params: { clock: 'counter', policy: 'step', message: 'plain', others: 8 },
    },
    corrected: {
      title: 'A message with its age',
      sentence: 'It waited as long, and the guest adds what it waited.',
      params: { clock: 'counter', policy: 'step', message: 'reference', others: 8 },
    },
  },
  bets: [
    {
      question:
        'Five machines that always have something to do share one processor. One of them counts a hundred ticks a second, and its timer makes up for missed ticks. How far is its clock behind after thirty seconds?',
      params: {},
      answer: { kind: 'number', unit: 'ms', metric: 'error', tolerance: 1.5 },
      misconceptions: [
        {
          answer: '0',
          belief:
            'The timer makes up for everything. It goes off twice as fast while it is behind, and a fifth of the time is too little for that.',
        },
        {
          answer: '24000',
          belief: 'It gets the ticks of a fifth of the time. The timer makes up for some of the others.',
        },
      ],
      explain: ({ metrics }) =>
        `${Math.round(metrics.error)} ms: ${metrics.ticksLost} of ${metrics.ticksDue} ticks never came, ten milliseconds each.`,
    },
  ],
  claims: timeSyncClaims,
  goals: [
    {
      text: 'Eight other machines, and a clock that is never wrong by more than a hundredth of a millisecond.',
      hint: 'What goes on while the guest does not run?',
      solution: { others: 8, clock: 'counter' },
      met: ({ params, metrics }) => (params.others as number) >= 8 && metrics.worst < 0.01,
    },
  ],
  views: ['series', 'processors', 'lanes', 'diagram'],
  limits: [
    'How the hypervisor shares a processor, its time slice and how fast a late timer catches up are not published: assumed. How many ticks get lost follows from them.',
    'The slice is 10.37 ms here, so that the hints do not all meet the guest at the same point of its round.',
    'The other machines always have something to do; so does the guest. One that sleeps is woken early and loses little.',
    'Host and guest count with the same oscillator: the drift of real crystals, NTP and domain time are left out.',
    'Linux today ignores hints but for showing them as a PTP clock; that a program follows that clock is not modelled.',
    'Save, restore and migration, after which the host orders the time again, are not run here.',
    'The clock’s rate is changed by 500 parts in a million at most, as adjtime() does; other programs go further.',
  ],
  simulate: simulateTimeSync,
});
