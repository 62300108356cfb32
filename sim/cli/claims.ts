import { experiments, findExperiment } from '../experiments/index.ts';
import { judge } from '../lab/claims.ts';
import { EXIT } from './exit-codes.ts';
import type { AddCommand } from './output.ts';
import { deliver } from './output.ts';

/** `ringside claims [ID]`: checks every sentence over its range of parameters and the range of the costs. */
export const addClaims: AddCommand = (program, terminal, done) => {
  program
    .command('claims')
    .description('check the claims of an experiment, or of all')
    .argument('[id]', 'an experiment')
    .action((id: string | undefined) => {
      for (const experiment of id === undefined ? experiments : [findExperiment(id)]) {
        for (const name of Object.keys(experiment.claims)) {
          const { verdict, cases, counterexample } = judge(experiment, name);
          const where = counterexample ? `\n      not at ${counterexample}` : '';
          deliver(
            terminal,
            undefined,
            `${verdict.padEnd(15)} ${experiment.id}/${name} (${cases} runs)${where}\n      ${experiment.claims[name].sentence}`,
          );
          if (verdict === 'fails') done(EXIT.no);
        }
      }
    });
};
