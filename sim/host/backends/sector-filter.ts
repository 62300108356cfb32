/**
 * A quick answer to "does any unfinished request touch these sectors?": "no", or "perhaps". With dozens in flight nearly every
 * answer is "no", and the list of requests need not be walked.
 *
 * Each request is counted under the groups of sectors that it touches; groups far apart share a counter.
 */

/** Sectors per group, as a shift: 2 KiB. */
const GROUP_SHIFT = 2;
const GROUP_MASK = (1 << GROUP_SHIFT) - 1;
const COUNTERS = 4096;
/** A request of more groups is only counted as a long one: all answers are "perhaps" meanwhile. */
const LONG = 128;

export class SectorFilter {
  /** By group: requests, and those among them that change the sectors. */
  readonly #requests = new Int32Array(COUNTERS);
  readonly #changes = new Int32Array(COUNTERS);
  #long = 0;

  /** Counts a request in (`step` 1) or out again (`step` -1, with the same other arguments). */
  count(lba: number, sectors: number, changes: boolean, step: 1 | -1): void {
    const groups = groupsOf(lba, sectors);
    if (groups > LONG) {
      this.#long += step;
      return;
    }
    const first = lba >>> GROUP_SHIFT;
    for (let i = first; i < first + groups; i++) {
      this.#requests[i & (COUNTERS - 1)] += step;
      if (changes) this.#changes[i & (COUNTERS - 1)] += step;
    }
  }

  /** False when no request that is counted touches the sectors; with `changing`, when none changes them. */
  perhaps(lba: number, sectors: number, changing: boolean): boolean {
    const groups = groupsOf(lba, sectors);
    if (this.#long > 0 || groups > LONG) return true;
    const counters = changing ? this.#changes : this.#requests;
    const first = lba >>> GROUP_SHIFT;
    for (let i = first; i < first + groups; i++) if (counters[i & (COUNTERS - 1)] !== 0) return true;
    return false;
  }
}

/** Only the low 32 bits of an address choose its counters, here and in the shifts above. */
function groupsOf(lba: number, sectors: number): number {
  return Math.ceil(((lba & GROUP_MASK) + sectors) / (1 << GROUP_SHIFT));
}
