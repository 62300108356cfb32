// Every exercise of every concept: what a page, a command and a notebook rely on.
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { experiments } from '../experiments/index.ts';
import * as library from '../index.ts';
import { check, exercises, exercisesOf, findExercise } from './index.ts';
import { perform, plain } from './values.ts';

const SEEDS = [1, 7];

/** What a text defines, as a hand-in would. */
function definedBy(text: string, names: readonly string[]): Record<string, unknown> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exported: Record<string, unknown> = {};
  new Function('require', 'exports', outputText)(() => library, exported);
  return Object.fromEntries(names.map((name) => [name, exported[name]]));
}

describe('exercises', () => {
  it('are there for every concept: predict, complete, explain, build', () => {
    for (const { id } of experiments) {
      const kinds = exercisesOf(id).map(({ kind }) => kind);
      expect([id, [...new Set(kinds)].sort()]).toEqual([id, ['build', 'complete', 'explain', 'predict']]);
      expect(kinds.length, id).toBeGreaterThanOrEqual(4);
    }
  });

  it('have names of their own', () => {
    expect(new Set(exercises.map(({ id }) => id)).size).toBe(exercises.length);
  });

  it('are not found under a wrong name, and the message says what there is', () => {
    expect(() => findExercise('two-roads/fly')).toThrow(/two-roads\/predict/);
    expect(() => check('two-roads/predict', {}, { seed: -1 })).toThrow(UserError);
  });
});

describe.each(exercises.map((exercise) => [exercise.id, exercise] as const))('%s', (id, exercise) => {
  it.each(SEEDS)('judges its solution right and its beginning not, seed %i', (seed) => {
    const judged = (text: string) => check(id, definedBy(text, exercise.names), { seed });
    expect(judged(exercise.solution(seed))).toMatchObject({ right: true, kind: 'right' });
    expect(judged(exercise.starter(seed)).right).toBe(false);
  });

  it('says what is missing where nothing was defined', () => {
    const verdict = check(id, {}, { seed: 1 });
    expect(verdict.kind).toBe('unusable');
    expect(verdict.says).toContain(exercise.names[0]);
  });

  it('has a task, three different hints and known wrong beliefs', () => {
    for (const seed of SEEDS) {
      expect(exercise.task(seed)).toBe(exercise.task(seed));
      expect(exercise.task(seed).length).toBeGreaterThan(40);
      expect(exercise.task(seed)).not.toMatch(/undefined|NaN|\[object/);
    }
    expect(new Set(exercise.hints).size).toBe(3);
    expect(exercise.beliefs(1).length).toBeGreaterThan(1);
  });

  it('names the belief behind a known wrong answer', () => {
    for (const { answer, why, given } of exercise.beliefs(7)) {
      if (given.length === 0) continue;
      const verdict = exercise.judge(given, 7);
      expect([answer, verdict.right]).toEqual([answer, false]);
      expect([answer, verdict.kind]).toEqual([answer, 'misconception']);
      if (exercise.kind === 'explain') expect(verdict.says).toContain(why);
    }
  });

  it('survives answers of any kind', () => {
    const odd = [null, NaN, [NaN], {}, Symbol('s'), { $bytes: 'x' }];
    for (const value of odd) {
      const defined = Object.fromEntries(exercise.names.map((name) => [name, value]));
      expect(check(id, defined, { seed: 7 }).right).toBe(false);
      expect(() => plain(value)).not.toThrow();
    }
  });
});

it('numbers differ from seed to seed where a number is asked for', () => {
  const constant = exercises
    .filter(({ kind }) => kind === 'predict')
    .filter(({ solution }) => new Set(Array.from({ length: 6 }, (_, i) => solution(i + 1))).size < 2)
    .map(({ id }) => id);
  expect(constant).toEqual([]);
});

it('what is performed comes back as plain data', () => {
  const defined = {
    twice: (n: number) => 2 * n,
    Box: class {
      readonly bytes: Uint8Array;
      constructor(bytes: Uint8Array) {
        this.bytes = bytes;
      }
      put(at: number) {
        this.bytes[at] = 9;
        return this.bytes;
      }
    },
  };
  const given = perform(defined, [
    { call: 'twice', args: [4] },
    { bytes: 3 },
    { make: 'Box', args: [{ $of: 1 }] },
    { call: 'put', on: 2, args: [1] },
    { poke: 1, at: 2, put: [5] },
    { look: 1 },
    { get: 'nothing' },
    { call: 'absent', on: 2, args: [] },
  ]);
  expect(given.map((one) => (one.kind === 'value' ? one.value : one.kind))).toEqual([
    8,
    null,
    null,
    { $bytes: [0, 9, 0] },
    null,
    { $bytes: [0, 9, 5] },
    'missing',
    'missing',
  ]);
});
