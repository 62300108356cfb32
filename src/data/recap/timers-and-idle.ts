import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const timersAndIdle: RecapIs = {
  line: 'timers-and-idle?time=20',
  sentences: [
    {
      says: ({ metrics }) =>
        `A tick took ${n(metrics.perTick)} exits, and there were ${n(metrics.exits)} exits a second. That is what doing nothing costs.`,
      holds: ({ metrics }) => metrics.perTick >= 2,
      otherwise: ({ metrics }) =>
        metrics.perTick === 0
          ? `There was no tick, and still ${n(metrics.exits)} exits a second: something had to be done now and then.`
          : `A tick took ${n(metrics.perTick)} exits, and there were ${n(metrics.exits)} exits a second: nobody in the root takes part in it.`,
    },
    {
      says: ({ metrics }) =>
        `${n(metrics.share)} % of the processors went into that, most of it into the ${n(metrics.toWorker)} visits to the worker.`,
      holds: ({ metrics }) => metrics.toWorker > 0,
      otherwise: ({ metrics }) =>
        `${n(metrics.share)} % of the processors went into that, and no visit to the worker.`,
    },
    {
      says: ({ metrics }) =>
        `Of ${n(metrics.due)} ticks that were due ${n(metrics.lost)} were lost: every guest got a processor when it wanted one.`,
      holds: ({ metrics }) => metrics.lost === 0,
      otherwise: ({ metrics }) =>
        `Of ${n(metrics.due)} ticks that were due ${n(metrics.lost)} were lost, and a clock that counts them is ${n(metrics.behind)} ms behind.`,
    },
  ],
};
