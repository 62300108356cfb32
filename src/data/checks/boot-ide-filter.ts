import type { CheckData } from '../../truth/types.ts';

/** The questions of `boot-ide-filter`. */
export const bootIdeFilter: readonly CheckData[] = [
  {
    id: 'before',
    question:
      'A Windows with all drivers starts on generation 1. Which of its files can never come by VMBus, however the drivers are improved?',
    options: [
      {
        text: 'Those that the loader reads: kernel, settings, and the drivers of VMBus themselves.',
        right: true,
        why: 'They are read by a BIOS that has no code for VMBus: {boot-ide-filter firmwareReads} reads here, {boot-ide-filter emulatedShare} % of all bytes.',
      },
      {
        text: 'None: VMBus is there from power-on.',
        why: 'VMBus is. Nobody in the machine speaks it before the kernel’s driver runs.',
      },
      {
        text: 'All: the boot disk hangs on the IDE controller for good.',
        why: 'It does, and its data take the other road all the same: {boot-ide-filter runEmulated} bytes by the controller at run time.',
      },
    ],
  },
  {
    id: 'owner',
    question:
      'Two drivers take the same disk. Every write of both is answered with success. What is wrong then?',
    options: [
      {
        text: 'Each keeps what it has read, and writes back a sector without the other’s change.',
        right: true,
        why: '{boot-ide-filter?rule=two-owners entriesLost} of {boot-ide-filter?rule=two-owners entries} entries were gone, although {boot-ide-filter?rule=two-owners lost} sectors lost what was last written to them.',
      },
      {
        text: 'Writes by the emulated road are slower and get lost.',
        why: 'None does: {boot-ide-filter?rule=two-owners lost} acknowledged sectors are missing. The disk did what it was told, by both.',
      },
      {
        text: 'Nothing: the host orders what arrives.',
        why: 'It does. It cannot know that one of the two wrote from an old copy.',
      },
    ],
  },
  {
    id: 'initrd',
    question:
      'Somebody builds a new initial RAM disk for a Linux and forgets the two drivers for VMBus. Why does it not simply start more slowly?',
    options: [
      {
        text: 'Its ATA driver has been told to leave the disk to them.',
        right: true,
        why: 'It recognises the machine by its name and ignores the disk after IDENTIFY, {boot-ide-filter?technique=prefer-ms-hyperv&drivers=off probeExits} exits in all. With prefer_ms_hyperv=0 it would take it.',
      },
      {
        text: 'The kernel lies on a disk that only VMBus reaches.',
        why: 'The kernel was loaded by the BIOS, through the emulated controller, and runs.',
      },
      {
        text: 'The emulated controller is switched off once a kernel runs.',
        why: 'It stays. A system without any knowledge of VMBus uses it to the end.',
      },
    ],
  },
];
