import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const clockRead: RecapIs = {
  line: 'clock-read',
  sentences: [
    {
      says: ({ metrics }) =>
        `${n(metrics.reads)} readings were ${n(metrics.exits)} exits: ${n(metrics.exitsPerRead)} each. A clock that is a device is asked through registers.`,
      holds: ({ metrics }) => metrics.exits > 0,
      otherwise: ({ metrics }) =>
        `${n(metrics.reads)} readings were no exit at all: this clock is a page of memory.`,
    },
    {
      says: ({ metrics }) =>
        `A reading cost ${n(metrics.cyclesPerRead)} cycles. The page would be at least thirty times cheaper.`,
      holds: ({ metrics, params }) => metrics.exits > 0 && params.era !== '2008',
      otherwise: ({ metrics, params }) =>
        params.era === '2008'
          ? `A reading cost ${n(metrics.cyclesPerRead)} cycles. A host of 2008 has no page to offer.`
          : `A reading cost ${n(metrics.cyclesPerRead)} cycles. There is nothing left to be saved.`,
    },
    {
      says: ({ metrics }) =>
        `Reading the clock took ${n(metrics.share)} % of a processor: more than half, and nothing had been computed yet.`,
      holds: ({ metrics }) => metrics.share > 50,
      otherwise: ({ metrics }) =>
        `Reading the clock took ${n(metrics.share)} % of a processor. At this rate and with this clock that is bearable.`,
    },
    {
      says: ({ metrics }) =>
        `The clock never stepped back, and was wrong by ${n(metrics.maxError)} µs at most.`,
      holds: ({ metrics }) => metrics.backwards === 0 && metrics.maxError < 1000,
      otherwise: ({ metrics }) =>
        `The clock was wrong by up to ${n(metrics.maxError)} µs, and stepped back ${n(metrics.backwards)} times.`,
    },
  ],
};
