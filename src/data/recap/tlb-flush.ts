import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const tlbFlush: RecapIs = {
  line: 'tlb-flush',
  sentences: [
    {
      says: ({ metrics }) =>
        `Flushing took ${n(metrics.flushExits)} exits, and using the pages again ${n(metrics.fills)} more: the hypervisor’s tables have to forget, and then to learn.`,
      holds: ({ metrics }) => metrics.flushExits > 0 && metrics.fills > 0,
      otherwise: ({ metrics }) =>
        metrics.flushExits === 0
          ? `Flushing took no exit, and using the pages again ${n(metrics.fills)}: ${metrics.fills === 0 ? 'the processor walks both tables by itself' : 'only the tables behind the tables had to be filled'}.`
          : `Flushing took ${n(metrics.flushExits)} exits; using the pages again took none, because the processor walks both tables by itself.`,
    },
    {
      says: ({ metrics }) =>
        `One flush took ${n(metrics.flushTime)} µs. With these settings the hypercall is sooner done than INVLPG for each page.`,
      holds: ({ params }) =>
        params.paging === 'shadow' &&
        Number(params.changed) > 1 &&
        params.job === 'unmap' &&
        params.how !== 'none',
      otherwise: ({ metrics, params }) =>
        params.how === 'none'
          ? 'Nothing was flushed, in no time at all.'
          : params.paging === 'slat'
            ? `One flush took ${n(metrics.flushTime)} µs. With a second level INVLPG is no exit, and for the guest’s own processor the hypercall is the slower way.`
            : `One flush, or switch, took ${n(metrics.flushTime)} µs. A call is worth it for several pages at once.`,
    },
    {
      says: () => 'Nobody read an old page after the flush.',
      holds: ({ metrics }) => metrics.stale === 0,
      otherwise: ({ metrics }) =>
        `${n(metrics.stale)} reads saw the page that was there before: nothing had been flushed.`,
    },
  ],
};
