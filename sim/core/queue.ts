/**
 * The pending-event set: a ladder queue (W. T. Tang, R. S. M. Goh and I. L.-J. Thng, "Ladder queue: An O(1) priority queue structure
 * for large-scale discrete event simulation", ACM TOMACS 15(3), 2005), laid out in typed arrays.
 *
 *   top     everything due at or after `topStart`: a flat array, appended to, in no order
 *   rungs   rung 0 is what the top last held, spread over buckets by time; each further rung is one bucket of the rung above it,
 *           spread finer. A bucket is a linked list over a pool of slots, newest first
 *   bottom  everything due before what is left of the lowest rung: one short sorted row; its head is the next event
 *
 * Differences from the paper, and why:
 * - No sequence numbers. Events of one time always lie in one place, and every move keeps the order they came in, so first come
 *   first served follows from the structure.
 * - Bucket widths are powers of two and times are integers, so the bucket of a time is exact: no rounding to guard against.
 * - A handful of events never leaves the bottom (`topStart` is Infinity then): most device models have a handful.
 * - Fixed latencies make masses of equal times. A bucket that holds only one time is not split but becomes the bottom as it is.
 * - The bottom counts the elements it has shifted, and spreads itself over buckets once that costs more than the spreading would.
 *   Nothing is quadratic: not ties, not events posted in descending order.
 *
 * A record is 16 bytes: the time, then argument and handler as two 32-bit integers, moved as one double. The handler number is small,
 * so that double is never a NaN, whose bits an engine might change.
 */
import { invariant } from './errors.ts';

/** Up to this many events the bottom is the whole queue. */
const SMALL = 16;
/** A bucket with more events than this is split instead of sorted. */
const SORTED = 40;
/** Aim of events per bucket when a rung is opened, as a shift: 2^0. */
const LOAD_SHIFT = 0;
/** Least capacity, in records, of the flat arrays. */
const ROOM = 256;
const MIN_BUCKETS = 64;
const MAX_BUCKETS = 1 << 20;
/** 64 buckets a rung and 53-bit times need 9; the rest is for events that keep arriving before the lowest rung. */
const MAX_RUNGS = 20;

export class EventQueue {
  /** Time of the earliest event, Infinity when there is none. */
  nextDue = Infinity;
  /** The clock. No event lies before it; whoever moves it keeps it that way. */
  now = 0;
  /** Events in the queue. */
  size = 0;

  private topStart = Infinity;
  private topCount = 0;
  private top = new Float64Array(2 * ROOM);
  private topBits = new Int32Array(this.top.buffer);

  private head = ROOM >> 1;
  private tail = ROOM >> 1;
  private row = new Float64Array(2 * ROOM);
  private rowBits = new Int32Array(this.row.buffer);
  /** Elements shifted by insertions since the bottom was last filled. */
  private shifted = 0;

  /** Slot 0 is the end of every list. */
  private free = 0;
  private pool = new Float64Array(2);
  private poolBits = new Int32Array(this.pool.buffer);
  private next = new Int32Array(1);

  private rungs = 0;
  /** Buckets of all rungs, one after the other: the newest slot of each. Empty buckets are 0, and those behind the cursor are empty. */
  private buckets = new Int32Array(MIN_BUCKETS);
  private readonly rungBase = new Int32Array(MAX_RUNGS + 1);
  private readonly rungCursor = new Int32Array(MAX_RUNGS);
  private readonly rungStart = new Float64Array(MAX_RUNGS);
  private readonly rungWidth = new Float64Array(MAX_RUNGS);
  /** 1 / width: exact, because widths are powers of two. */
  private readonly rungScale = new Float64Array(MAX_RUNGS);
  /** Where the part of the rung that is not yet in a lower rung or the bottom starts. */
  private readonly rungLeft = new Float64Array(MAX_RUNGS);

  /** Adds an event. The caller has checked `now <= at < 2^53`. */
  push(at: number, handler: number, arg: number): void {
    if (at >= this.topStart) {
      const n = this.topCount;
      if (2 * n === this.top.length) this.growTop();
      this.top[2 * n] = at;
      this.topBits[4 * n + 2] = arg;
      this.topBits[4 * n + 3] = handler;
      this.topCount = n + 1;
      this.size++;
    } else {
      this.pushLow(at, handler, arg);
    }
  }

  /** Handler of the earliest event. */
  frontHandler(): number {
    return this.rowBits[4 * this.head + 3];
  }

  /** Argument of the earliest event. */
  frontArg(): number {
    return this.rowBits[4 * this.head + 2];
  }

  /** Removes the earliest event; there must be one. */
  drop(): void {
    const head = this.head + 1;
    this.head = head;
    this.size--;
    if (head < this.tail) this.nextDue = this.row[2 * head];
    else this.refill();
  }

  /** Takes the queue apart and builds it up again, keeping order, without the events for which `keep` is false. O(size). */
  rebuild(keep?: (handler: number, arg: number) => boolean): void {
    const records = this.drain();
    const bits = new Int32Array(records.buffer);
    let n = 0;
    for (let i = 0; i < this.size; i++) {
      if (keep && !keep(bits[4 * i + 3], bits[4 * i + 2])) continue;
      records[2 * n] = records[2 * i];
      records[2 * n + 1] = records[2 * i + 1];
      n++;
    }
    this.top = records;
    this.topBits = bits;
    this.topCount = n;
    this.size = n;
    this.refill();
  }

  private pushLow(at: number, handler: number, arg: number): void {
    for (let r = 0; r < this.rungs; r++) {
      if (at >= this.rungLeft[r]) {
        let slot = this.free;
        if (slot === 0) slot = this.growPool();
        this.free = this.next[slot];
        this.pool[2 * slot] = at;
        this.poolBits[4 * slot + 2] = arg;
        this.poolBits[4 * slot + 3] = handler;
        const bucket = this.rungBase[r] + (((at - this.rungStart[r]) * this.rungScale[r]) | 0);
        this.next[slot] = this.buckets[bucket];
        this.buckets[bucket] = slot;
        this.size++;
        return;
      }
    }
    this.insert(at, handler, arg);
  }

  /** Sorted insertion into the bottom, behind events of the same time. */
  private insert(at: number, handler: number, arg: number): void {
    if (2 * this.tail === this.row.length || this.head === 0) this.recentre();
    const row = this.row;
    const count = this.tail - this.head;
    let i: number;
    if (count > SMALL && at < row[2 * (this.head + (count >> 1))]) {
      i = this.head - 1;
      const from = i;
      while (row[2 * i + 2] <= at) {
        row[2 * i] = row[2 * i + 2];
        row[2 * i + 1] = row[2 * i + 3];
        i++;
      }
      this.head = from;
      this.shifted += i - from;
    } else {
      i = this.tail;
      const from = i;
      while (i > this.head && row[2 * i - 2] > at) {
        row[2 * i] = row[2 * i - 2];
        row[2 * i + 1] = row[2 * i - 1];
        i--;
      }
      this.tail = from + 1;
      this.shifted += from - i;
    }
    row[2 * i] = at;
    this.rowBits[4 * i + 2] = arg;
    this.rowBits[4 * i + 3] = handler;
    this.size++;
    if (i === this.head) this.nextDue = at;
    if (count >= SMALL) this.crowded();
  }

  private crowded(): void {
    if (this.topStart === Infinity) {
      this.topStart = this.row[2 * this.tail - 2] + 1;
      this.shifted = 0;
      return;
    }
    const moved = this.rungs < MAX_RUNGS ? this.tail - this.head : this.size;
    if (this.shifted > 4 * moved + 256) this.spread();
  }

  /** Moves the bottom into buckets: back into those of the lowest rung if it spans several, else into a new rung. */
  private spread(): void {
    this.shifted = 0;
    const first = this.row[2 * this.head];
    const last = this.row[2 * this.tail - 2];
    if (first === last) return;
    const r = this.rungs - 1;
    if (r >= 0 && first >= this.rungStart[r]) {
      const from = Math.floor((first - this.rungStart[r]) * this.rungScale[r]);
      const to = Math.floor((last - this.rungStart[r]) * this.rungScale[r]);
      if (from < to) this.rungCursor[r] = from;
      else if (r + 1 < MAX_RUNGS) this.openRung(this.rungStart[r] + from * this.rungWidth[r], this.rungWidth[r]);
      else return this.rebuild();
    } else if (r + 1 < MAX_RUNGS) {
      this.openRung(this.now, (r < 0 ? this.topStart : this.rungLeft[r]) - this.now);
    } else {
      return this.rebuild();
    }
    this.pourBottom();
    this.refill();
  }

  /** Finds the earliest events and makes them the bottom, which is empty. */
  private refill(): void {
    this.shifted = 0;
    for (;;) {
      if (this.rungs === 0) {
        if (this.takeTop()) break;
        continue;
      }
      const r = this.rungs - 1;
      const end = this.rungBase[r + 1];
      const buckets = this.buckets;
      let bucket = this.rungBase[r] + this.rungCursor[r];
      while (bucket < end && buckets[bucket] === 0) bucket++;
      if (bucket === end) {
        this.rungs = r;
        continue;
      }
      const index = bucket - this.rungBase[r];
      const start = this.rungStart[r] + index * this.rungWidth[r];
      this.rungCursor[r] = index + 1;
      this.rungLeft[r] = start + this.rungWidth[r];
      this.load(bucket);
      if (this.tail - this.head <= SORTED || this.rungWidth[r] === 1 || this.bottomTies()) {
        this.sortBottom();
        break;
      }
      if (this.rungs === MAX_RUNGS) return this.rebuild();
      this.openRung(start, this.rungWidth[r]);
      this.pourBottom();
    }
    this.nextDue = this.head < this.tail ? this.row[2 * this.head] : Infinity;
  }

  /** The bottom is empty and there are no rungs: makes the top the bottom (true) or rung 0 (false). */
  private takeTop(): boolean {
    const n = this.topCount;
    const top = this.top;
    if (n <= SORTED) {
      this.head = this.tail = this.row.length >> 2;
      this.row.set(n === 0 ? top.subarray(0, 0) : top.subarray(0, 2 * n), 2 * this.head);
      this.tail += n;
      this.topCount = 0;
      this.sortBottom();
      this.topStart = n <= SMALL ? Infinity : this.row[2 * this.tail - 2] + 1;
      return true;
    }
    let min = top[0];
    let max = min;
    for (let i = 1; i < n; i++) {
      const at = top[2 * i];
      if (at < min) min = at;
      else if (at > max) max = at;
    }
    this.topStart = max + 1;
    this.topCount = 0;
    if (min === max) {
      this.swapTopAndBottom(n);
      return true;
    }
    this.openRung(min, max + 1 - min, n);
    this.pour(top, 0, n);
    return false;
  }

  private swapTopAndBottom(n: number): void {
    const { top, topBits } = this;
    this.top = this.row;
    this.topBits = this.rowBits;
    this.row = top;
    this.rowBits = topBits;
    this.head = 0;
    this.tail = n;
  }

  /** Opens the next rung over `span` cycles from `start`, for the events now in the bottom or for `count`. */
  private openRung(start: number, span: number, count = this.tail - this.head): void {
    const wanted = Math.min(MAX_BUCKETS, Math.max(MIN_BUCKETS, count >> LOAD_SHIFT));
    let width = 1;
    while (width * wanted < span) width *= 2;
    const r = this.rungs++;
    invariant(r < MAX_RUNGS, 'more rungs than the ladder has');
    const base = this.rungBase[r];
    const end = base + Math.ceil(span / width);
    this.rungBase[r + 1] = end;
    this.rungCursor[r] = 0;
    this.rungStart[r] = start;
    this.rungWidth[r] = width;
    this.rungScale[r] = 1 / width;
    this.rungLeft[r] = start;
    if (end > this.buckets.length) {
      const grown = new Int32Array(Math.max(end, 2 * this.buckets.length));
      grown.set(this.buckets);
      this.buckets = grown;
    }
  }

  /** Empties the bottom into the lowest rung. */
  private pourBottom(): void {
    this.pour(this.row, this.head, this.tail);
    this.head = this.tail = this.row.length >> 2;
  }

  /** Puts records into the lowest rung, oldest first. */
  private pour(from: Float64Array, first: number, end: number): void {
    const r = this.rungs - 1;
    const base = this.rungBase[r];
    const start = this.rungStart[r];
    const scale = this.rungScale[r];
    for (let i = first; i < end; i++) {
      let slot = this.free;
      if (slot === 0) slot = this.growPool();
      this.free = this.next[slot];
      const at = from[2 * i];
      this.pool[2 * slot] = at;
      this.pool[2 * slot + 1] = from[2 * i + 1];
      const bucket = base + (((at - start) * scale) | 0);
      this.next[slot] = this.buckets[bucket];
      this.buckets[bucket] = slot;
    }
  }

  /** Moves a bucket to the bottom, oldest first, and gives its slots back. */
  private load(bucket: number): void {
    const { pool, next } = this;
    let row = this.row;
    let at = row.length >> 2;
    this.tail = at;
    const newest = this.buckets[bucket];
    let slot = newest;
    let last = slot;
    while (slot !== 0) {
      if (at === 0) {
        at = this.growDown();
        row = this.row;
      }
      at--;
      row[2 * at] = pool[2 * slot];
      row[2 * at + 1] = pool[2 * slot + 1];
      last = slot;
      slot = next[slot];
    }
    this.head = at;
    next[last] = this.free;
    this.free = newest;
    this.buckets[bucket] = 0;
  }

  /** Stable insertion sort: short rows only, or rows of one time, which it passes through once. */
  private sortBottom(): void {
    const { row, head, tail } = this;
    for (let i = head + 1; i < tail; i++) {
      const at = row[2 * i];
      if (row[2 * i - 2] <= at) continue;
      const payload = row[2 * i + 1];
      let j = i;
      do {
        row[2 * j] = row[2 * j - 2];
        row[2 * j + 1] = row[2 * j - 1];
        j--;
      } while (j > head && row[2 * j - 2] > at);
      row[2 * j] = at;
      row[2 * j + 1] = payload;
    }
  }

  private bottomTies(): boolean {
    const { row, head, tail } = this;
    const at = row[2 * head];
    for (let i = head + 1; i < tail; i++) if (row[2 * i] !== at) return false;
    return true;
  }

  /** Everything in the queue, in an order that keeps events of one time in the order they came. Empties the queue. */
  private drain(): Float64Array<ArrayBuffer> {
    const all = new Float64Array(2 * Math.max(ROOM, this.size));
    let n = 0;
    const collect = () => {
      all.set(this.row.subarray(2 * this.head, 2 * this.tail), n);
      n += 2 * (this.tail - this.head);
    };
    collect();
    const end = this.rungBase[this.rungs];
    for (let bucket = 0; bucket < end; bucket++) {
      if (this.buckets[bucket] === 0) continue;
      this.load(bucket);
      collect();
    }
    all.set(this.top.subarray(0, 2 * this.topCount), n);
    this.rungs = 0;
    this.head = this.tail = this.row.length >> 2;
    return all;
  }

  /** Makes room at both ends of the bottom. */
  private recentre(): void {
    const count = this.tail - this.head;
    const capacity = this.row.length / 2;
    const start = capacity >> 2;
    if (start + 2 * count <= capacity) {
      this.row.copyWithin(2 * start, 2 * this.head, 2 * this.tail);
    } else {
      const grown = new Float64Array(4 * this.row.length);
      grown.set(this.row.subarray(2 * this.head, 2 * this.tail), 2 * start);
      this.adoptRow(grown);
    }
    this.head = start;
    this.tail = start + count;
  }

  /** The row is full down to element 0 while a bucket is loaded: doubles it, keeping its contents at the upper end. */
  private growDown(): number {
    const { row } = this;
    const grown = new Float64Array(2 * row.length);
    grown.set(row, row.length);
    this.tail += row.length / 2;
    this.adoptRow(grown);
    return row.length / 2;
  }

  private adoptRow(row: Float64Array<ArrayBuffer>): void {
    this.row = row;
    this.rowBits = new Int32Array(row.buffer);
  }

  private growTop(): void {
    const grown = new Float64Array(2 * this.top.length);
    grown.set(this.top);
    this.top = grown;
    this.topBits = new Int32Array(grown.buffer);
  }

  /** Doubles the pool; returns the first of the new slots, which are the free list now. */
  private growPool(): number {
    const old = this.next.length;
    const count = Math.max(64, 2 * old);
    const pool = new Float64Array(2 * count);
    pool.set(this.pool);
    const next = new Int32Array(count);
    next.set(this.next);
    for (let slot = old; slot < count - 1; slot++) next[slot] = slot + 1;
    this.pool = pool;
    this.poolBits = new Int32Array(pool.buffer);
    this.next = next;
    this.free = old;
    return old;
  }
}
