import type { CheckData } from '../../truth/types.ts';

/** The questions of `two-roads`. */
export const twoRoads: readonly CheckData[] = [
  {
    id: 'count',
    question:
      'A guest reads 4 KiB instead of 10 KiB with programmed I/O, one sector at a time. What happens to the number of stops?',
    options: [
      {
        text: 'It stays the same: one request is one request.',
        why: 'The interface knows no requests. Fourteen stops belong to the command, six to each sector.',
      },
      {
        text: 'It falls from {two-roads?mode=pio deviceIntercepts} to {two-roads?mode=pio&size=4KiB deviceIntercepts}.',
        right: true,
        why: 'Eight sectors instead of twenty are seventy-two stops less; the fourteen for the command remain.',
      },
      {
        text: 'It falls to two fifths exactly, like the bytes.',
        why: 'Nearly. The part that belongs to the command does not shrink with the data.',
      },
    ],
  },
  {
    id: 'ring3',
    question:
      'Someone moves the emulated controller from the worker process into the root’s kernel, and changes nothing else. What is gained?',
    options: [
      {
        text: 'Almost everything: the switch into user mode was the cost.',
        why: 'The run without that hop takes {two-roads?mode=pio&relief=ring-3 microseconds} µs instead of {two-roads?mode=pio microseconds} µs. The guest is stopped just as often.',
      },
      {
        text: 'A part: the hop falls away, the stops and the partition switches stay.',
        right: true,
        why: '{two-roads?mode=pio&relief=ring-3 microseconds} µs instead of {two-roads?mode=pio microseconds} µs, and a bug of the emulator now lives in the kernel of the root.',
      },
      {
        text: 'Nothing: kernel mode is not faster.',
        why: 'The processor is not, but two changes between kernel and process, and a change of thread, fall away at every stop.',
      },
    ],
  },
  {
    id: 'dma',
    question:
      'DMA needs {two-roads?mode=dma deviceIntercepts} stops, the synthetic road {two-roads?mode=synthetic deviceIntercepts}. Which of its savings does DMA not have?',
    options: [
      {
        text: 'The data are moved without the guest’s processor.',
        why: 'DMA has that one: the controller copies by itself. In a virtual machine that controller is the worker process.',
      },
      {
        text: 'Several requests can be under way at once.',
        right: true,
        why: 'An IDE controller takes one command at a time. A ring takes as many as fit, and most of them then need no signal.',
      },
      {
        text: 'The number of stops does not grow with the size.',
        why: 'DMA has that one too, up to 64 KiB a command.',
      },
    ],
  },
];
