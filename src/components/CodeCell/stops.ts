/** What the page itself says of a run that it had to end. */
import { explain, problem } from './explain.ts';
import type { Problem } from './protocol.ts';

/** Time is up. A worker that still answers is waiting; one that does not is busy with one long step. */
export function tooLongOutside(idle: boolean, ms: number): Problem {
  const seconds = ms / 1000;
  return idle
    ? problem(
        `The code was stopped after ${seconds} seconds: it waits for a promise that nothing fulfils.`,
        'Look at the last await: who resolves what it waits for?',
      )
    : problem(
        `The code was stopped after ${seconds} seconds, in the middle of one long step.`,
        'Try smaller settings, or fewer of them.',
      );
}

export { explain, problem };
