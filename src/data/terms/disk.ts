/** Disks: controllers, commands, files. */
import type { TermIs } from './types.ts';

export const DISK: readonly TermIs[] = [
  {
    title: 'PIO',
    text: 'Programmed input and output: the processor moves the data itself, word by word, through a port of the device.',
    words: ['PIO', 'programmed I/O'],
    page: 'two-roads',
  },
  {
    title: 'DMA',
    text: 'Direct memory access: the device moves the data by itself; the processor only says where they lie.',
    words: ['DMA'],
    page: 'two-roads',
  },
  {
    title: 'PRD',
    text: 'Physical region descriptor: an entry of the table that tells an IDE controller which pieces of memory a DMA transfer uses.',
    words: ['PRD'],
  },
  {
    title: 'INT13',
    text: "The disk interrupt of the PC's BIOS. The virtual BIOS hands a whole request over with one port write: *enlightened INT13*.",
    words: ['INT13'],
    page: 'two-roads',
  },
  {
    title: 'MULTIPLE',
    text: 'An ATA command set in which a disk moves a block of sectors, commonly sixteen, for each interrupt instead of one.',
    words: [],
    page: 'two-roads',
  },
  {
    title: 'LBA48',
    text: 'Addressing of sectors with 48 bits. Every address register is written twice, first the high part, then the low one.',
    words: ['LBA48'],
  },
  {
    title: 'VHD',
    text: 'The file format of virtual disks: a fixed or a growing image with a footer of 512 bytes.',
    words: ['VHD'],
  },
  {
    title: 'BAT',
    text: 'Block allocation table: in a growing VHD the table that says where in the file each block lies, if anywhere.',
    words: ['BAT'],
  },
  {
    title: 'SRB',
    text: "SCSI request block: how Windows' storage drivers describe a request to each other. A storvsc packet is shaped after it.",
    words: ['SRB'],
  },
  {
    title: 'CDB',
    text: 'Command descriptor block: the 6 to 16 bytes that are a SCSI command.',
    words: ['CDB'],
  },
  {
    title: 'Sense data',
    text: 'What a SCSI device answers when a command failed: a key, a code and a qualifier that say why.',
    words: ['sense data'],
  },
  {
    title: 'Accelerator',
    text: 'A VMBus device that stands for one drive of the emulated IDE controller. Its offer says which one, and both lead to the same disk.',
    words: ['IDE accelerator'],
    page: 'boot-ide-filter',
  },
  {
    title: 'Hand-over',
    text: 'The moment in which a disk with two roads gets another owner. Before it data take the emulated road, after it VMBus.',
    words: ['hand-over'],
    page: 'boot-ide-filter',
  },
  {
    title: 'Initial RAM disk',
    text: 'An archive that a loader puts into memory beside a Linux kernel. In it lie the drivers that the kernel needs before it can read its disk.',
    words: ['initial RAM disk'],
    page: 'boot-ide-filter',
  },
];
