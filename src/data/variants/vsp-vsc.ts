import type { VariantIs } from './types.ts';

export const vspVsc: VariantIs = {
  question: ({ packets, burst }) =>
    `A guest sends ${packets} packets in bursts of ${burst}. Between two bursts the reader has emptied the ring and sleeps. How many signals?`,
  over: { burst: [2, 3, 4, 5, 6, 8, 10, 12], packets: [120, 240, 360, 480] },
  metric: 'signals',
  unit: 'signals',
  tolerance: 1,
  because: () => 'One for each burst: its first packet finds the ring empty, the others do not.',
  mistakes: [
    {
      is: ({ metrics }) => metrics.packets,
      why: 'That would be one for each packet. Only one that finds the ring empty owes a signal.',
    },
    { is: ({ metrics }) => metrics.suppressed, why: 'Those are the packets that needed none.' },
    { is: () => 1, why: 'One would do if the reader never slept in between.' },
    { is: ({ params }) => Number(params.burst), why: 'That is the size of a burst, not their number.' },
    { is: () => 0, why: 'Somebody has to wake a reader that sleeps.' },
  ],
};
