/** The way through the book: what each concept page says at its head about time and about what to read first. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PageError } from './book.ts';

/** One page on the way. */
export interface Step {
  readonly id: string;
  readonly minutes: number;
  /** Pages to read first. */
  readonly needs: readonly string[];
  readonly description: string;
}

const STRIP = /<Strip of="([a-z-]+)" minutes=\{(\d+)\} level="[^"]*" needs=\{\[([^\]]*)\]\}/;

/** Reads one page's head. */
export function stepOf(text: string, file: string): Step {
  const strip = STRIP.exec(text);
  const description = /^description: (.+)$/m.exec(text)?.[1];
  if (!strip || !description)
    throw new PageError(`${file} needs a description and <Strip of="…" minutes={…} level="…" needs={[…]} />`);
  const [, id = '', minutes, needs = ''] = strip;
  return { id, minutes: Number(minutes), needs: needs.match(/[a-z-]+/g) ?? [], description };
}

/** All concept pages of the book. */
export function stepsOf(siteDirectory: string): Step[] {
  const folder = path.join(siteDirectory, 'docs', 'concepts');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.mdx'))
    .map((file) => stepOf(readFileSync(path.join(folder, file), 'utf8'), `docs/concepts/${file}`));
}
