import type { VariantIs } from './types.ts';

const numbers = ({ vps, changed }: Readonly<Record<string, unknown>>): [number, number] => [
  Number(vps),
  Number(changed),
];

export const tlbFlush: VariantIs = {
  question: ({ vps, changed }) =>
    `Under shadow tables, ${changed} pages are withdrawn from a process that has threads on ${vps} processors. The guest calls the others by interrupts through synthetic MSRs, and everybody uses INVLPG. How many exits is the flush?`,
  over: { vps: [2, 3, 4, 6, 8], changed: [2, 3, 4, 5, 6, 8] },
  fixed: { how: 'invlpg', reach: 'remote', rounds: 1, touched: 16 },
  metric: 'flushExits',
  unit: 'exits',
  tolerance: 1,
  because: ({ params }) => {
    const [vps, changed] = numbers(params);
    return `Each of the ${vps} processors executes ${changed} INVLPG, and each of the ${vps - 1} others costs two more: one to send the interrupt and one to end it.`;
  },
  mistakes: [
    {
      is: ({ params }) => numbers(params)[1],
      why: 'That is the first processor alone. The others remember the old entries too.',
    },
    {
      is: ({ params }) => numbers(params)[0] * numbers(params)[1],
      why: 'That is all the INVLPG. The interrupts have to be sent and ended as well.',
    },
    {
      is: ({ params }) => 2 * (numbers(params)[0] - 1),
      why: 'Those are the interrupts. Under shadow tables each INVLPG is an exit too.',
    },
    { is: () => 1, why: 'One exit is what the hypercall needs, whatever the numbers.' },
    {
      is: () => 0,
      why: 'That is how it is with a second level, where INVLPG does not exit; but then the interrupts do.',
    },
  ],
};
