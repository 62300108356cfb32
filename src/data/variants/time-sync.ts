import { formatCount } from '../../../sim/lab/format.ts';
import type { VariantIs } from './types.ts';

export const timeSync: VariantIs = {
  question: ({ tick, time }, { metrics }) =>
    `A guest counts ticks, of ${tick}, and nobody corrects its clock. After ${time} s it has lost ${formatCount(metrics.ticksLost)} of them. About how far is its clock behind?`,
  over: { others: [2, 3, 4, 6], tick: ['64', '100', '250'], time: [10, 20] },
  metric: 'error',
  unit: 'ms',
  tolerance: 1.06,
  because: ({ params }) =>
    `Each tick that is lost is ${formatCount(1000 / Number(params.tick))} ms that the clock does not count. A counter would have gone on.`,
  mistakes: [
    { is: ({ metrics }) => metrics.ticksLost, why: 'That is the number of ticks. How long is one?' },
    { is: ({ metrics, params }) => metrics.ticksLost / Number(params.tick), why: 'Those are seconds.' },
    {
      is: ({ metrics, params }) => (1000 * metrics.ticksTaken) / Number(params.tick),
      why: 'That is what the clock did count.',
    },
    { is: () => 0, why: 'A clock that is made of ticks knows nothing of those that did not come.' },
  ],
};
