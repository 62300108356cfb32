/** Declares the commonest metrics in one line each. */
import type { Metric } from './experiment.ts';

/** A plain count; fewer is better unless said otherwise. */
export const countMetric = (label: string, doc: string, better: Metric['better'] = 'lower'): Metric => ({
  label,
  unit: 'count',
  better,
  doc,
});

/** A stretch of the machine's time in cycles; shorter is better. */
export const cyclesMetric = (label: string, doc: string): Metric => ({
  label,
  unit: 'cycles',
  better: 'lower',
  doc,
});
