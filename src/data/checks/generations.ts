import type { CheckData } from '../../truth/types.ts';

/** The questions of `generations`. */
export const generations: readonly CheckData[] = [
  {
    id: 'firmware',
    question:
      'A machine of generation 1 has its only disk on a SCSI controller. Its kernel, on that disk, has a driver for VMBus. Why does it not start?',
    options: [
      {
        text: 'The BIOS has no driver for VMBus, and the kernel’s lies on the disk that nobody can read yet.',
        right: true,
        why: 'It asked the IDE channels, {generations?generation=1 portAccesses} port accesses, and read {generations?generation=1 loadedBytes} bytes. Give the BIOS that code and it starts.',
      },
      {
        text: 'VMBus is offered only after the kernel has started.',
        why: 'VMBus is there from power-on. In generation 2 the firmware connects to it before there is a kernel.',
      },
      {
        text: 'SCSI commands cannot be emulated before the guest has integration components.',
        why: 'Nothing is emulated there. The provider in the root answers whoever opens the channel: in generation 2 the firmware.',
      },
    ],
  },
  {
    id: 'afterwards',
    question:
      'Two machines, one of each generation, run for a year. Whose reads of the boot disk are faster?',
    options: [
      {
        text: 'Those of generation 2: its disk is synthetic.',
        why: 'So is the other one, once the kernel runs: the IDE disk is offered on VMBus as well.',
      },
      {
        text: 'Neither’s.',
        right: true,
        why: 'The same driver, the same provider: {generations dataExits} exits for {generations dataReads} reads in both, and the same time.',
      },
      {
        text: 'Those of generation 1: its BIOS needs one exit for a read.',
        why: 'While it loads, yes. The BIOS is not asked any more once the kernel has a driver.',
      },
    ],
  },
  {
    id: 'surface',
    question: 'What does the smaller board of generation 2 protect?',
    options: [
      {
        text: 'The worker process: there are fewer device models in it that a guest can feed.',
        right: true,
        why: '{generations ports} ports with a device behind them, against {generations?generation=1&bus=ide ports}. Whoever breaks one lands in the worker process.',
      },
      {
        text: 'The root’s kernel: the guest can no longer reach it.',
        why: 'VMBus and its providers are the same in both generations, and the one for disks runs in the root’s kernel.',
      },
      {
        text: 'The disk: its data no longer pass through emulated devices.',
        why: 'After the start they do not in generation 1 either.',
      },
    ],
  },
];
