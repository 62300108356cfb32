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
 * A record is two doubles: the time, and handler and argument packed into the mantissa of the second (see `TAG`). Offsets into flat
 * arrays of records count doubles, so they are even.
 */
import { invariant } from './errors.ts';

/** Up to this many events the bottom is the whole queue. */
const SMALL = 16;
/** A bucket with more events than this is split instead of sorted. */
const SORTED = 48;
/** Least length of the flat arrays, in doubles. */
const ROOM = 512;
const MIN_BUCKETS = 64;
const MAX_BUCKETS = 1 << 20;
/** 64 buckets a rung and 53-bit times need 9; the rest is for events that keep arriving before the lowest rung. */
const MAX_RUNGS = 20;

/**
 * 2^52 + handler * 2^32 + argument is an integer below 2^53, so the low word of its bits is the argument and the low 20 bits of its
 * high word are the handler. Packing is arithmetic and unpacking reads two words; moving one double can change nothing in it.
 */
const TAG = 2 ** 52;
const TWO_32 = 2 ** 32;
const HANDLER_MASK = 0xfffff;

/** Offsets of a rung's numbers in `rung`. `LEFT` is where the part starts that is not yet in a lower rung or the bottom. */
const LEFT = 0;
const START = 1;
const WIDTH = 2;
/** 1 / width: exact, because widths are powers of two. */
const SCALE = 3;

export class EventQueue {
  /** Time of the earliest event, Infinity when there is none. */
  nextDue = Infinity;
  /** The clock. No event lies before it; whoever moves it keeps it that way. */
  now = 0;
  /** Events in the queue. */
  size = 0;

  private topStart = Infinity;
  private staged = 0;
  private head = ROOM >> 1;
  private tail = ROOM >> 1;
  private row = new Float64Array(ROOM);
  private rowBits = new Int32Array(this.row.buffer);
  /** Elements shifted by insertions since the bottom was last filled. */
  private shifted = 0;

  private topEnd = 0;
  private top = new Float64Array(ROOM);

  /** Slot 0 is the end of every list. */
  private free = 0;
  private pool = new Float64Array(2);
  private next = new Int32Array(1);

  private rungs = 0;
  private readonly rung = new Float64Array(4 * MAX_RUNGS);
  private readonly rungBase = new Int32Array(MAX_RUNGS + 1);
  private readonly rungCursor = new Int32Array(MAX_RUNGS);
  /** Buckets of all rungs, one after the other: the newest slot of each. Empty ones are 0, and those behind the cursor are empty. */
  private buckets = new Int32Array(MIN_BUCKETS);

  /** Adds an event. The caller has checked `now <= at < 2^53`. */
  push(at: number, handler: number, arg: number): void {
    if (at >= this.topStart) {
      const end = this.topEnd;
      if (end === this.top.length) this.growTop();
      this.top[end] = at;
      this.top[end + 1] = TAG + handler * TWO_32 + (arg >>> 0);
      this.topEnd = end + 2;
      this.size++;
    } else {
      // A call that is not inlined would box the time in a new object; a field does not.
      this.staged = at;
      this.pushLow(handler, arg);
    }
  }

  /** Handler of the earliest event. */
  frontHandler(): number {
    return this.rowBits[(this.head << 1) + 3] & HANDLER_MASK;
  }

  /** Argument of the earliest event. */
  frontArg(): number {
    return this.rowBits[(this.head << 1) + 2];
  }

  /** Removes the earliest event; there must be one. */
  drop(): void {
    const head = this.head + 2;
    this.head = head;
    this.size--;
    if (head < this.tail) this.nextDue = this.row[head];
    else if (this.topStart === Infinity) this.clear();
    else this.refill();
  }

  /** Takes the queue apart and builds it up again, keeping order, without the events for which `keep` is false. O(size). */
  rebuild(keep?: (handler: number, arg: number) => boolean): void {
    const records = this.drain();
    const bits = new Int32Array(records.buffer);
    let end = 0;
    for (let i = 0; i < 2 * this.size; i += 2) {
      if (keep && !keep(bits[2 * i + 3] & HANDLER_MASK, bits[2 * i + 2])) continue;
      records[end] = records[i];
      records[end + 1] = records[i + 1];
      end += 2;
    }
    this.top = records;
    this.topEnd = end;
    this.size = end >> 1;
    this.refill();
  }

  /** Adds the event of time `staged` to the rung it belongs to, or in order to the bottom, behind events of the same time. */
  private pushLow(handler: number, arg: number): void {
    const at = this.staged;
    const payload = TAG + handler * TWO_32 + (arg >>> 0);
    this.size++;
    for (let r = 0; r < this.rungs; r++) {
      const rung = this.rung;
      if (at < rung[4 * r + LEFT]) continue;
      let slot = this.free;
      if (slot === 0) slot = this.growPool();
      const { next, pool, buckets } = this;
      this.free = next[slot];
      pool[slot << 1] = at;
      pool[(slot << 1) + 1] = payload;
      const bucket = this.rungBase[r] + (((at - rung[4 * r + START]) * rung[4 * r + SCALE]) | 0);
      next[slot] = buckets[bucket];
      buckets[bucket] = slot;
      return;
    }
    if (this.tail === this.row.length) this.recentre();
    const row = this.row;
    const head = this.head;
    let i = this.tail;
    if (i - head > 2 * SMALL) {
      i = at < row[head + (((i - head) >> 2) << 1)] ? this.gapFromHead() : this.gapFromTail();
    } else {
      this.tail = i + 2;
      // Two steps a turn: each turn loads the array's address and length anew.
      while (i > head && row[i - 2] > at) {
        row[i] = row[i - 2];
        row[i + 1] = row[i - 1];
        i -= 2;
        if (i <= head || row[i - 2] <= at) break;
        row[i] = row[i - 2];
        row[i + 1] = row[i - 1];
        i -= 2;
      }
    }
    this.row[i] = at;
    this.row[i + 1] = payload;
    if (i === this.head) this.nextDue = at;
    if (this.tail - this.head > 2 * SMALL) this.crowded();
  }

  /** Shifts the earlier part of the bottom to make a gap for the staged event; returns its offset. */
  private gapFromHead(): number {
    if (this.head === 0) this.recentre();
    const row = this.row;
    const at = this.staged;
    let i = this.head - 2;
    this.head = i;
    while (row[i + 2] <= at) {
      row[i] = row[i + 2];
      row[i + 1] = row[i + 3];
      i += 2;
    }
    this.shifted += i - this.head;
    return i;
  }

  /** Shifts the later part of the bottom to make a gap for the staged event; returns its offset. */
  private gapFromTail(): number {
    const row = this.row;
    const at = this.staged;
    let i = this.tail;
    this.tail = i + 2;
    while (row[i - 2] > at) {
      row[i] = row[i - 2];
      row[i + 1] = row[i - 1];
      i -= 2;
    }
    this.shifted += this.tail - i;
    return i;
  }

  private crowded(): void {
    if (this.topStart === Infinity) {
      this.topStart = this.row[this.tail - 2] + 1;
      this.shifted = 0;
      return;
    }
    const moved = this.rungs < MAX_RUNGS ? this.tail - this.head : 2 * this.size;
    if (this.shifted > 4 * moved + 256) this.spread();
  }

  /** Moves the bottom into buckets: back into those of the lowest rung if it spans several, else into a new rung. */
  private spread(): void {
    this.shifted = 0;
    const first = this.row[this.head];
    const last = this.row[this.tail - 2];
    if (first === last) return;
    const r = this.rungs - 1;
    if (r < 0) {
      this.openRung(this.now, this.topStart - this.now, this.tail - this.head);
    } else {
      const start = this.rung[4 * r + START];
      const width = this.rung[4 * r + WIDTH];
      const from = Math.floor((first - start) / width);
      if (from >= 0 && from < Math.floor((last - start) / width)) this.rungCursor[r] = from;
      else if (r + 1 === MAX_RUNGS) {
        this.rebuild();
        return;
      } else if (from >= 0) this.openRung(start + from * width, width, this.tail - this.head);
      else this.openRung(this.now, this.rung[4 * r + LEFT] - this.now, this.tail - this.head);
    }
    this.pour(this.row, this.head, this.tail);
    this.refill();
  }

  /** Finds the earliest events and makes them the bottom, whose contents are gone. */
  private refill(): void {
    this.clear();
    for (;;) {
      if (this.rungs === 0) {
        if (this.takeTop()) break;
        continue;
      }
      const r = this.rungs - 1;
      const base = this.rungBase[r];
      const end = this.rungBase[r + 1];
      const buckets = this.buckets;
      let bucket = base + this.rungCursor[r];
      while (bucket < end && buckets[bucket] === 0) bucket++;
      if (bucket === end) {
        this.rungs = r;
        continue;
      }
      const width = this.rung[4 * r + WIDTH];
      const start = this.rung[4 * r + START] + (bucket - base) * width;
      this.rungCursor[r] = bucket - base + 1;
      this.rung[4 * r + LEFT] = start + width;
      this.load(bucket);
      if (this.tail - this.head <= 2 * SORTED || width === 1 || this.bottomTies()) {
        this.sortBottom();
        break;
      }
      if (this.rungs === MAX_RUNGS) {
        this.rebuild();
        return;
      }
      this.openRung(start, width, this.tail - this.head);
      this.pour(this.row, this.head, this.tail);
    }
    this.nextDue = this.head < this.tail ? this.row[this.head] : Infinity;
  }

  private clear(): void {
    this.head = this.tail = (this.row.length >> 2) << 1;
    this.shifted = 0;
    this.nextDue = Infinity;
  }

  /** There are no rungs: makes the top the bottom (true) or rung 0 (false). */
  private takeTop(): boolean {
    const { top, topEnd } = this;
    this.topEnd = 0;
    if (topEnd <= 2 * SORTED) {
      this.clear();
      for (let i = 0; i < topEnd; i++) this.row[this.tail + i] = top[i];
      this.tail += topEnd;
      this.sortBottom();
      this.topStart = topEnd <= 2 * SMALL ? Infinity : this.row[this.tail - 2] + 1;
      return true;
    }
    let min = top[0];
    let max = min;
    for (let i = 2; i < topEnd; i += 2) {
      const at = top[i];
      if (at < min) min = at;
      else if (at > max) max = at;
    }
    this.topStart = max + 1;
    if (min === max) {
      this.top = this.row;
      this.adoptRow(top);
      this.head = 0;
      this.tail = topEnd;
      return true;
    }
    this.openRung(min, max + 1 - min, topEnd);
    this.pour(top, 0, topEnd);
    return false;
  }

  /** Opens the next rung over `span` cycles from `start`, for `length / 2` events: up to two buckets for each. */
  private openRung(start: number, span: number, length: number): void {
    const wanted = Math.min(MAX_BUCKETS, Math.max(MIN_BUCKETS, length));
    let width = 1;
    while (width * wanted < span) width *= 2;
    const r = this.rungs++;
    invariant(r < MAX_RUNGS, 'more rungs than the ladder has');
    const end = this.rungBase[r] + Math.ceil(span / width);
    this.rungBase[r + 1] = end;
    this.rungCursor[r] = 0;
    this.rung[4 * r + LEFT] = start;
    this.rung[4 * r + START] = start;
    this.rung[4 * r + WIDTH] = width;
    this.rung[4 * r + SCALE] = 1 / width;
    if (end > this.buckets.length) {
      const grown = new Int32Array(Math.max(end, 2 * this.buckets.length));
      grown.set(this.buckets);
      this.buckets = grown;
    }
  }

  /** Puts records into the lowest rung, oldest first. */
  private pour(from: Float64Array, first: number, end: number): void {
    const r = this.rungs - 1;
    const base = this.rungBase[r];
    const start = this.rung[4 * r + START];
    const scale = this.rung[4 * r + SCALE];
    const buckets = this.buckets;
    for (let i = first; i < end; i += 2) {
      let slot = this.free;
      if (slot === 0) slot = this.growPool();
      const { next, pool } = this;
      this.free = next[slot];
      const at = from[i];
      pool[slot << 1] = at;
      pool[(slot << 1) + 1] = from[i + 1];
      const bucket = base + (((at - start) * scale) | 0);
      next[slot] = buckets[bucket];
      buckets[bucket] = slot;
    }
  }

  /** Moves a bucket to the bottom, oldest first, and gives its slots back. */
  private load(bucket: number): void {
    const { pool, next } = this;
    let row = this.row;
    let i = (row.length >> 2) << 1;
    this.tail = i;
    const newest = this.buckets[bucket];
    let last = newest;
    for (let slot = newest; slot !== 0; slot = next[slot]) {
      if (i === 0) {
        i = this.growDown();
        row = this.row;
      }
      i -= 2;
      row[i] = pool[slot << 1];
      row[i + 1] = pool[(slot << 1) + 1];
      last = slot;
    }
    this.head = i;
    next[last] = this.free;
    this.free = newest;
    this.buckets[bucket] = 0;
  }

  /** Stable insertion sort: short rows only, or rows of one time, which it passes through once. */
  private sortBottom(): void {
    const { row, head, tail } = this;
    for (let i = head + 2; i < tail; i += 2) {
      const at = row[i];
      if (row[i - 2] <= at) continue;
      const payload = row[i + 1];
      let j = i;
      do {
        row[j] = row[j - 2];
        row[j + 1] = row[j - 1];
        j -= 2;
      } while (j > head && row[j - 2] > at);
      row[j] = at;
      row[j + 1] = payload;
    }
  }

  private bottomTies(): boolean {
    const { row, head, tail } = this;
    for (let i = head + 2; i < tail; i += 2) if (row[i] !== row[head]) return false;
    return true;
  }

  /** Everything in the queue, in an order that keeps events of one time in the order they came. Leaves rungs and bottom empty. */
  private drain(): Float64Array<ArrayBuffer> {
    const all = new Float64Array(Math.max(ROOM, 2 * this.size));
    let end = 0;
    const collect = () => {
      all.set(this.row.subarray(this.head, this.tail), end);
      end += this.tail - this.head;
    };
    collect();
    const buckets = this.rungBase[this.rungs];
    for (let bucket = 0; bucket < buckets; bucket++) {
      if (this.buckets[bucket] === 0) continue;
      this.load(bucket);
      collect();
    }
    all.set(this.top.subarray(0, this.topEnd), end);
    this.rungs = 0;
    return all;
  }

  /** Makes room at both ends of the bottom. */
  private recentre(): void {
    const length = this.tail - this.head;
    const start = (this.row.length >> 3) << 1;
    if (start + 2 * length <= this.row.length) {
      this.row.copyWithin(start, this.head, this.tail);
    } else {
      const grown = new Float64Array(4 * this.row.length);
      grown.set(this.row.subarray(this.head, this.tail), start);
      this.adoptRow(grown);
    }
    this.head = start;
    this.tail = start + length;
  }

  /** The row is full down to its first element while a bucket is loaded: doubles it, keeping its contents at the upper end. */
  private growDown(): number {
    const { row } = this;
    const grown = new Float64Array(2 * row.length);
    grown.set(row, row.length);
    this.tail += row.length;
    this.adoptRow(grown);
    return row.length;
  }

  private adoptRow(row: Float64Array<ArrayBuffer>): void {
    this.row = row;
    this.rowBits = new Int32Array(row.buffer);
  }

  private growTop(): void {
    const grown = new Float64Array(2 * this.top.length);
    grown.set(this.top);
    this.top = grown;
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
    this.next = next;
    this.free = old;
    return old;
  }
}
