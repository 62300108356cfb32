import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

/** Why there was no system, by the number that the metric shows. */
const REASONS: readonly string[] = [
  '',
  'its firmware found no disk',
  'its firmware found no partition or file system that it can read',
  'the loader was not there',
  'the system was not there, or its kernel found no disk',
];

export const generations: RecapIs = {
  line: 'generations',
  sentences: [
    {
      says: ({ metrics }) =>
        `The machine started. Its firmware read ${n(metrics.loadedBytes)} bytes in ${n(metrics.loadReads)} requests, with ${n(metrics.loadExits)} exits, before there was a kernel.`,
      holds: ({ metrics }) => metrics.booted === 1,
      otherwise: ({ metrics }) => `The machine did not start: ${REASONS[metrics.ending]}.`,
    },
    {
      says: ({ metrics }) =>
        `Until then it stopped ${n(metrics.deviceIntercepts)} times for an emulated device, to hand over the boot log. A guest can reach ${n(metrics.devices)} of them, behind ${n(metrics.ports)} ports.`,
      holds: ({ metrics, params }) => params.generation === '2' && metrics.deviceIntercepts <= 2,
      otherwise: ({ metrics }) =>
        `Until then it stopped ${n(metrics.deviceIntercepts)} times for an emulated device. A guest can reach ${n(metrics.devices)} of them, behind ${n(metrics.ports)} ports.`,
    },
    {
      says: ({ metrics }) =>
        `The kernel’s own reads took ${n(metrics.dataTime)} µs and ${n(metrics.dataExits / metrics.dataReads)} exits each. In the other generation it would be the same.`,
      holds: ({ metrics }) => metrics.dataReads > 0,
      otherwise: () => 'No kernel read anything, so there is nothing to compare.',
    },
    {
      says: ({ metrics }) =>
        `The second disk was there at once: the kernel knew ${n(metrics.disks)} when the run ended.`,
      holds: ({ metrics }) => metrics.added === 1,
      otherwise: ({ params, metrics }) =>
        params.add === 'ide' && metrics.booted === 1
          ? 'The second disk was refused: a cable cannot tell anybody that something was plugged in.'
          : 'No second disk was taken.',
    },
  ],
};
