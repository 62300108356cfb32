/** Gives a page the Mermaid diagrams that were drawn when they were written (`npm run diagrams`). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { diagramOf } from '../../../sim/lab/diagram.ts';
import { slugOf } from '../../diagrams/slug.mjs';
import { PageError, runOf, still } from './book.ts';

const FOLDER = path.join(process.cwd(), 'src', 'diagrams');

export interface DiagramData {
  readonly line: string;
  readonly svg: string;
  readonly source: string;
  readonly account: readonly string[];
}

/** The drawn diagram of a line, with its source and the account in words. */
export function diagram(line: string): DiagramData {
  const run = runOf(line);
  const file = path.join(FOLDER, `${slugOf(run.line)}.svg`);
  if (!existsSync(file))
    throw new PageError(`the diagram of "${run.line}" has not been drawn; run: npm run diagrams`);
  return {
    line: run.line,
    svg: readFileSync(file, 'utf8'),
    source: diagramOf(run),
    account: still(line).account,
  };
}
