/** Questions whose numbers are drawn: several of them, answered by runs, every common mistake told apart from the answer. */
import { describe, expect, it } from 'vitest';
import { runLine } from '../../sim/experiments/index.ts';
import { judge } from '../components/Faded/judge.ts';
import { VARIANTS } from '../data/variants/index.ts';
import { variantOf } from './variants.ts';

describe('a question with drawn numbers', () => {
  it.each(Object.entries(VARIANTS))(
    '%s: different settings, answers from runs, mistakes explained',
    (id, variant) => {
      const { drawn, tolerance } = variantOf(id, variant, runLine);
      expect(drawn.length).toBeGreaterThanOrEqual(6);
      expect(new Set(drawn.map(({ line }) => line)).size).toBe(drawn.length);
      expect(new Set(drawn.map(({ answer }) => answer)).size).toBeGreaterThan(1);
      for (const { question, line, answer, because, mistakes, answerText } of drawn) {
        expect(question + because).not.toMatch(/undefined|NaN|[{}]|\d(KiB|MiB|ms|us)/);
        expect(runLine(line).metrics[variant.metric]).toBe(answer);
        const judged = { answer, answerText, because, mistakes, tolerance };
        expect(judge(answer, judged).right).toBe(true);
        expect(mistakes.length).toBeGreaterThan(0);
        for (const { value } of mistakes) {
          const verdict = judge(value, judged);
          expect([line, value, verdict.right]).toEqual([line, value, false]);
          expect(mistakes.map(({ why }) => why)).toContain(verdict.text);
        }
      }
    },
  );

  it.each(Object.entries(VARIANTS))('%s: each mistake is one that some settings lead to', (id, variant) => {
    const { drawn } = variantOf(id, variant, runLine);
    const said = new Set(drawn.flatMap(({ mistakes }) => mistakes.map(({ why }) => why)));
    expect(variant.mistakes.map(({ why }) => why).filter((why) => !said.has(why))).toEqual([]);
  });

  it('is the same for the same seed', () => {
    const once = variantOf('two-roads', VARIANTS['two-roads'], runLine);
    expect(variantOf('two-roads', VARIANTS['two-roads'], runLine)).toEqual(once);
  });
});
