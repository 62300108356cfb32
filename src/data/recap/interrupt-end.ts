import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const interruptEnd: RecapIs = {
  line: 'interrupt-end?method=assist',
  sentences: [
    {
      says: ({ metrics }) =>
        `${n(metrics.interrupts)} interrupts were ended, and ${n(metrics.spared)} of the ends needed no exit: somebody had said that nobody waits.`,
      holds: ({ metrics, params }) => params.method === 'assist' && metrics.spared > 0,
      otherwise: ({ metrics }) =>
        metrics.eoiExits === 0
          ? `${n(metrics.interrupts)} interrupts were ended without an exit; the guest needed no bit for it, the processor or the hypervisor did it.`
          : `${n(metrics.interrupts)} interrupts took ${n(metrics.eoiExits)} exits to end. No end was spared.`,
    },
    {
      says: ({ metrics }) =>
        `An interrupt cost ${n(metrics.cyclesPerInterrupt)} cycles, ${n(metrics.exitsPerInterrupt)} exits each.`,
      holds: ({ metrics }) => metrics.exitsPerInterrupt < 1,
      otherwise: ({ metrics }) =>
        `An interrupt cost ${n(metrics.cyclesPerInterrupt)} cycles and ${n(metrics.exitsPerInterrupt)} exits: ending it, or telling what may interrupt, leaves the guest.`,
    },
    {
      says: ({ metrics }) =>
        `No interrupt was lost or had to wait for long: ${n(metrics.unheard)} were never heard, the mean wait is ${n(metrics.meanWait)} µs.`,
      holds: ({ metrics, params }) => metrics.unheard === 0 && params.rule === 'correct',
      otherwise: ({ metrics }) =>
        `With this rule interrupts wait for the next thing to happen: ${n(metrics.meanWait)} µs on average, and ${n(metrics.unheard)} were never heard.`,
    },
  ],
};
