import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const timeSync: RecapIs = {
  line: 'time-sync',
  sentences: [
    {
      says: ({ metrics }) =>
        `${n(metrics.ticksLost)} of ${n(metrics.ticksDue)} ticks were lost: nobody counts for a guest that does not run.`,
      holds: ({ metrics }) => metrics.ticksLost > 1,
      otherwise: ({ metrics }) =>
        `Of ${n(metrics.ticksDue)} ticks ${n(metrics.ticksLost)} were lost: this guest had the processor whenever it was due.`,
    },
    {
      says: ({ metrics }) =>
        `Its clock was ${n(metrics.worst)} ms behind at the worst: each lost tick is time that it does not count.`,
      holds: ({ metrics }) => metrics.worst > 20,
      otherwise: ({ metrics }) =>
        `Its clock was wrong by ${n(metrics.worst)} ms at the worst: ${metrics.ticksLost > 1 ? 'something else than ticks kept it right' : 'nothing was lost'}.`,
    },
    {
      says: ({ metrics }) =>
        `The host ordered the time once and hinted ${n(metrics.samples)} times; the guest set its clock ${n(metrics.steps)} time${metrics.steps === 1 ? '' : 's'}.`,
      holds: ({ metrics }) => metrics.steps <= metrics.syncs,
      otherwise: ({ metrics }) =>
        `The host ordered the time once and hinted ${n(metrics.samples)} times; this guest followed, and set its clock ${n(metrics.steps)} times.`,
    },
  ],
};
