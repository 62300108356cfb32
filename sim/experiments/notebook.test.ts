import { describe, expect, it } from 'vitest';
import { run, sweep } from './index.ts';
import { notebook } from './notebook.ts';

/** What one call puts where. */
function shown(use: (tools: ReturnType<typeof notebook>) => void): [kind: string, text: string][] {
  const put: [string, string][] = [];
  use(
    notebook({ html: (text) => put.push(['html', text]), markdown: (text) => put.push(['markdown', text]) }),
  );
  return put;
}
const kinds = (put: [string, string][]): string => put.map(([kind]) => kind).join(' ');

const slow = run('two-roads', { mode: 'pio' });
const fast = run('two-roads', { mode: 'synthetic' });
const bySize = sweep('two-roads', 'size', [512, 4096], { mode: 'pio' });

describe('in a notebook', () => {
  it('a run is lanes, table and text', () => {
    const put = shown(({ show }) => show(slow));
    expect(kinds(put)).toBe('html markdown markdown');
    expect(put[0]?.[1]).toMatch(/^<img alt="[^"]+" .*src="data:image\/svg/);
    expect(put[1]?.[1]).toContain(`\`${slow.line}\``);
    expect(put[2]?.[1]).toContain(slow.digest);
  });

  it('a sweep is bars and table, a series bars, a text Markdown', () => {
    expect(kinds(shown(({ show }) => show(bySize)))).toBe('html markdown');
    const series = { id: 'a', title: 'A', unit: '', labels: ['x'], values: [1] };
    expect(kinds(shown(({ show }) => show(series, '**so**', '<svg></svg>')))).toBe('html markdown html');
    expect(kinds(shown(({ show }) => show(slow, fast)))).toBe('html markdown');
  });

  it('objects are a table, and whatever else there is can be read', () => {
    const [[, table]] = shown(({ show }) => show([{ a: 1, b: 2n }, { b: 'x' }])) as [[string, string]];
    expect(table.split('\n')).toEqual(['| a | b |', '| --- | --- |', '| 1 | 2n |', '| undefined | x |']);
    expect(shown(({ show }) => show({ a: [1] }, undefined)).map(([, text]) => text)).toEqual([
      '```json\n{\n  "a": [\n    1\n  ]\n}\n```',
      '```json\nundefined\n```',
    ]);
  });

  it('two runs are compared in one figure, one table, and sentences about the difference', () => {
    const put = shown(({ compare }) => compare(slow, fast));
    expect(kinds(put)).toBe('html markdown markdown');
    expect(put[1]?.[1]).toContain(`\`${slow.line}\` | \`${fast.line}\``);
    expect(put[2]?.[1]).toMatch(/^From first step to last A takes .* B .*less/);
  });

  it('one number is drawn as bars, two as curves, and a wrong name says which there are', () => {
    const one = shown(({ plot }) => plot(bySize, 'deviceIntercepts'));
    const two = shown(({ plot }) => plot(bySize, 'deviceIntercepts', 'ringTransitions'));
    expect(one[0]?.[1]).not.toContain('polyline');
    expect(two[0]?.[1]).toContain('polyline');
    expect(() => shown(({ plot }) => plot(bySize, 'exits'))).toThrow(
      /"exits" is no number of two-roads.*deviceIntercepts/,
    );
  });
});
