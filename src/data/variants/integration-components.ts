import type { VariantIs } from './types.ts';

export const integrationComponents: VariantIs = {
  question: (text, { metrics, params }) =>
    `A guest reads and writes its boot disk ${text.requests} times, 64 KiB each time, by bus-master DMA: ${metrics.bootDiskBefore / Number(params.requests)} intercepts a command. The components are installed, and nobody has restarted it. How many intercepts does the same work take now?`,
  over: { requests: [4, 6, 10, 12, 16, 24, 32], era: ['2008', '2012', '2020'] },
  fixed: { package: 'rtm', reboot: false, workload: 'disk' },
  metric: 'bootDisk',
  unit: 'intercepts',
  tolerance: 1,
  because: ({ metrics }) =>
    `As many as before, ${metrics.bootDiskBefore}: the filter joins the disk’s stack at the next start.`,
  mistakes: [
    {
      is: () => 0,
      why: 'So it will be after the next start. The stack of a disk in use is not built again.',
    },
    {
      is: ({ params }) => Number(params.requests),
      why: 'One exit for each request is what a ring needs, or less. This disk still goes by ports.',
    },
  ],
};
