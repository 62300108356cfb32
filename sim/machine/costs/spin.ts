/** Costs of waiting in a loop, for every era. */
import type { CostName, CostRow, Era } from './rows.ts';
import { cycles } from './rows.ts';

/** Names of these rows. */
export type SpinCostName = Extract<CostName, `spin.${string}`>;

const MANUAL = 'Intel 64 and IA-32 Architectures Optimization Reference Manual, "Pause latency in Skylake"';
const OWN = 'no source read';

/** Before Skylake about ten cycles, from then on up to 140. Recalled from the manual, which was not read again. */
const PAUSE: Readonly<Record<Era, readonly [number, number, number]>> = {
  '2008': [10, 5, 50],
  '2012': [10, 5, 50],
  '2020': [140, 40, 150],
};

/** The rows of an era. */
export function spinCosts(era: Era): Record<SpinCostName, CostRow> {
  return {
    'spin.pause': cycles('PAUSE, without an exit', PAUSE[era], 'assumed', MANUAL, [], 'Recalled, not read.'),
    'spin.look': cycles('Load the lock and compare, from the near cache', [5, 3, 10], 'assumed', OWN, []),
    'spin.lock': cycles(
      'A locked instruction on a line that another processor had',
      [150, 60, 400],
      'assumed',
      OWN,
      [],
    ),
  };
}
