/** Finds repetition in a sequence, so that a diagram or a text of a thousand steps stays readable. */

/** `times` repetitions of `unit`, which started at `index` of the sequence. */
export interface Fold<T> {
  readonly unit: readonly T[];
  readonly times: number;
  readonly index: number;
}

/** The longest unit that is looked for. A sector of PIO with its interrupt takes about a dozen steps. */
const UNIT_MAX = 24;

/** Splits `sequence` into folds, greedily taking the unit that covers most from each position; the shorter unit wins a tie. */
export function fold<T>(sequence: readonly T[]): Fold<T>[] {
  const folds: Fold<T>[] = [];
  let index = 0;
  while (index < sequence.length) {
    const best = bestUnit(sequence, index);
    const last = folds[folds.length - 1];
    if (best.times === 1 && last?.times === 1)
      folds[folds.length - 1] = { ...last, unit: [...last.unit, sequence[index]] };
    else folds.push({ unit: sequence.slice(index, index + best.length), times: best.times, index });
    index += best.length * best.times;
  }
  return folds;
}

function bestUnit<T>(sequence: readonly T[], index: number): { length: number; times: number } {
  let best = { length: 1, times: 1 };
  for (let length = 1; length <= UNIT_MAX && index + 2 * length <= sequence.length; length++) {
    const times = repeats(sequence, index, length);
    if (times > 1 && times * length > best.times * best.length) best = { length, times };
  }
  return best;
}

function repeats<T>(sequence: readonly T[], index: number, length: number): number {
  let times = 1;
  while (same(sequence, index, index + times * length, length)) times++;
  return times;
}

function same<T>(sequence: readonly T[], a: number, b: number, length: number): boolean {
  if (b + length > sequence.length) return false;
  for (let i = 0; i < length; i++) if (sequence[a + i] !== sequence[b + i]) return false;
  return true;
}
