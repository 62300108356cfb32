/** The parameters of `boot-ide-filter`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

export const bootFilterParams = {
  technique: choice(
    {
      storflt: 'a filter (Windows)',
      'prefer-ms-hyperv': 'the ATA driver refuses (Linux)',
      veto: 'storvsc objects (FreeBSD)',
      none: 'none',
    },
    'storflt',
    {
      label: 'Hand-over by',
      why: 'Both roads lead to the same disk. Somebody has to see to it that only one is used.',
    },
  ),
  drivers: flag(true, {
    label: 'VMBus drivers at hand',
    why: 'They must be there before the kernel can read its disk: loaded with it, or in the initial RAM disk.',
  }),
  int13: choice({ enlightened: 'by the enlightened port', plain: 'register by register' }, 'enlightened', {
    label: 'The BIOS reads',
    why: 'Everything before the hand-over goes this way.',
  }),
  rule: choice(
    {
      'one-owner': 'one owner at a time',
      'no-drain': 'the filter does not wait',
      'two-owners': 'both drivers take the disk',
    },
    'one-owner',
    { label: 'Rule', why: 'What would go wrong without it.' },
  ),
  incident: choice(
    {
      none: 'nothing',
      'power-cut': 'the power is cut',
      rescind: 'the channel is taken away',
      're-offer': 'the channel is taken away, and offered again',
      save: 'the machine is saved, and goes on on a new host',
    },
    'none',
    {
      label: 'In the middle of the hand-over',
      why: 'A hand-over that is right must be right at each of its steps.',
    },
  ),
  at: count({
    label: 'At step',
    why: 'One exit of the guest, or one event of the host. A step beyond the last one means that nothing happens.',
    unit: '',
    min: 1,
    max: 600,
    step: 1,
    scale: 'linear',
    default: 355,
  }),
  writers: count({
    label: 'Programs that write meanwhile',
    why: 'Each has one request under way. Without any there is nothing to lose.',
    unit: '',
    min: 0,
    max: 8,
    step: 1,
    scale: 'linear',
    default: 4,
  }),
  ata: choice({ dma: 'by bus master', pio: 'by ports' }, 'dma', {
    label: 'The ATA driver moves data',
    why: 'A command that takes long is in flight for long.',
  }),
  disk: choice(
    { memory: 'none', 'sata-ssd': 'SATA SSD', nvme: 'NVMe', sas15k: 'disk, 15 000 a minute' },
    'sata-ssd',
    {
      label: 'Time of the real disk',
      why: 'Where the disk is slow it does not matter much how its requests travel.',
    },
  ),
  dump: choice({ ports: 'by ports', reserved: 'by a reserved channel' }, 'ports', {
    label: 'The crash dump goes',
    why: 'A kernel that has crashed can rely on nothing. Two roads ask little of it.',
  }),
  damage: choice(
    {
      none: 'nothing',
      signature: 'no boot signature',
      table: 'a partition table that lies',
      'file-system': 'a file system that leads nowhere',
      kernel: 'the kernel is missing',
    },
    'none',
    { label: 'Wrong with the image', why: 'A start that cannot go on must say so, and write nothing.' },
  ),
  system: choice({ own: 'that fits', windows: 'Windows', linux: 'Linux', freebsd: 'FreeBSD' }, 'own', {
    label: 'Files of the system',
    why: 'What is read in which phase, and how much of it.',
  }),
  fs: choice({ fat32: 'FAT32', ext4: 'ext4' }, 'fat32', {
    label: 'File system',
    why: 'Loader and kernel read its tables before they read a file.',
  }),
  scale: choice({ '32': '1/32', '64': '1/64', '128': '1/128', '1024': '1/1024' }, '128', {
    label: 'Size of the files',
    why: 'As parts of the real ones: a start of full size would read for minutes here.',
  }),
  era: choice(ERA_OPTIONS, '2012', {
    label: 'Processor of',
    why: 'An exit to the worker process is dear, and how dear depends on the hardware.',
  }),
};
