/** What must be true of a guest’s clock, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { TimeSyncMetric, TimeSyncParams } from './time-sync-run.ts';

const TLFS = 'TLFS, Timers; how a late timer catches up is assumed';
const UTIL = 'Linux drivers/hv/hv_util.c (adj_guesttime)';
const OPENVMM = 'OpenVMM vm/devices/hyperv_ic/src/timesync.rs';

export const timeSyncClaims: Readonly<Record<string, Claim<TimeSyncParams, TimeSyncMetric>>> = {
  'alone-is-right': {
    sentence: 'A guest that has the processor for itself gets every tick, and its clock is right to a tick.',
    source: TLFS,
    formula: 'ticks missing ≤ 1, worst error ≤ two ticks',
    over: { others: [0], tick: ['64', '100', '250', '1000'] },
    holds: ({ metrics, params }) => metrics.ticksLost <= 1 && metrics.worst <= 2000 / Number(params.tick),
  },
  'ticks-get-lost': {
    sentence: 'One that shares it loses ticks, and every lost tick is time that its clock is behind.',
    source: TLFS,
    formula: 'error = ticks missing · period, within 5 %',
    over: { others: [4, 8], tick: ['100', '1000'], time: [10, 30] },
    holds: ({ metrics, params }) => {
      const lost = (metrics.ticksLost * 1000) / Number(params.tick);
      return lost > 1000 && Math.abs(metrics.error - lost) <= 0.05 * lost;
    },
  },
  'lazy-loses-more': {
    sentence: 'A timer that makes up for missed ticks loses fewer of them, not none.',
    source: TLFS,
    formula: '0 < missing(made up for) < missing(gone)',
    over: { others: [4, 8] },
    against: [{ missed: 'catch-up' }, { missed: 'lazy' }],
    holds: (catchUp, lazy) =>
      catchUp.metrics.ticksLost > 0 && catchUp.metrics.ticksLost < lazy.metrics.ticksLost,
  },
  'counter-goes-on': {
    sentence: 'A clock that reads a counter loses nothing, however long its guest does not run.',
    source: 'TLFS, Partition reference time',
    formula: 'worst error < 0.01 ms',
    over: { clock: ['counter'], others: [0, 4, 12], policy: ['ignore', 'step'] },
    holds: ({ metrics }) => metrics.worst < 0.01,
  },
  'one-order': {
    sentence:
      'The host orders the time once; after that it only hints, and a guest that ignores hints is on its own.',
    source: `${OPENVMM}; ${UTIL}`,
    formula: 'orders = clock set = 1, hints > 1',
    over: { others: [0, 4], policy: ['ignore'], period: [1, 5] },
    holds: ({ metrics }) => metrics.syncs === 1 && metrics.steps === 1 && metrics.samples > 1,
  },
  'hints-hold-it': {
    sentence:
      'A guest that sets its clock at each hint is never further behind than it falls between two hints.',
    source: `${OPENVMM}; Linux 3.x drivers/hv/hv_util.c set the clock by its first fifty samples`,
    formula: 'worst(set) < worst(ignored) · 2 · period / time',
    seeds: [31],
    over: { others: [4, 8], period: [1, 5], time: [30] },
    against: [{ policy: 'ignore' }, { policy: 'step' }],
    holds: (ignore, step) =>
      step.metrics.worst <
      (ignore.metrics.worst * 2 * (step.params.period as number)) / (step.params.time as number),
  },
  'too-slow-to-slew': {
    sentence:
      'Changing the rate by the 500 parts in a million that are usual cannot keep up with lost ticks.',
    source: 'Linux kernel/time/ntp.c (MAX_TICKADJ)',
    formula: 'error(rate) > 4 · worst error(set)',
    over: { others: [4, 8], time: [30, 60] },
    against: [{ policy: 'slew' }, { policy: 'step' }],
    holds: (slew, step) => slew.metrics.error > 4 * step.metrics.worst,
  },
  'age-of-a-message': {
    sentence:
      'The time that a message spends on the way is an error of the clock, unless the message carries the reference time of the same instant.',
    source: `${OPENVMM}; ${UTIL}`,
    formula: 'plain: 1 ms < worst error ≤ longest way; with reference time: worst error < 0.01 ms',
    over: { clock: ['counter'], policy: ['step'], others: [4, 8] },
    against: [{ message: 'plain' }, { message: 'reference' }],
    holds: (plain, reference) =>
      plain.metrics.worst > 1 &&
      plain.metrics.worst <= 1.05 * plain.metrics.longestTransit + 0.1 &&
      reference.metrics.worst < 0.01,
  },
};
