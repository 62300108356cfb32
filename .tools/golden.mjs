// `npm run golden [-- ID …]`: rewrites the golden numbers of every preset, of all experiments or of those named. A change of these
// files in review says what moved.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSim, ROOT, withPlainErrors } from './setup.mjs';

const named = process.argv.slice(2);

await withPlainErrors(async () => {
  buildSim({});
  const { experiments, runExperiment } = await import('ringside');
  for (const experiment of experiments) {
    if (named.length > 0 && !named.includes(experiment.id)) continue;
    const goldens = Object.fromEntries(
      Object.entries(experiment.presets).map(([name, { params }]) => {
        const { metrics, digest } = runExperiment(experiment, params);
        return [name, { digest, metrics }];
      }),
    );
    const file = join(ROOT, `sim/experiments/golden/${experiment.id}.json`);
    writeFileSync(file, `${JSON.stringify(goldens, null, 2)}\n`);
  }
});
