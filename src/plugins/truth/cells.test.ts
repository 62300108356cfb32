import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experiments } from '../../../sim/experiments/index.ts';
import { LIMITS } from '../../components/CodeCell/protocol.ts';
import { cell, cellIds, outputsOf, sourceOf } from './cells.ts';

/** Of a cell's time that the processor may work on it here: the rest is for slower machines. */
const PART = 0.8;

describe('the cells of the pages', () => {
  it('are there for every experiment', () => {
    expect(cellIds()).toEqual(experiments.map(({ id }) => id as string).sort());
  });

  it.each(cellIds())('%s runs to its end in time, the same twice, and shows its experiment', (id) => {
    const start = process.cpuUsage();
    const { outputs, source, title } = cell(id);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(PART * LIMITS.ms);
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs).toEqual(outputsOf(id, source));
    expect(source).toContain(`'${id}'`);
    expect(title).toMatch(/^[A-Z].+\?$/);
    expect(JSON.stringify(outputs)).not.toMatch(/NaN|undefined/);
  });

  it.each(cellIds().filter((id) => existsSync(`docs/concepts/${id}.mdx`)))('%s stands on its page', (id) => {
    const page = readFileSync(`docs/concepts/${id}.mdx`, 'utf8');
    expect(page.split('\n').filter((line) => line === `<CodeCell of="${id}" />`).length).toBe(1);
  });

  it('are made of a line where no cell has its name', () => {
    expect(sourceOf('two-roads?mode=dma')).toContain("runLine('two-roads?mode=dma')");
    expect(cell('two-roads?mode=dma').outputs.map(({ kind }) => kind)).toEqual([
      'svg',
      'table',
      'run',
      'log',
    ]);
  });

  it('say at build what is wrong with them', () => {
    expect(() => outputsOf('mine', "import { run } from 'ringside';\nrun('two-rods' as never);")).toThrow(
      /the cell "mine", line 2: .*"two-rods" is no experiment/,
    );
    expect(() => outputsOf('mine', 'await new Promise(() => {});')).toThrow(/waits for something/);
  });
});
