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
  const recorded = path.join(FOLDER, `${line}.svg`);
  if (!line.includes('?') && line.includes('.') && existsSync(recorded))
    return recordedDiagram(line, recorded);
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

const ARROW = /^\s*(\w+)->>(\w+): (.*)$/;
const ACTOR = /^\s*participant (\w+) as (.*)$/;

/** A diagram that was written down from a run of a real guest. */
function recordedDiagram(line: string, file: string): DiagramData {
  const source = readFileSync(file.replace(/\.svg$/, '.mmd'), 'utf8');
  const lines = source.split('\n');
  const actors = new Map(lines.flatMap((text) => ACTOR.exec(text)?.slice(1) ?? []).flatMap(pairs));
  const account = lines.flatMap((text) => {
    const [, from, to, says] = ARROW.exec(text) ?? [];
    return from ? [`${actors.get(from)} to ${actors.get(to)}: ${says}`] : [];
  });
  return { line, svg: readFileSync(file, 'utf8'), source, account };
}

/** Every second entry is what the one before is called. */
const pairs = (_: string, i: number, all: readonly string[]): [string, string][] =>
  i % 2 === 0 ? [[all[i], all[i + 1]]] : [];
