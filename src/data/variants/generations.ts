import type { VariantIs } from './types.ts';

export const generations: VariantIs = {
  question: ({ generation, bus, add }) =>
    `A machine of generation ${generation}, its boot disk on the ${bus}. Once it runs, somebody adds a second disk ${add === 'none' ? 'to another machine' : add}. How many disks does the kernel know in the end?`,
  over: { generation: ['1', '2'], bus: ['ide', 'scsi'], add: ['none', 'scsi', 'ide'] },
  fixed: { scale: '64', model: 'memory' },
  metric: 'disks',
  unit: 'disks',
  tolerance: 1,
  because: ({ metrics, params }) =>
    metrics.booted === 0
      ? `Generation ${params.generation} cannot start from there, so no kernel ever counted.`
      : metrics.added === 1
        ? 'The boot disk and the one that VMBus told of.'
        : 'The boot disk alone. A disk is added to a SCSI controller or to none.',
  mistakes: [
    {
      is: () => 1,
      why: 'Does the machine start at all? And if it does, was the second disk added to a controller that takes one?',
    },
    { is: () => 2, why: 'Does the machine start? And could this controller take a disk while it ran?' },
    { is: () => 0, why: 'It starts: this firmware reaches a disk on that controller.' },
  ],
};
