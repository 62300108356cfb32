import type { VariantIs } from './types.ts';

const sectors = (size: unknown): number => Number(size) / 512;

export const twoRoads: VariantIs = {
  question: ({ size, op }) =>
    `A guest ${op}s ${size} by programmed I/O, one sector at a time, in one command. How often is it stopped for the controller?`,
  over: { size: [1024, 2048, 3072, 5120, 6144, 8192, 12_288, 16_384, 20_480, 32_768], op: ['read', 'write'] },
  metric: 'deviceIntercepts',
  unit: 'stops',
  tolerance: 1,
  because: ({ params }) =>
    `Fourteen stops belong to the command, and six to each of its ${sectors(params.size)} sectors.`,
  mistakes: [
    { is: () => 1, why: 'One request, but the interface knows no requests: it knows registers.' },
    {
      is: ({ params }) => sectors(params.size),
      why: 'One stop a sector moves the data. Each sector also needs its interrupt served and its status read.',
    },
    {
      is: ({ params }) => 6 * sectors(params.size),
      why: 'Six a sector is right; the command itself has to be set up and closed as well.',
    },
    {
      is: ({ params }) => 14 + sectors(params.size),
      why: 'Fourteen for the command is right; a sector takes more than the one string instruction.',
    },
    {
      is: ({ params }) => Number(params.size) / 2,
      why: 'One stop a word is what a loop over the data port would take. A string instruction moves a sector in one.',
    },
    {
      is: ({ metrics }) => metrics.ringTransitions,
      why: 'Those are changes of ring: seven a stop, and some for the interrupts.',
    },
  ],
};
