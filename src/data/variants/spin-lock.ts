import type { VariantIs } from './types.ts';

/** Times in the ten milliseconds of the run, in nanoseconds. */
const RUN = 10_000_000;

const of = (params: Readonly<Record<string, unknown>>): { vps: number; held: number; outside: number } => ({
  vps: Number(params.vps),
  held: Number(params.held),
  outside: Number(params.outside),
});

export const spinLock: VariantIs = {
  question: ({ vps, held, outside }) =>
    `One machine alone, ${vps} virtual processors, each with a processor of its own. Again and again each takes the lock, holds it for ${held} ns, and computes for ${outside} ns outside. About how often is the lock taken in ten milliseconds?`,
  over: { vps: [2, 4, 6], held: [200, 500, 1000, 2000], outside: [20_000, 40_000, 60_000, 100_000] },
  fixed: { vms: 1, time: 10 },
  metric: 'rounds',
  unit: 'times',
  tolerance: 1.15,
  because: ({ params }) => {
    const { vps, held, outside } = of(params);
    return `A round takes ${held + outside} ns, and ${vps} processors do rounds side by side. Waiting for the lock takes a little of that, because its holder always runs.`;
  },
  mistakes: [
    {
      is: ({ params }) => Math.round(RUN / (of(params).held + of(params).outside)),
      why: 'That is one processor alone. The others do their rounds at the same time.',
    },
    {
      is: ({ params }) => Math.round(RUN / of(params).held),
      why: 'That would be a lock that is held all the time. Here most of a round is computing outside.',
    },
    {
      is: ({ params }) => Math.round(RUN / (of(params).vps * (of(params).held + of(params).outside))),
      why: 'More processors take the lock oftener, not less often.',
    },
  ],
};
