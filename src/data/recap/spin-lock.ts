import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const spinLock: RecapIs = {
  line: 'spin-lock',
  sentences: [
    {
      says: ({ metrics }) =>
        `The lock was taken ${n(metrics.rounds)} times. ${n(metrics.useful)} % of the processors’ time was useful; ${n(metrics.waiting)} % went into waiting for somebody who did not run.`,
      holds: ({ metrics }) => metrics.waiting > metrics.useful,
      otherwise: ({ metrics }) =>
        `The lock was taken ${n(metrics.rounds)} times, and ${n(metrics.useful)} % of the processors’ time was useful. Waiting took ${n(metrics.waiting)} %.`,
    },
    {
      says: ({ params }) =>
        `${n(Number(params.vms) * Number(params.vps))} virtual processors shared ${n(Number(params.processors))}: sooner or later a holder loses its own in the middle.`,
      holds: ({ params }) => Number(params.vms) * Number(params.vps) > Number(params.processors),
      otherwise: ({ params }) =>
        `${n(Number(params.vms) * Number(params.vps))} virtual processors had ${n(Number(params.processors))} to run on: only the root can take one away.`,
    },
    {
      says: ({ metrics }) =>
        `The one who waited longest waited ${n(metrics.worst)} µs, and nobody told the hypervisor: ${n(metrics.hints)} calls, ${n(metrics.pauseExits)} pause-loop exits.`,
      holds: ({ metrics }) => metrics.hints + metrics.pauseExits === 0,
      otherwise: ({ metrics }) =>
        `The one who waited longest waited ${n(metrics.worst)} µs. The hypervisor heard of it: ${n(metrics.hints)} calls, ${n(metrics.pauseExits)} pause-loop exits.`,
    },
  ],
};
