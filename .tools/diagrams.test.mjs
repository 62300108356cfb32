import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experiments, runLine } from '../sim/experiments/index.ts';
import { diagramOf } from '../sim/lab/diagram.ts';
import { formatLine } from '../sim/lab/line.ts';
import { slugOf } from '../src/diagrams/slug.mjs';
import { FOLDER, isDrawn, RECORDED, textOf, wantedLines } from './diagrams-wanted.mjs';

const LINES = wantedLines(experiments, formatLine);

describe('diagrams (npm run diagrams)', () => {
  it.each(LINES)('%s is written and drawn from its run', (line) => {
    const run = runLine(line);
    const slug = slugOf(run.line);
    const source = textOf(run, diagramOf);
    expect(readFileSync(join(FOLDER, `${slug}.mmd`), 'utf8')).toBe(source);
    expect(isDrawn(slug, source)).toBe(true);
  });

  it.each(RECORDED)('%s is drawn from what was recorded', (slug) => {
    expect(isDrawn(slug, readFileSync(join(FOLDER, `${slug}.mmd`), 'utf8'))).toBe(true);
  });

  it('are in the colours of the site and load nothing', () => {
    const drawn = readdirSync(FOLDER).filter((file) => file.endsWith('.svg'));
    expect(drawn.length).toBeGreaterThan(0);
    for (const file of drawn) {
      const svg = readFileSync(join(FOLDER, file), 'utf8');
      expect(svg.match(/(?:fill|stroke)[:=]"?#[0-9a-f]{3,8}/gi) ?? [], file).toEqual([]);
      expect(svg.match(/<script|@import|url\(h|href="http/gi) ?? [], file).toEqual([]);
    }
  });
});
