// `npm run notebooks:write [-- NAME …]`: executes the notebooks, all or those named, and writes them with their outputs.
import './require-node.mjs';
import { writeFileSync } from 'node:fs';
import { codeOf, execute, fileOf, readNotebooks, textOf, troubles } from './notebook-build.mjs';
import { buildSim, install, Plain, say, withPlainErrors } from './setup.mjs';

await withPlainErrors(() => {
  install();
  buildSim();
  const named = process.argv.slice(2);
  const notebooks = readNotebooks().filter(({ name }) => named.length === 0 || named.includes(name));
  const results = execute(notebooks.map(({ cells }) => codeOf(cells)));
  notebooks.forEach(({ name, cells }, i) => {
    const wrong = troubles(results[i]);
    if (wrong.length > 0) throw new Plain(`notebooks/${name}.ts does not run.\n${wrong.join('\n')}`);
    writeFileSync(fileOf(name), textOf(cells, results[i]));
    say(`notebooks/${name}.ipynb: ${cells.length} cells`);
  });
});
