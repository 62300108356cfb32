// `npm run golden`: rewrites the golden numbers of every preset. A change of this file in review says what moved.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSim, ROOT, withPlainErrors } from './setup.mjs';

await withPlainErrors(async () => {
  buildSim({});
  const { experiments, runExperiment } = await import('ringside');
  const goldens = Object.fromEntries(
    experiments.map((experiment) => [
      experiment.id,
      Object.fromEntries(
        Object.entries(experiment.presets).map(([name, { params }]) => {
          const { metrics, digest } = runExperiment(experiment, params);
          return [name, { digest, metrics }];
        }),
      ),
    ]),
  );
  writeFileSync(join(ROOT, 'sim/experiments/golden/presets.json'), `${JSON.stringify(goldens, null, 2)}\n`);
});
