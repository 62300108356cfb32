/** Worked and faded examples: every step of the run has exactly one goal, no goal is empty, every wrong answer is explained. */
import { describe, expect, it } from 'vitest';
import { runLine } from '../../sim/experiments/index.ts';
import { judge } from '../components/Faded/judge.ts';
import { WORKED } from '../data/worked/index.ts';
import type { LifeIs } from '../data/worked/types.ts';
import { fadedOf } from './faded.ts';
import { LifeError, lifeOf } from './life.ts';

const lives = Object.entries(WORKED).flatMap(([id, { worked, faded }]): [string, LifeIs][] => [
  [`${id}, worked`, worked],
  [`${id}, faded`, faded],
]);

describe('a life', () => {
  it.each(lives)('%s: every step of the run serves one goal, and every goal has steps', (_, life) => {
    const told = lifeOf(life, runLine(life.line));
    expect(told.goals.reduce((sum, { rows }) => sum + rows, 0)).toBe(told.rows);
    if (!life.from && !life.until && !life.rows && !life.stages)
      expect(told.rows).toBe(runLine(life.line).trace.at.length);
    for (const { goal, why, steps } of told.goals) {
      expect(goal).not.toMatch(/\d/);
      expect(why.length).toBeGreaterThan(5);
      for (const { says, rows } of steps) expect([says, rows > 0]).toEqual([says, true]);
    }
    expect(new Set(told.goals.map(({ goal }) => goal)).size).toBe(told.goals.length);
    expect(told.bands.some(({ bars }) => bars.length > 0)).toBe(true);
  });

  const { worked } = WORKED['two-roads'];
  const run = runLine(worked.line);
  const without = (goal: number, step: number): LifeIs => ({
    ...worked,
    goals: worked.goals.map((each, i) =>
      i === goal ? { ...each, steps: each.steps.filter((_, j) => j !== step) } : each,
    ),
  });

  it('is refused when a step of the run has no goal, in the middle and at the end', () => {
    expect(() => lifeOf(without(1, 1), run)).toThrow(LifeError);
    expect(() => lifeOf(without(4, 5), run)).toThrow(/no goal is served by .*"io\.out" of FFA2h/);
  });

  it('is refused when a goal waits for a step that the run does not make', () => {
    const [first, ...rest] = worked.goals;
    const wishful = { ...first, steps: [...first.steps, { on: 'hypercall', says: 'calls' }] };
    expect(() => lifeOf({ ...worked, goals: [wishful, ...rest] }, run)).toThrow(/"calls" wants "hypercall"/);
  });
});

describe('a faded example', () => {
  it.each(Object.entries(WORKED))(
    '%s: each gap has one right answer, and says why of every wrong one',
    (_, { worked, faded }) => {
      expect(faded.line).not.toBe(worked.line);
      const { blanks } = fadedOf(faded, runLine(faded.line));
      expect(blanks.length).toBeGreaterThanOrEqual(3);
      expect(new Set(blanks.map(({ kind }) => kind))).toEqual(new Set(['choice', 'number']));
      for (const blank of blanks) {
        if (blank.kind === 'choice') {
          expect(blank.options.length).toBeGreaterThanOrEqual(3);
          expect(blank.options.filter(({ right }) => right).length).toBe(1);
          for (const { why } of blank.options) expect(why.length).toBeGreaterThan(8);
          continue;
        }
        expect(blank.mistakes.length).toBeGreaterThan(0);
        expect(judge(blank.answer, { ...blank, tolerance: 1 }).right).toBe(true);
        for (const { value, why } of blank.mistakes)
          expect(judge(value, { ...blank, tolerance: 1 })).toEqual({ right: false, text: why });
      }
    },
  );

  it('says of a number that no mistake explains in which direction it is wrong', () => {
    const question = { answer: 26, answerText: '26 stops', because: '', mistakes: [], tolerance: 1 };
    expect(judge(52, question)).toMatchObject({
      right: false,
      text: expect.stringMatching(/2 times too high/),
    });
    expect(judge(1, question)).toMatchObject({ right: false, text: expect.stringMatching(/far too low/) });
    expect(judge(27, { ...question, tolerance: 1.1 }).text).toMatch(/^26 stops in the run/);
  });
});
