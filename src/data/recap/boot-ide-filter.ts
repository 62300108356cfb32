import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

/** Why there was no system, by the number that the metric shows. */
const REASONS: readonly string[] = [
  '',
  'the firmware found nothing to start',
  'the loader found no file system',
  'the loader did not find a file',
  'the kernel found no disk',
  'the kernel lost its disk',
  'the power was cut',
];

export const bootIdeFilter: RecapIs = {
  line: 'boot-ide-filter',
  sentences: [
    {
      says: ({ metrics }) =>
        `The system started. ${n(metrics.emulatedShare)} % of what it read came by the emulated road, and the rest by VMBus.`,
      holds: ({ metrics }) => metrics.up === 1 && metrics.bytesSynthetic > 0,
      otherwise: ({ metrics }) =>
        metrics.up === 1
          ? 'The system started, and everything it read came by the emulated road.'
          : `The system does not run: ${REASONS[metrics.ending]}.`,
    },
    {
      says: ({ metrics }) =>
        `The filter waited for ${n(metrics.drained)} command of the drive and held ${n(metrics.held)} requests meanwhile. None was in flight when the channel took over.`,
      holds: ({ metrics }) => metrics.handOvers > 0 && metrics.inFlight === 0,
      otherwise: ({ metrics }) =>
        metrics.handOvers > 0
          ? `${n(metrics.inFlight)} command was in flight when the channel took over, and ${n(metrics.overtaken)} write was overtaken.`
          : 'No filter handed the disk over in this run.',
    },
    {
      says: ({ metrics }) =>
        `${n(metrics.acknowledged)} writes were acknowledged and none was lost. The disk had one owner at a time.`,
      holds: ({ metrics }) => metrics.lost === 0 && metrics.breaches === 0 && metrics.entriesLost === 0,
      otherwise: ({ metrics }) =>
        `The rule of one owner was broken ${n(metrics.breaches)} time(s), and ${n(metrics.entriesLost)} of ${n(metrics.entries)} acknowledged entries are gone.`,
    },
  ],
};
