import type { VariantIs } from './types.ts';

export const interruptEnd: VariantIs = {
  question: ({ together, rounds }) =>
    `${rounds} times ${together === '1' ? 'one interrupt arrives alone' : `${together} interrupts arrive together`}. The guest looks at its assist page before it ends one. How many exits do all the ends take?`,
  over: { together: [1, 2, 3, 4, 5, 6, 8], rounds: [10, 20, 25, 30, 50, 100] },
  fixed: { method: 'assist' },
  metric: 'eoiExits',
  unit: 'exits',
  tolerance: 1,
  because: ({ params }) =>
    params.together === 1
      ? 'One that comes alone is the last of its group: nobody waits for its end.'
      : `Of each ${params.together} the last end is spared: nobody waits for it. The others are needed.`,
  mistakes: [
    { is: ({ metrics }) => metrics.ends, why: 'That is every end. The page spares the last of each group.' },
    { is: ({ metrics }) => metrics.spared, why: 'Those are the ends that were spared.' },
    {
      is: () => 0,
      why: 'None is right when interrupts come alone. When another one waits, the hypervisor must hear of the end.',
    },
  ],
};
