/** The claims of the old texts and the limits of the model, for the page "How true is this?". */
import seeds from '../../data/seed-claims.json';
import { VALIDATION } from '../../data/validation.ts';
import { allClaims, experiments, num } from './book.ts';

export interface SeedClaim {
  readonly n: number;
  readonly claim: string;
  readonly verdict: string;
  readonly why: string;
  /** What settles it: an experiment with its page, or one that is still to come. */
  readonly settledBy?: { readonly title: string; readonly page: string };
  readonly coming?: string;
  /** Claims of our experiments that rest on a run. */
  readonly claims: readonly { readonly id: string; readonly name: string }[];
}

interface SeedRow {
  readonly n: number;
  readonly claim: string;
  readonly verdict: string;
  readonly why: string;
  readonly settledBy?: string;
  readonly coming?: string;
}

export function seedClaims(): SeedClaim[] {
  const judged = allClaims();
  return (seeds as SeedRow[]).map(({ n, claim, verdict, why, settledBy, coming }) => {
    const experiment = experiments.find(({ id }) => id === settledBy);
    return {
      n,
      claim,
      verdict,
      why,
      ...(experiment ? { settledBy: { title: experiment.title, page: experiment.page } } : {}),
      ...(coming ? { coming } : {}),
      claims: judged.filter((entry) => entry.seeds.includes(n)).map(({ id, name }) => ({ id, name })),
    };
  });
}

export const limitList = (): { title: string; page: string; limits: readonly string[] }[] =>
  experiments.map(({ title, page, limits }) => ({ title, page, limits }));

/** A published measurement and ours beside it, with the numbers of our runs. */
export interface ValidationLine {
  readonly id: string;
  readonly setup: string;
  readonly published: string;
  readonly source: string;
  readonly ours: readonly { readonly label: string; readonly text: string; readonly line: string }[];
  readonly how: string;
  readonly tolerance: string;
  readonly agrees: string;
  readonly note: string;
}

export const validations = (): ValidationLine[] =>
  VALIDATION.map(({ ours, ...row }) => ({
    ...row,
    ours: ours.map(({ line, metric }) => {
      const { label, text } = num(line, metric);
      return { label, text, line };
    }),
  }));
