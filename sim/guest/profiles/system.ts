/**
 * Guest operating systems as data: which enlightenments each of them uses.
 *
 * A cell says yes, no, or not known, and how that is known. Much of what is said about old Windows kernels was never published; a cell
 * nobody could point to a source for says so.
 */
import type { EnlightenmentId } from '../../machine/enlightenment-ids.ts';
import { ENLIGHTENMENT_IDS } from '../../machine/enlightenment-ids.ts';

/**
 * How a cell is known. `read`: the named source says it. `inferred`: it follows from what the source says. `recalled`: from general
 * knowledge, no source was read.
 */
export type Evidence = 'read' | 'inferred' | 'recalled';

/** One cell: whether a system uses an enlightenment where the host offers it. */
export interface Use {
  readonly use: 'yes' | 'no' | 'not known';
  readonly evidence: Evidence;
  /** Document or repository path; empty when nobody said anything. */
  readonly source: string;
  readonly note: string;
}

/** One operating system, or a span of its versions. */
export interface SystemProfile {
  readonly id: string;
  readonly title: string;
  /** Year of the release meant. */
  readonly year: number;
  /** What a reader should know of it, in a sentence. */
  readonly about: string;
  readonly uses: Readonly<Record<EnlightenmentId, Use>>;
}

/** It does. */
export function yes(source: string, evidence: Evidence = 'read', note = ''): Use {
  return { use: 'yes', evidence, source, note };
}

/** It does not. */
export function no(source: string, evidence: Evidence = 'read', note = ''): Use {
  return { use: 'no', evidence, source, note };
}

/** Nobody could say. */
export const NOT_KNOWN: Use = { use: 'not known', evidence: 'recalled', source: '', note: '' };

/** All cells of a system: those given, and `rest` for the others. */
export function cells(
  rest: Use,
  given: Partial<Record<EnlightenmentId, Use>>,
): Readonly<Record<EnlightenmentId, Use>> {
  return Object.fromEntries(ENLIGHTENMENT_IDS.map((id) => [id, given[id] ?? rest])) as Record<
    EnlightenmentId,
    Use
  >;
}

/** The same use for several enlightenments. */
export function all(ids: readonly EnlightenmentId[], use: Use): Partial<Record<EnlightenmentId, Use>> {
  return Object.fromEntries(ids.map((id) => [id, use]));
}
