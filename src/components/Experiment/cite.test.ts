import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../../../sim/experiments/index.ts';
import { stillOf } from '../../truth/still.ts';
import { readAddress } from './address.ts';
import { citation, embedHtml, embedQuery, pageQuery, social } from './cite.ts';

const LINE = 'two-roads?mode=dma&size=4KiB&seed=7';
const run = runLine(LINE);
const still = stillOf(findExperiment(run.id), run);

describe('what leads back to a run', () => {
  it('is an address that the page reads as the same lines and step', () => {
    const { params } = findExperiment(run.id);
    const found = readAddress(run.id, params, pageQuery([LINE, 'two-roads?mode=pio&seed=7'], '2', 9), 2);
    expect(found).toMatchObject({
      seed: 7,
      values: { mode: 'dma' },
      other: { mode: 'pio' },
      at: 9,
      issues: [],
    });
    expect(pageQuery(['two-roads'], '1')).toBe('');
  });

  it('pins version and digest in what is embedded', () => {
    const query = new URLSearchParams(embedQuery([LINE], 'cycles', still));
    expect(Object.fromEntries(query)).toEqual({
      line: LINE,
      view: 'cycles',
      v: run.version,
      digest: run.digest,
    });
  });

  it('is HTML whose address survives the attribute', () => {
    const html = embedHtml(`https://x.example/embed${embedQuery([LINE], 'lanes', still)}`, still);
    const [, source] = /src="([^"]*)"/.exec(html) ?? [];
    expect(source.replaceAll('&#38;', '&')).toContain(`line=${encodeURIComponent(LINE)}`);
    expect(source).not.toMatch(/[<>"]/);
  });

  it('names line, seed, version and digest, and a wrong rule', () => {
    for (const word of [run.line, 'seed 7', run.digest, run.version])
      expect(citation(still, 'https://x.example')).toContain(word);
    const wrong = runLine('vsp-vsc?rule=signal-per-packet');
    const marked = stillOf(findExperiment(wrong.id), wrong);
    expect(citation(marked, '')).toContain('WRONG RULE');
    expect(social(marked, '')).toContain('WRONG RULE');
    expect(social(still, 'https://x.example')).toContain(still.headline[0].text);
  });
});
