import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const whoIsEnlightened: RecapIs = {
  line: 'who-is-enlightened?system=windows-xp',
  sentences: [
    {
      says: ({ metrics }) =>
        `This system used ${n(metrics.inUse)} of the ${n(metrics.offered)} enlightenments that its host offers, and had ${n(metrics.exits)} exits a second.`,
      holds: ({ metrics }) => metrics.inUse > 0 && metrics.inUse < metrics.offered,
      otherwise: ({ metrics }) =>
        metrics.inUse === 0
          ? `This system used none of the ${n(metrics.offered)} enlightenments that its host offers, and had ${n(metrics.exits)} exits a second.`
          : `This system used ${n(metrics.inUse)}, more than its host lists: some are rules of the guest’s own. It had ${n(metrics.exits)} exits a second.`,
    },
    {
      says: ({ metrics }) =>
        `Of those in use ${n(metrics.noCall)} need no hypercall and ${n(metrics.byCall)} do: most are registers, pages, or rules.`,
      holds: ({ metrics }) => metrics.noCall >= metrics.byCall && metrics.inUse > 0,
      otherwise: ({ metrics }) =>
        metrics.inUse === 0
          ? 'Where nothing is used nothing is called: this system takes the machine for a PC.'
          : `Of those in use ${n(metrics.noCall)} need no hypercall and ${n(metrics.byCall)} do.`,
    },
    {
      says: ({ metrics }) =>
        `${n(metrics.exitShare)} % of the time went into exits. ${n(metrics.apicExits)} exits a second were for the APIC, ${n(metrics.memoryExits)} for memory, ${n(metrics.deviceExits)} for devices.`,
      holds: ({ metrics }) => metrics.exitShare > 1,
      otherwise: ({ metrics }) =>
        `Only ${n(metrics.exitShare)} % of the time went into exits. ${n(metrics.msrExits)} a second were for registers, ${n(metrics.callExits)} were calls, ${n(metrics.deviceExits)} were for devices.`,
    },
  ],
};
