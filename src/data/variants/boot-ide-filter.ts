import { formatCount as n } from '../../../sim/lab/format.ts';
import type { VariantIs } from './types.ts';

export const bootIdeFilter: VariantIs = {
  question: ({ system, fs }, { metrics }) =>
    `A ${system} starts from ${fs}. Boot manager and loader ask the BIOS for ${n(metrics.firmwareSectors)} sectors in ${n(metrics.firmwareReads)} reads, and it reads register by register with string instructions. How many exits is that?`,
  over: { system: ['windows', 'linux', 'freebsd'], fs: ['fat32', 'ext4'], scale: ['128', '1024'] },
  fixed: { int13: 'plain', disk: 'memory', technique: 'storflt' },
  metric: 'interceptsBefore',
  unit: 'exits',
  tolerance: 1,
  because: ({ metrics }) =>
    `Seven for each read and two for each sector: 7 × ${n(metrics.firmwareReads)} + 2 × ${n(metrics.firmwareSectors)}.`,
  mistakes: [
    {
      is: ({ metrics }) => metrics.firmwareReads,
      why: 'One a read is right for the enlightened port.',
    },
    {
      is: ({ metrics }) => 2 * metrics.firmwareSectors,
      why: 'And who tells the drive what to read, and looks whether it has ended?',
    },
    {
      is: ({ metrics }) => 7 * metrics.firmwareReads + metrics.firmwareSectors,
      why: 'Before each sector the BIOS looks at the status, whether it is there.',
    },
    {
      is: ({ metrics }) => 7 * metrics.firmwareReads + 257 * metrics.firmwareSectors,
      why: 'That would be an exit for each word. A string instruction is one.',
    },
  ],
};
