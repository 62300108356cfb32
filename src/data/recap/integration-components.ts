import { formatCount } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const integrationComponents: RecapIs = {
  line: 'integration-components',
  sentences: [
    {
      says: ({ metrics }) =>
        `The guest has ${formatCount(metrics.emulated)} emulated devices, as many as before, and ${formatCount(metrics.synthetic)} synthetic ones beside them: drivers were added, and no device was converted.`,
      holds: ({ metrics }) => metrics.synthetic > 0 && metrics.emulated === metrics.emulatedBefore,
      otherwise: ({ metrics }) =>
        metrics.synthetic === 0
          ? `The guest has ${formatCount(metrics.emulated)} emulated devices and no synthetic one at work: nobody takes what the host offers.`
          : `The guest has ${formatCount(metrics.emulated)} of its ${formatCount(metrics.emulatedBefore)} emulated devices left: that is a wrong rule.`,
    },
    {
      says: ({ metrics }) =>
        `The boot disk’s data needed ${formatCount(metrics.bootDiskBefore)} intercepts before and none after.`,
      holds: ({ metrics }) => metrics.bootDiskBefore > 0 && metrics.bootDisk === 0 && metrics.running === 1,
      otherwise: ({ metrics }) =>
        metrics.running === 0
          ? 'The guest does not run at the end: it has no disk.'
          : `The boot disk’s data needed ${formatCount(metrics.bootDiskBefore)} intercepts before and ${formatCount(metrics.bootDisk)} after.`,
    },
    {
      says: ({ metrics }) =>
        `Control commands and keys still took ${formatCount(metrics.control + metrics.keys)} intercepts: nobody diverts those.`,
      holds: ({ metrics }) => metrics.control + metrics.keys > 0,
      otherwise: () => 'Nobody sent a control command or pressed a key in this run; those would take ports.',
    },
    {
      says: ({ metrics }) =>
        `The two ends speak VMBus ${formatCount(metrics.vmbus)}, after ${formatCount(metrics.tried)} of the guest’s versions were tried, and ${formatCount(metrics.services)} services answer.`,
      holds: ({ metrics }) => metrics.vmbus > 0,
      otherwise: () => 'There is no VMBus in this guest, and no service answers.',
    },
  ],
};
