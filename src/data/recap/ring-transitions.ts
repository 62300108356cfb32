import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const ringTransitions: RecapIs = {
  line: 'ring-transitions',
  sentences: [
    {
      says: ({ metrics, params }) =>
        `${params.repeat === 1 ? 'One access' : `${n(Number(params.repeat))} accesses`} made ${n(metrics.ringTransitions)} ring transitions: ${n(metrics.ringTransitions / Number(params.repeat))} each, out of the guest, through the root, into ring 3, and all the way back.`,
      holds: ({ metrics, params }) => metrics.ringTransitions === 7 * Number(params.repeat),
      otherwise: ({ metrics, params }) =>
        `There were ${n(metrics.ringTransitions / Number(params.repeat))} ring transitions each. The way is shorter when nobody in another partition is asked, or when there is no other partition.`,
    },
    {
      says: ({ metrics }) =>
        `All five kinds of switch took part: ${n(metrics.vmTransitions)} exits and entries, ${n(metrics.privilegeSwitches)} changes of privilege, ${n(metrics.partitionSwitches)} of partition, ${n(metrics.threadSwitches)} of thread, ${n(metrics.addressSpaceSwitches)} of address space.`,
      holds: ({ metrics }) =>
        Math.min(
          metrics.vmTransitions,
          metrics.privilegeSwitches,
          metrics.partitionSwitches,
          metrics.threadSwitches,
          metrics.addressSpaceSwitches,
        ) > 0,
      otherwise: ({ metrics }) =>
        `Of the five kinds of switch some are missing: ${n(metrics.vmTransitions)} exits and entries, ${n(metrics.privilegeSwitches)} changes of privilege, ${n(metrics.partitionSwitches)} of partition, ${n(metrics.threadSwitches)} of thread, ${n(metrics.addressSpaceSwitches)} of address space.`,
    },
    {
      says: ({ metrics }) =>
        `It took ${n(metrics.nanoseconds)} ns. The two changes between kernel and user mode are ${n(metrics.hopShare)} % of that, changing the partition ${n(metrics.partitionShare)} %.`,
      holds: ({ metrics }) => metrics.hopShare < metrics.partitionShare,
      otherwise: ({ metrics }) =>
        `It took ${n(metrics.nanoseconds)} ns. Changes between kernel and user mode are ${n(metrics.hopShare)} % of that, changing the partition ${n(metrics.partitionShare)} %.`,
    },
  ],
};
