import type { VariantIs } from './types.ts';

const ticks = (params: Readonly<Record<string, unknown>>): number => Number(params.vms) * Number(params.hz);

export const timersAndIdle: VariantIs = {
  question: ({ vms, hz, source }) =>
    `${vms === '1' ? 'One idle guest ticks' : `${vms} idle guests tick`} ${hz} times a second. The source: ${source}. How many exits a second is that?`,
  over: { vms: [1, 2, 3, 4], hz: [50, 100, 200, 500], source: ['pit', 'apic', 'message'] },
  fixed: { time: 100 },
  metric: 'exits',
  unit: 'exits a second',
  tolerance: 1,
  because: ({ metrics, params }) =>
    `${ticks(params)} ticks, ${metrics.exits / ticks(params)} a tick: ${metrics.exits > ticks(params) ? 'four accesses to the interrupt controller, and HLT' : 'only HLT; on this hardware the processor serves the end of the interrupt'}.`,
  mistakes: [
    {
      is: ({ params }) => ticks(params),
      why: 'One exit a tick is going to sleep again. The timer/counter’s interrupt must also be masked, ended and unmasked.',
    },
    {
      is: ({ params }) => 4 * ticks(params),
      why: 'Four are the accesses to the interrupt controller. The guest also goes to sleep, and that is an exit.',
    },
    {
      is: ({ params }) => 5 * ticks(params),
      why: 'Five a tick is the timer/counter. This source needs no interrupt controller of the worker.',
    },
    {
      is: ({ params }) => 2 * ticks(params),
      why: 'The end of the interrupt was an exit on old hardware. On today’s the processor serves it.',
    },
    { is: ({ params }) => 5 * Number(params.hz), why: 'That is one guest.' },
    { is: ({ params }) => Number(params.hz), why: 'Those are the ticks of one guest.' },
    { is: () => 0, why: 'An idle guest is not a guest that does nothing: it is woken at every tick.' },
  ],
};
