import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const ipi: RecapIs = {
  line: 'ipi',
  sentences: [
    {
      says: ({ metrics }) =>
        `To interrupt ${n(metrics.targets)} processors the sender had ${n(metrics.senderExits)} exits: through registers in memory each target takes three.`,
      holds: ({ metrics }) => metrics.senderExits >= 3 * metrics.targets,
      otherwise: ({ metrics }) =>
        `To interrupt ${n(metrics.targets)} processors the sender had ${n(metrics.senderExits)} ${metrics.senderExits === 1 ? 'exit' : 'exits'}: ${metrics.senderExits < metrics.targets ? 'many are named at once' : 'one write takes destination and command'}.`,
    },
    {
      says: ({ metrics }) =>
        `Each target took its interrupt and ended it: ${n(metrics.reached)} in all, ${n(metrics.missing)} missing. That is the same whichever way they are sent.`,
      holds: ({ metrics }) => metrics.missing === 0,
      otherwise: ({ metrics }) => `${n(metrics.missing)} interrupts were missing.`,
    },
    {
      says: ({ metrics }) =>
        `Until all had answered ${n(metrics.allCycles)} cycles went by, not much more than sending took: every target was running.`,
      holds: ({ metrics }) => metrics.allCycles < 3 * metrics.sendCycles,
      otherwise: ({ metrics }) =>
        `Until all had answered ${n(metrics.allCycles)} cycles went by; sending took ${n(metrics.sendCycles)}. A target that does not run answers when its turn comes, or has to be woken.`,
    },
  ],
};
