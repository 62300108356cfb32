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
/** A request of more sectors is only counted as a long one: all answers are "perhaps" meanwhile. */
const LONG = 512;

/** Counts the unfinished requests of one disk by the sectors they touch. */
export class SectorFilter {
  /** By group: requests, and those among them that change the sectors. */
  readonly #requests = new Int32Array(COUNTERS);
  readonly #changes = new Int32Array(COUNTERS);
  #long = 0;

  /**
   * Counts a request in. `true` when perhaps one that is counted conflicts with it: with a read one that changes its sectors, with a
   * change one that touches them.
   */
  enter(lba: number, sectors: number, changes: boolean): boolean {
    if (sectors > LONG) {
      this.#long++;
      return true;
    }
    const first = lba >>> GROUP_SHIFT;
    const end = first + groupsOf(lba, sectors);
    const requests = this.#requests;
    const changing = this.#changes;
    let met = 0;
    for (let i = first; i < end; i++) {
      const group = i & (COUNTERS - 1);
      met |= changes ? requests[group] : changing[group];
      requests[group]++;
      if (changes) changing[group]++;
    }
    return met !== 0 || this.#long > 0;
  }

  /** Counts a request out that {@link enter} counted in. */
  leave(lba: number, sectors: number, changes: boolean): void {
    if (sectors > LONG) {
      this.#long--;
      return;
    }
    const first = lba >>> GROUP_SHIFT;
    const end = first + groupsOf(lba, sectors);
    for (let i = first; i < end; i++) {
      const group = i & (COUNTERS - 1);
      this.#requests[group]--;
      if (changes) this.#changes[group]--;
    }
  }
}

/** Only the low 32 bits of an address choose its counters, here and in the shifts above. */
function groupsOf(lba: number, sectors: number): number {
  return ((lba & GROUP_MASK) + sectors + GROUP_MASK) >>> GROUP_SHIFT;
}
