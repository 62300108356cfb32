import { experiments, findExperiment } from '../experiments/index.ts';
import type { Judgement } from '../lab/claims.ts';
import { judge } from '../lab/claims.ts';
import type { AnyExperiment } from '../lab/experiment.ts';
import { EXIT } from './exit-codes.ts';
import type { AddCommand, Terminal } from './output.ts';
import { deliver, wrap } from './output.ts';

interface Judged extends Judgement {
  readonly experiment: string;
  readonly sentence: string;
}

const VERDICTS = `
Verdicts:
  holds            for all settings, with every cost low, typical and high in its range
  not-established  true with typical costs, false somewhere inside their ranges
  fails            false with typical costs; the exit code is 1 then`;

/** `ringside claims [ID]`: checks every sentence over its range of parameters and the range of the costs. */
export const addClaims: AddCommand = (program, terminal, done) => {
  program
    .command('claims')
    .description('check the claims of an experiment, or of all')
    .argument('[id]', 'an experiment; all of them when left out')
    .option('--json', 'as JSON, when all are checked')
    .addHelpText('after', VERDICTS)
    .action((id: string | undefined, { json }: { json?: boolean }) => {
      const asked = id === undefined ? experiments : [findExperiment(id)];
      const judged = asked.flatMap((experiment) => judgeAll(experiment, json ? undefined : terminal));
      if (json) deliver(terminal, undefined, JSON.stringify(judged, null, 2));
      if (judged.some(({ verdict }) => verdict === 'fails')) done(EXIT.no);
    });
};

/** Checks one after the other; says each verdict as soon as it is known. */
function judgeAll(experiment: AnyExperiment, terminal: Terminal | undefined): Judged[] {
  return Object.entries(experiment.claims).map(([name, { sentence }]) => {
    const judged = { experiment: experiment.id, sentence, ...judge(experiment, name) };
    if (terminal) deliver(terminal, undefined, inWords(judged));
    return judged;
  });
}

function inWords({ experiment, claim, sentence, verdict, cases, counterexample }: Judged): string {
  const where = counterexample ? wrap(`not at ${counterexample}`, 6) : '';
  return `${verdict.padEnd(15)} ${experiment}/${claim} (${cases} runs)\n${wrap(sentence, 6)}${where}`;
}
