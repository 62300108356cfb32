// `npm run notebooks`: executes every notebook and writes it with its outputs.
import './require-node.mjs';
import { writeFileSync } from 'node:fs';
import { codeOf, execute, fileOf, readNotebooks, textOf, troubles } from './notebook-build.mjs';
import { buildSim, install, Plain, say, withPlainErrors } from './setup.mjs';

await withPlainErrors(() => {
  install();
  buildSim();
  const notebooks = readNotebooks();
  const results = execute(notebooks.map(({ cells }) => codeOf(cells)));
  notebooks.forEach(({ name, cells }, i) => {
    const wrong = troubles(results[i]);
    if (wrong.length > 0) throw new Plain(`notebooks/${name}.ts does not run.\n${wrong.join('\n')}`);
    writeFileSync(fileOf(name), textOf(cells, results[i]));
    say(`notebooks/${name}.ipynb: ${cells.length} cells`);
  });
});
