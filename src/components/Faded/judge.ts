/** Says of a number whether it is right, and if not, which mistake leads there. */
import { formatCount } from '../../../sim/lab/format.ts';

export interface Judged {
  readonly answer: number;
  readonly answerText: string;
  readonly because: string;
  readonly mistakes: readonly { readonly value: number; readonly why: string }[];
  /** A factor; 1 is exact. */
  readonly tolerance: number;
}

/** Two numbers are meant to be the same when they agree to about what people type. */
const NEAR = 1.02;

export function judge(
  given: number,
  { answer, answerText, because, mistakes, tolerance }: Judged,
): { right: boolean; text: string } {
  const ratio = ratioOf(given, answer);
  if (ratio <= tolerance)
    return { right: true, text: `${ratio === 1 ? '' : `${answerText} in the run. `}${because}` };
  const known = mistakes.find(
    ({ value }) => ratioOf(given, value) <= (Number.isInteger(value) && tolerance === 1 ? 1 : NEAR),
  );
  if (known) return { right: false, text: known.why };
  if (!Number.isFinite(given)) return { right: false, text: 'That is no number.' };
  const far = ratio < 10 ? `${formatCount(Math.round(ratio * 10) / 10)} times` : 'far';
  return { right: false, text: `That is ${far} too ${given > answer ? 'high' : 'low'}. ${hintOf(mistakes)}` };
}

/** For an answer that no known mistake explains: what to look at. */
const hintOf = (mistakes: Judged['mistakes']): string =>
  mistakes.length > 0
    ? `Common mistakes: ${mistakes.map(({ why }) => why).join(' ')}`
    : 'Look at the steps above.';

export const ratioOf = (a: number, b: number): number =>
  a === b ? 1 : Math.max(a, b) / Math.max(0, Math.min(a, b));
