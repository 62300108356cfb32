/** Statistics without keeping the samples: moments, a histogram with bounded relative error, and averages over time. */
import type { Cycles } from './units.ts';

/** Count, mean, variance and extremes of a stream of numbers (B. P. Welford's recurrence). */
export class Summary {
  count = 0;
  mean = 0;
  min = Infinity;
  max = -Infinity;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.squares += before * (value - this.mean);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Sample variance; 0 for fewer than two values. */
  get variance(): number {
    return this.count < 2 ? 0 : this.squares / (this.count - 1);
  }
}

/** Buckets per power of two, as a shift: 32, so a bucket is at most 1/32 = 3.1 % wide. */
const SUB_BITS = 5;
const SUB = 1 << SUB_BITS;
/** Values below 2^53 have 53 - SUB_BITS octaves above the exact ones. */
const BUCKETS = (53 - SUB_BITS + 1) * SUB;

/** A histogram of non-negative integers below 2^53 in logarithmic buckets: exact below 32, within 3.1 % above. */
export class Histogram {
  count = 0;
  sum = 0;
  min = Infinity;
  max = 0;
  private readonly buckets = new Float64Array(BUCKETS);

  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.buckets[bucketOf(value)] += times;
  }

  /** Mean of the values themselves, not of the buckets; NaN when empty. */
  get mean(): number {
    return this.sum / this.count;
  }

  /** The smallest bucket that has at least the fraction `q` of the values at or below it: its upper end, at most the maximum. NaN when empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(q * this.count));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.buckets[i];
      if (seen >= wanted) return Math.max(this.min, Math.min(this.max, lowOf(i + 1) - 1));
    }
    return this.max;
  }

  /** The buckets that hold something: values from `low` to below `high`, `count` of them. */
  entries(): { low: number; high: number; count: number }[] {
    const list: { low: number; high: number; count: number }[] = [];
    this.buckets.forEach((count, i) => {
      if (count > 0) list.push({ low: lowOf(i), high: lowOf(i + 1), count });
    });
    return list;
  }
}

function bucketOf(value: number): number {
  if (value < SUB) return value | 0;
  if (value < 4294967296) {
    const octave = 31 - Math.clz32(value) - SUB_BITS;
    return octave * SUB + (value >>> octave);
  }
  const octave = 63 - Math.clz32(Math.floor(value / 4294967296)) - SUB_BITS;
  return octave * SUB + Math.floor(value / 2 ** octave);
}

function lowOf(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const octave = Math.floor(bucket / SUB) - 1;
  return (bucket - octave * SUB) * 2 ** octave;
}

/** A value that changes at instants, averaged over the time between: queue lengths, busy servers. */
export class Gauge {
  // `declare` and assigned in the constructor: a field that starts as undefined gets a new object for every time it is set to.
  declare value: number;
  declare max: number;
  declare private readonly start: Cycles;
  declare private since: Cycles;
  private area = 0;

  constructor(at: Cycles = 0, value = 0) {
    this.value = value;
    this.max = value;
    this.start = at;
    this.since = at;
  }

  /** The value is `value` from `at` on; `at` must not go back. */
  set(at: Cycles, value: number): void {
    this.area += this.value * (at - this.since);
    this.since = at;
    this.value = value;
    if (value > this.max) this.max = value;
  }

  add(at: Cycles, change: number): void {
    this.set(at, this.value + change);
  }

  /** Average from the start to `at`; the present value when no time has passed. */
  mean(at: Cycles): number {
    return at > this.start ? (this.area + this.value * (at - this.since)) / (at - this.start) : this.value;
  }
}
