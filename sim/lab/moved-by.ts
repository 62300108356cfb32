/** Reads the answer of `sensitivityOf`. Needs no simulator: pages read data that they were given. */
import type { Sensitivity } from './sensitivity.ts';

/** The numbers that some cost moves, those that move most first. */
export function movedBy({ base, influences }: Sensitivity): string[] {
  const reach = (name: string): number =>
    influences.reduce(
      (most, { low, high }) =>
        Math.max(most, Math.abs(high[name] - low[name]) / Math.max(1e-9, Math.abs(base[name]))),
      0,
    );
  return Object.keys(base)
    .filter((name) =>
      influences.some(({ low, high }) => low[name] !== base[name] || high[name] !== base[name]),
    )
    .sort((p, q) => reach(q) - reach(p));
}
