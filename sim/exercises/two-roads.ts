/** Exercises on the two roads of a disk request. */

import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'two-roads';
/** Why each interface takes as many stops as it does. */
const WHY: Readonly<Record<string, (stops: number) => string>> = {
  dma: (stops) => `${stops} for the command; the controller fetches the data from memory itself.`,
  pio: () => 'Fourteen for the command and six for each sector.',
  'pio-words': () => 'One for every two bytes, and the same for command and interrupts as with strings.',
  int13: () => 'The whole request is handed over at one port.',
};
const sectors = (size: unknown): number => Number(size) / 512;

export const twoRoads: readonly Declared[] = [
  predict(ID, {
    title: 'How often is the guest stopped, by which driver?',
    over: {
      size: [8192, 16_384, 24_576, 32_768, 65_536],
      op: ['read', 'write'],
      mode: ['dma', 'pio', 'int13', 'pio-words'],
    },
    question: ({ size, op, mode }) =>
      `A driver ${op}s ${size} from an emulated IDE disk in one command, by this interface: ${mode}. How often is the guest stopped for the device model?`,
    read: ({ metrics }) => metrics.deviceIntercepts,
    unit: 'stops',
    because: ({ metrics, params }) => WHY[String(params.mode)](metrics.deviceIntercepts),
    beliefs: [
      {
        is: () => 1,
        why: 'One request is not one stop, unless the whole request is handed over at one port. This interface is a row of registers.',
      },
      {
        is: () => 26,
        why: 'Twenty-six is bus-master DMA: its command, and nothing for the data. This interface is another one.',
      },
      {
        is: ({ params }) => 14 + 6 * sectors(params.size),
        why: 'Fourteen and six a sector is programmed I/O with string instructions. This interface is another one.',
      },
      {
        is: ({ params }) => 6 * sectors(params.size),
        why: 'Six a sector is programmed I/O, and the command itself has to be set up as well.',
      },
      {
        is: ({ params }) => sectors(params.size),
        why: 'A stop for each sector would be the data alone, in string instructions.',
      },
      {
        is: ({ params }) => Number(params.size) / 2,
        why: 'A stop for each word is the data alone, without string instructions. Command, status and interrupts stop the guest too.',
      },
      {
        is: ({ metrics }) => metrics.ringTransitions,
        why: 'Those are the changes of ring: about seven for each stop.',
      },
    ],
    hints: [
      'Who moves the data: the processor, word by word or sector by sector, or the controller itself?',
      'Only two of the four interfaces pay for each sector. For the others the number does not depend on the size.',
      'Run `ringside run "two-roads?mode=dma"`, then the mode of your task, for two sizes; read the first line.',
    ],
  }),
  complete(ID, {
    title: 'The rule of programmed I/O',
    over: { size: [512, 1024, 2048, 4096, 8192, 10_240, 20_480, 40_960] },
    fixed: { mode: 'pio' },
    entry: 'stops',
    args: ['size'],
    task: 'Write the rule: how many times does the device model stop a guest that moves `size` bytes (a multiple of 512) by programmed I/O, sector by sector, in one command? The function is tried on sizes that you do not see; do not run the library in it.',
    read: ({ metrics }) => metrics.deviceIntercepts,
    starter:
      '/** Stops for one command of `size` bytes. */\nexport function stops(size: number): number {\n  const sectors = size / 512;\n  return sectors; // what else?\n}\n',
    solution: 'export function stops(size: number): number {\n  return 14 + 6 * (size / 512);\n}\n',
    because: 'Fourteen for the command and six for each sector.',
    beliefs: [
      {
        is: ({ params }) => sectors(params.size),
        why: 'One stop a sector moves the data. The sector’s interrupt, its status and the end of the interrupt stop the guest too.',
      },
      {
        is: ({ params }) => 6 * sectors(params.size),
        why: 'Six a sector is right. The command has a price of its own.',
      },
      {
        is: ({ params }) => 14 + sectors(params.size),
        why: 'Fourteen for the command is right. A sector takes more than the string instruction.',
      },
      {
        is: ({ params }) => Number(params.size) / 2,
        why: 'That is a stop for each word. A string instruction moves a sector in one.',
      },
      { is: () => 20, why: 'That is right for one sector only.' },
    ],
    hints: [
      'Two points are enough for a straight line: run one sector and two sectors.',
      'The difference between two and one sector is what a sector costs; what is left of one sector is what a command costs.',
      '`ringside sweep two-roads size --values 512B,1KiB,2KiB` prints the points. The rule is a + b × size / 512.',
    ],
  }),
  explain(ID, {
    title: 'Why is one road shorter?',
    over: { size: [4096, 10_240, 65_536], mode: ['synthetic', 'dma', 'int13'] },
    question: ({ size, mode }) =>
      `The same ${size} are written once by programmed I/O and once like this: ${mode}. What makes the second road the shorter one?`,
    sentences: [
      {
        text: 'No register of a device is touched, so the device model stops the guest not once.',
        holds: ({ metrics }) => metrics.deviceIntercepts === 0,
        why: 'the request lies in memory that both sides share; there is no register to touch.',
      },
      {
        text: 'The guest never leaves to the hypervisor at all.',
        holds: ({ metrics }) => metrics.hypervisorExits === 0,
        why: 'the first packet in an empty ring owes a signal, and that is a hypercall.',
      },
      {
        text: 'One request is one signal at most, whatever its size up to 256 KiB.',
        holds: ({ metrics }) => metrics.signals <= 1,
        why: 'the signal says that there is something, not how much.',
      },
      {
        text: 'The bytes are copied by the processor all the same: the road saves the stops and not the copy.',
        holds: ({ metrics, params }) => metrics.bytesCopied >= Number(params.size),
        why: 'the provider hands the guest’s own pages to the disk; look at bytesCopied.',
      },
      {
        text: 'The guest takes no interrupt.',
        holds: ({ metrics }) => metrics.interrupts === 0,
        why: 'somebody has to tell it that the answer is there.',
      },
    ],
    hints: [
      'Each sentence names one number. Find it among the counters of the run.',
      'The counters are deviceIntercepts, hypervisorExits, signals, bytesCopied and interrupts.',
      '`ringside run "two-roads?mode=synthetic"` prints all five. Two of the sentences claim zero where the run has one.',
    ],
  }),
  build(ID, {
    title: 'A chatty disk that is not chatty',
    over: { most: [24, 30, 40, 60], size: [8192, 10_240, 16_384] },
    bounds: ['most'],
    given: { op: 'write' },
    start: { mode: 'pio' },
    task: ({ most, size }) =>
      `Find settings under which one write of ${size} to the *emulated* disk stops the guest for its device at most ${most} times. The synthetic disk does not count: no packets may be sent.`,
    met: ({ metrics }, { most }) => metrics.deviceIntercepts <= Number(most) && metrics.packets === 0,
    because: ({ metrics }) =>
      `${metrics.deviceIntercepts} stops, by the emulated controller: emulation need not be chatty.`,
    misses: [
      {
        when: ({ metrics }) => metrics.packets > 0,
        why: 'That is the synthetic disk. The emulated one can do it too.',
      },
      {
        when: ({ params }) => params.mode === 'pio' || params.mode === 'pio-words',
        why: 'Programmed I/O pays for each sector. Who else could fetch the data?',
      },
      {
        when: ({ params }) => params.mode === 'multiple',
        why: 'Blocks of sixteen sectors save interrupts; each sector’s data still goes through the port.',
      },
    ],
    solution: () => ({ mode: 'int13' }),
    hints: [
      'The parameter `mode` says how the driver talks to the controller.',
      'Two modes move the data without a stop for each sector: one lets the controller fetch it, one hands over the whole request.',
      'DMA takes 26 stops for any size; the enlightened INT13 takes one.',
    ],
  }),
];
