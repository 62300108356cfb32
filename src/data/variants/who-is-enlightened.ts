import type { VariantIs } from './types.ts';

export const whoIsEnlightened: VariantIs = {
  question: ({ system, era }) =>
    `System: ${system}. Host: ${era}. How many exits does one disk request take it, on average?`,
  over: {
    system: [
      'unmodified',
      'windows-2000',
      'windows-xp',
      'windows-2008',
      'linux-2.6.32',
      'windows-10',
      'freebsd',
      'linux-today',
    ],
    era: ['2008', '2012', '2020'],
  },
  fixed: { part: 'disk', vps: 1, time: 40 },
  metric: 'perRequest',
  unit: 'exits',
  tolerance: 1.1,
  because: ({ metrics }) =>
    metrics.perRequest > 10
      ? 'No driver for the bus: the request goes register by register to a controller that does not exist, on old hosts as on new ones.'
      : 'It has a driver for the bus, whoever wrote it: one signal, and the way back is served without an exit.',
  mistakes: [
    { is: () => 0, why: 'The first packet in an empty ring owes a signal, and that is a hypercall.' },
    {
      is: () => 1,
      why: 'One is what a guest with a driver for the bus needs. This one knows no hypervisor.',
    },
    { is: () => 2, why: 'The interrupt for the answer is not an exit on any of these hosts.' },
    { is: () => 26, why: 'That is the way through registers, without a driver. This system has one.' },
    {
      is: () => 7,
      why: 'Seven are the ring transitions of one access to a register, not exits of a request.',
    },
  ],
};
