import { formatCount } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const twoRoads: RecapIs = {
  line: 'two-roads',
  sentences: [
    {
      says: ({ metrics }) =>
        `The guest was stopped ${formatCount(metrics.deviceIntercepts)} times for ${formatCount(metrics.sectors)} sectors: the interface speaks in registers, and every register is a stop.`,
      holds: ({ metrics }) => metrics.deviceIntercepts > 1,
      otherwise: ({ metrics }) =>
        `The guest was stopped ${metrics.deviceIntercepts === 0 ? 'by no device at all' : 'once'} for ${formatCount(metrics.sectors)} sectors: this interface speaks in requests, not in registers.`,
    },
    {
      says: ({ metrics }) =>
        `There were ${formatCount(metrics.ringTransitions)} changes of ring in ${formatCount(metrics.microseconds)} µs. Without the visits to ring 3 more than seven tenths of that time would remain.`,
      holds: 'ring-3-is-the-small-part',
      otherwise: ({ metrics }) =>
        `There were ${formatCount(metrics.ringTransitions)} changes of ring in ${formatCount(metrics.microseconds)} µs. ${metrics.deviceIntercepts === 0 ? 'None of them led to ring 3: there was nothing to be spared.' : 'In this run the visits to ring 3 are a larger part of that than three tenths.'}`,
    },
    {
      says: ({ metrics }) =>
        `A processor copied ${formatCount(metrics.bytesCopied)} bytes. That is a saving of the synthetic road too, but the smallest.`,
      holds: ({ metrics }) => metrics.bytesCopied > 0,
      otherwise: () =>
        'No processor copied anything: the packet names the guest’s own pages. That is the smallest of the savings.',
    },
    {
      says: () => 'With these settings the synthetic road takes less time than every road through registers.',
      holds: 'less-time',
      otherwise: () =>
        'With these settings the synthetic road is not the fastest: compare the roads in the open lab.',
    },
  ],
};
