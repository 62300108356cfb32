import type { VariantIs } from './types.ts';

export const clockRead: VariantIs = {
  question: ({ source, rate, duration }) =>
    `A kernel reads its clock ${rate} times a second for ${duration} ms. The clock: ${source}. How many exits?`,
  over: {
    source: ['pit', 'pm-timer', 'rtc', 'reference-counter', 'tsc-page'],
    rate: [100, 200, 500, 1000],
    duration: [100, 200],
  },
  metric: 'exits',
  unit: 'exits',
  tolerance: 1,
  because: ({ metrics }) =>
    `${metrics.reads} readings, ${metrics.exitsPerRead === 0 ? 'and none of them leaves the guest' : `${metrics.exitsPerRead} ${metrics.exitsPerRead === 1 ? 'exit' : 'exits'} each`}.`,
  mistakes: [
    {
      is: ({ metrics }) => metrics.reads,
      why: 'One a reading is right for a clock that fits into one register. Does this one, and does it need a register at all?',
    },
    {
      is: ({ metrics }) => 2 * metrics.reads,
      why: 'Two would be two bytes without the latch, or one register of the real-time clock.',
    },
    {
      is: ({ metrics }) => 3 * metrics.reads,
      why: 'Three a reading is the timer/counter: latch, low byte, high byte.',
    },
    {
      is: ({ metrics }) => 16 * metrics.reads,
      why: 'Sixteen a reading is the real-time clock: eight registers by index and data.',
    },
    {
      is: () => 0,
      why: 'None is right for the page alone. A port or a register is served by somebody else.',
    },
    { is: ({ params }) => Number(params.rate), why: 'That is a whole second.' },
  ],
};
