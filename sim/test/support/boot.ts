/** The start that the tests of a hand-over change one thing of. */
import { bootProfile } from '../../guest/boot/boot-files.ts';
import type { BootMachineOptions } from '../../lab/boot-machine.ts';

/** Windows on a small FAT32 image, with everything as it is on a real host. */
export const BOOT_BASE: BootMachineOptions = {
  era: '2012',
  diskModel: 'sata-ssd',
  profile: bootProfile('windows'),
  fileSystem: 'fat32',
  divisor: 4096,
  drivers: true,
  damage: 'none',
  seed: 3,
  technique: 'storflt',
  rule: 'one-owner',
  int13: 'enlightened',
  ataMode: 'dma',
  writers: 3,
  writesAfter: 2,
  listEntries: 8,
  dumpSectors: 16,
};
