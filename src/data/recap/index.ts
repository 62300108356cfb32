/** The recaps of the pages, by experiment. */
import { twoRoads } from './two-roads.ts';
import type { RecapIs } from './types.ts';

export const RECAPS: Readonly<Record<string, RecapIs>> = {
  'two-roads': twoRoads,
};
