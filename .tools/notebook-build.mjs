// From the sources in notebooks/ to executed notebooks.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notebookText } from './notebook-format.mjs';
import { parseCells } from './notebook-source.mjs';
import { Plain, ROOT } from './setup.mjs';

const FOLDER = join(ROOT, 'notebooks');
const KERNEL = fileURLToPath(new URL('notebook-kernel.mjs', import.meta.url));

/** The notebooks there are: `{ name: '00-start', cells }`, in order. */
export function readNotebooks() {
  return readdirSync(FOLDER)
    .filter((file) => /^\d\d-[a-z-]+\.ts$/.test(file))
    .sort()
    .map((file) => ({
      name: file.slice(0, -3),
      cells: parseCells(readFileSync(join(FOLDER, file), 'utf8')),
    }));
}

export const codeOf = (cells) => cells.filter(({ kind }) => kind === 'code').map(({ source }) => source);

/** Where the executed notebook is kept. */
export const fileOf = (name) => join(FOLDER, `${name}.ipynb`);

/** Executes lists of cells, each list in a fresh scope; gives for each cell whether it ended well and what it printed. */
export function execute(notebooks) {
  const { FORCE_COLOR: _, ...env } = process.env;
  const kernel = spawnSync(process.execPath, [KERNEL], {
    cwd: FOLDER,
    env: { ...env, NO_COLOR: '1' },
    input: JSON.stringify(notebooks),
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (kernel.status !== 0) throw new Plain('The notebook kernel ended early: the lines above say why.');
  return JSON.parse(kernel.stdout);
}

/** What went wrong in the cells of one notebook: a type error is only seen on the error stream. */
export function troubles(results) {
  return results.flatMap(({ ok, outputs }, i) => {
    const said = outputs.filter(({ name }) => name === 'stderr').map(({ text }) => text);
    return ok && said.length === 0 ? [] : [`code cell ${i + 1}: ${said.join('').trim()}`];
  });
}

/** The `.ipynb` text of a notebook and the results of its cells. */
export function textOf(cells, results) {
  return notebookText(
    cells,
    results.map(({ outputs }) => outputs),
  );
}
