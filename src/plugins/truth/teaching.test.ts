// Slides and worksheets of every concept: made from the pages and the exercises, with nothing left open.
import { describe, expect, it } from 'vitest';
import { findExperiment } from '../../../sim/experiments/index.ts';
import { snippetGroups } from './snippets.ts';
import { conceptIds, deckOf, sectionsOf, worksheetOf } from './teaching.ts';

describe.each(conceptIds())('%s', (id) => {
  it('has slides from its page, with figures and without markup', () => {
    const { slides, title } = deckOf(id, process.cwd());
    expect(slides.length, title).toBeGreaterThanOrEqual(6);
    expect(slides.filter(({ line }) => line !== undefined).length).toBeGreaterThanOrEqual(3);
    const words = slides.flatMap((slide) => [slide.title, ...slide.points, slide.answer ?? '']).join('\n');
    expect(words).not.toMatch(/<|\{|undefined|NaN/);
  });

  it('has a worksheet for two groups, with a key', () => {
    const { sheets } = worksheetOf(id);
    expect(sheets).toHaveLength(2);
    for (const { tasks } of sheets) {
      expect(tasks.length).toBeGreaterThanOrEqual(4);
      for (const { key, task, beliefs } of tasks) {
        expect(key.length).toBeGreaterThan(5);
        expect(task.length).toBeGreaterThan(20);
        expect(beliefs.length).toBeGreaterThan(1);
      }
    }
  });
});

it('takes headings, checked sentences and the first figure of a section, and leaves the frame of a page out', () => {
  const claim = '<Claim of="tlb-flush/invlpg-exits">That is so.</Claim>';
  const text = `\n## A part\n\nWords. ${claim}\n<Experiment of="two-roads?mode=dma" />\n\n## Run it\n\n${claim}\n`;
  const { sentence } = findExperiment('tlb-flush').claims['invlpg-exits'];
  expect(sectionsOf(text)).toEqual([{ title: 'A part', points: [sentence], line: 'two-roads?mode=dma' }]);
});

it('gives every snippet its recorded output', () => {
  const groups = snippetGroups();
  expect(groups.flatMap(({ cells }) => cells).filter(({ outputs }) => outputs.length === 0)).toEqual([]);
});
