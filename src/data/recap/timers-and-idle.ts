import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const timersAndIdle: RecapIs = {
  line: 'timers-and-idle?time=20',
  sentences: [
    {
      says: ({ metrics }) =>
        `A tick took ${n(metrics.perTick)} exits, and there were ${n(metrics.exits)} exits a second. That is what doing nothing costs.`,
      holds: ({ metrics, params }) => metrics.perTick >= 2 && params.source !== 'tickless',
      otherwise: ({ metrics, params }) =>
        params.source === 'tickless'
          ? `There was no tick. A wake-up took ${n(metrics.perTick)} exits, and there were ${n(metrics.exits)} exits a second, for what had to be done.`
          : `A tick took ${n(metrics.perTick)} exits, and there were ${n(metrics.exits)} exits a second: nobody in the root takes part in it.`,
    },
    {
      says: ({ metrics }) =>
        `${n(metrics.share)} % of a processor went into that, with ${n(metrics.toWorker)} visits to the worker.`,
      holds: ({ metrics, params }) => metrics.toWorker > 0 && params.load === 0,
      otherwise: ({ metrics, params }) =>
        params.load === 0
          ? `${n(metrics.share)} % of a processor went into that, and no visit to the worker.`
          : `These guests were not idle: their own work and their ticks together took ${n(metrics.share)} % of a processor.`,
    },
    {
      says: ({ metrics }) =>
        `Of ${n(metrics.due)} ticks that were due ${n(metrics.lost)} were lost${metrics.late === 0 ? ': every guest got a processor when it wanted one' : '; those that came late were made up for'}.`,
      holds: ({ metrics }) => metrics.lost === 0,
      otherwise: ({ metrics }) =>
        `Of ${n(metrics.due)} ticks that were due ${n(metrics.lost)} were lost, and a clock that counts them is ${n(metrics.behind)} ms behind.`,
    },
  ],
};
