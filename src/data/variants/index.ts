/** The questions with drawn numbers, by experiment. */
import { twoRoads } from './two-roads.ts';
import type { VariantIs } from './types.ts';

export const VARIANTS: Readonly<Record<string, VariantIs>> = {
  'two-roads': twoRoads,
};
