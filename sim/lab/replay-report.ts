/** What a replay found: how much was fed, what agreed, what was left out, what differs. */

/** Where our host and the recording's differ. */
export interface ReplayDifference {
  /** Index of the event in the recording. */
  readonly event: number;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

export interface ReplayReport {
  /** Events of the guest that went through the seam, by kind. */
  readonly fed: Readonly<Record<string, number>>;
  /** Answers that agree, by kind. */
  readonly matched: Readonly<Record<string, number>>;
  /** Events that were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly differences: readonly ReplayDifference[];
}

type Counted = 'fed' | 'matched' | 'skipped';

export class ReplayTally {
  /** Index of the event in hand. */
  event = 0;
  private readonly counts: Record<Counted, Record<string, number>> = { fed: {}, matched: {}, skipped: {} };
  private readonly differences: ReplayDifference[] = [];

  count(kind: Counted, what: string): void {
    const counts = this.counts[kind];
    counts[what] = (counts[what] ?? 0) + 1;
  }

  differ(what: string, expected: string, got: string): void {
    this.differences.push({ event: this.event, what, expected, got });
  }

  agree(what: string, expected: string, got: string): void {
    if (expected === got) this.count('matched', what);
    else this.differ(what, expected, got);
  }

  get report(): ReplayReport {
    return { ...this.counts, differences: this.differences };
  }
}
