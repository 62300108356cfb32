/** Waiting in a loop of PAUSEs: what every spin lock does while somebody else holds it. */
import type { Program } from '../core/program.ts';
import type { Cpu } from './cpu.ts';
import type { SpinSite } from './pause-loop.ts';
import { PollLoop } from './pause-loop.ts';

/** Cycles of one turn: PAUSE, look, branch. */
export function turnCycles(cpu: Cpu): number {
  return pauseCycles(cpu) + Math.round(cpu.partition.costs.cost('spin.look'));
}

function pauseCycles(cpu: Cpu): number {
  return Math.round(cpu.partition.costs.cost('spin.pause'));
}

/**
 * Waits until `ready` holds, for so many turns at most; true when it held in time. Does the same, cycle by cycle, as
 *
 *     while (!ready() && turns-- > 0) {
 *       yield* cpu.pause();
 *       yield* cpu.compute(look);
 *     }
 *
 * as long as whoever stores what `ready` reads tells the site.
 */
export function* spin(cpu: Cpu, site: SpinSite, ready: () => boolean, turns: number): Program<boolean> {
  const exits = cpu.partition.pauseLoopExits;
  const period = turnCycles(cpu);
  const pause = pauseCycles(cpu);
  const window = exits && period - pause <= exits.gap ? exits.window : Infinity;
  const loop = new PollLoop(site, ready, period, pause, window);
  let left = ready() ? 0 : turns;
  while (left > 0) {
    left = yield* cpu.poll(loop, left);
    if (left === 0 || ready()) break;
    // The PAUSE that exited is executed again; then comes the look.
    yield* cpu.serve((vp) => cpu.partition.pauseExit(vp));
  }
  return ready();
}
