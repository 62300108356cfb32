import { describe, expect, it } from 'vitest';
import { runLine } from '../../../sim/experiments/index.ts';
import { detailOf } from '../../truth/still.ts';
import { sentenceOf } from './sentence.ts';

const run = runLine('two-roads?size=512B');
const detail = detailOf(run);
const sentences = Array.from(detail.steps.at, (_, step) => sentenceOf(detail, step, run.trace.hz));

describe('the sentence of a step', () => {
  it('says what, where, when and how long', () => {
    expect(sentences.every((sentence) => /^\S.* After [\d.]+\s(ns|µs|ms|s)\b.*\.$/.test(sentence))).toBe(
      true,
    );
    expect(sentences.some((sentence) => /in the root user \(worker\)\. After .*, for /.test(sentence))).toBe(
      true,
    );
  });

  it('says of what it is part, with the numbers of the row by their names', () => {
    const [first] = sentences.filter((sentence) => sentence.includes('VM exit'));
    expect(first).toMatch(/Part of: .*\(port 3?[0-9A-F]+h, value \d+\)\.$/);
  });

  it('leaves no hole where something is unknown', () => {
    expect(sentences.filter((sentence) => /undefined|NaN|\(\)|\s[.,]/.test(sentence))).toEqual([]);
  });
});
