// A process that executes notebooks with tslab's own converter, executor and request handler: what its kernel does, without the
// sockets. Reads `[[code, …], …]` from standard input, one list for each notebook; writes `[[{ ok, outputs }, …], …]`.
// Its working folder stands for the notebook's, from which the kernel resolves packages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createConverter } = require('tslab/dist/converter.js');
const { createExecutor } = require('tslab/dist/executor.js');
const { JupyterHandlerImpl } = require('tslab/dist/jupyter.js');

const answer = process.stdout.write.bind(process.stdout);
const converter = createConverter();
const executor = createExecutor(
  process.cwd(),
  { node: converter, browser: converter, close: () => converter.close() },
  { log: console.log, error: console.error },
);

async function executeCell(handler, code) {
  const outputs = [];
  const stream = (name, text) => {
    const last = outputs.at(-1);
    if (last?.kind === 'stream' && last.name === name) last.text += text;
    else outputs.push({ kind: 'stream', name, text });
  };
  const display = ({ data }) => outputs.push({ kind: 'display', data });
  const { status } = await handler.handleExecute({ code }, stream, display);
  return { ok: status === 'ok', outputs };
}

const results = [];
for (const notebook of JSON.parse(readFileSync(0, 'utf8'))) {
  executor.reset();
  // A handler that met an error refuses what comes next, so each notebook has its own.
  const handler = new JupyterHandlerImpl(executor, false);
  const cells = [];
  for (const code of notebook) {
    cells.push(await executeCell(handler, code));
    if (!cells.at(-1).ok) break;
  }
  results.push(cells);
}
answer(JSON.stringify(results), () => process.exit(0));
