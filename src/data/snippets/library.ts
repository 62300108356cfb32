import type { SnippetIs } from './types.ts';

export const library: readonly SnippetIs[] = [
  {
    name: 'line',
    title: 'A line, its run, its digest',
    code: `import { runLine } from 'ringside';

const { line, digest, metrics } = runLine('two-roads?mode=dma&size=4KiB&seed=7');
console.log(line, digest, metrics.deviceIntercepts);`,
  },
  {
    name: 'sweep',
    title: 'Sweep a parameter and print a table',
    code: `import { sweep } from 'ringside';

const { labels, runs } = sweep('two-roads', 'size', [512, 1024, 4096, 65_536], { mode: 'pio' });
runs.forEach(({ metrics }, i) => console.log(labels[i].padStart(6), metrics.deviceIntercepts));`,
  },
  {
    name: 'mermaid',
    title: 'The sequence diagram that a run wrote, as Mermaid text',
    code: `import { diagramOf, run } from 'ringside';

console.log(diagramOf(run('ring-transitions', { instruction: 'cpuid' })));`,
  },
  {
    name: 'presets',
    title: 'Every preset of an experiment with its line',
    code: `import { findExperiment, run } from 'ringside';

const { id, presets } = findExperiment('clock-read');
for (const { title, params } of Object.values(presets)) console.log(title, '·', run(id as 'clock-read', params).line);`,
  },
  {
    name: 'bad-input',
    title: 'A mistake in a line says what to do',
    code: `import { runLine, UserError } from 'ringside';

try {
  runLine('two-roads?mode=fast&sise=1KiB');
} catch (error) {
  if (error instanceof UserError) for (const { path, message, hint } of error.issues) console.log(path, message, hint);
}`,
  },
  {
    name: 'same-seed',
    title: 'The same line gives the same digest',
    code: `import { run } from 'ringside';

const digests = [1, 1, 2].map((seed) => run('spin-lock', { time: 10 }, { seed }).digest);
console.log(digests[0] === digests[1], digests[0] === digests[2]);`,
  },
  {
    name: 'check-exercise',
    title: 'Judge an answer to an exercise',
    code: `import { check, findExercise } from 'ringside';

console.log(findExercise('two-roads/predict').task(7));
console.log(check('two-roads/predict', { answer: 1 }, { seed: 7 }).says);`,
  },
];
