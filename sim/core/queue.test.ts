import { describe, expect, it } from 'vitest';
import { EventQueue } from './queue.ts';
import { Rng } from './rng.ts';

/** The parts of the queue that move records. */
interface Movers {
  shifted: number;
  head: number;
  tail: number;
  row: Float64Array;
  pour(from: Float64Array, first: number, end: number): void;
  load(bucket: number): void;
  gapFromHead(): number;
  gapFromTail(): number;
  sortBottom(): void;
}

/** A queue that counts how many records it moves, of which pushing the first time is none. */
function counted(): { queue: EventQueue; moves: () => number } {
  const queue = new EventQueue();
  const inner = queue as unknown as Movers;
  let moves = 0;
  const { pour, load, gapFromHead, gapFromTail, sortBottom } = inner;
  inner.pour = function (from, first, end) {
    moves += (end - first) / 2;
    pour.call(this, from, first, end);
  };
  inner.load = function (bucket) {
    load.call(this, bucket);
    moves += (this.tail - this.head) / 2;
  };
  inner.gapFromHead = function () {
    const before = this.shifted;
    const gap = gapFromHead.call(this);
    moves += (this.shifted - before) / 2;
    return gap;
  };
  inner.gapFromTail = function () {
    const before = this.shifted;
    const gap = gapFromTail.call(this);
    moves += (this.shifted - before) / 2;
    return gap;
  };
  inner.sortBottom = function () {
    for (let i = this.head; i < this.tail; i += 2) {
      for (let j = this.head; j < i && this.tail - this.head < 200; j += 2)
        if (this.row[j] > this.row[i]) moves++;
    }
    sortBottom.call(this);
  };
  return { queue, moves: () => moves };
}

const COUNT = 60_000;

/** Delays for a population held constant, and lists of times posted at once. */
const HELD: Record<string, (rng: Rng) => number> = {
  exponential: (rng) => Math.floor(rng.exponential(1e6)),
  constant: () => 1000,
  'integers 1 to 8': (rng) => rng.int(1, 8),
  uniform: (rng) => rng.int(0, 1e6),
  bimodal: (rng) => (rng.chance(0.9) ? rng.int(0, 1e4) : rng.int(1e8, 2e8)),
  Pareto: (rng) => Math.min(1e14, Math.floor(1e3 * (1 - rng.float()) ** (-1 / 1.1))),
  'half zero': (rng) => (rng.chance(0.5) ? 0 : rng.int(0, 1e6)),
  'every scale': (rng) => Math.floor(2 ** (rng.float() * 45)),
};

const POSTED: Record<string, (i: number) => number> = {
  descending: (i) => COUNT - i,
  ascending: (i) => i,
  'one time': () => 7,
  'two times in turn': (i) => (i % 2 ? 9 : 7),
  'three masses': (i) => [100, 200, 150][i % 3],
  'halving times': (i) => Math.floor(2 ** (52 - (i / COUNT) * 52)),
  'descending batches': (i) => 1e6 - Math.floor(i / 65),
  scattered: (i) => (i * 7919) % 50_021,
  'far, then near': (i) => (i < COUNT / 2 ? 2 ** 52 + i : (i * 31) % 997),
};

describe('never quadratic: records moved per event', () => {
  it.each(Object.entries(POSTED))('%s, posted at once', (_name, time) => {
    const { queue, moves } = counted();
    for (let i = 0; i < COUNT; i++) queue.push(time(i), 1, i);
    while (queue.nextDue < Infinity) {
      queue.now = queue.nextDue;
      queue.drop();
    }
    expect(moves() / COUNT).toBeLessThan(30);
  });

  it.each(Object.entries(HELD))('%s, 10 to 20 000 in flight', (_name, delay) => {
    for (const size of [10, 100, 1000, 20_000]) {
      const { queue, moves } = counted();
      const rng = new Rng(11);
      for (let i = 0; i < size; i++) queue.push(delay(rng), 1, i);
      for (let i = 0; i < COUNT; i++) {
        queue.now = queue.nextDue;
        const arg = queue.frontArg();
        queue.drop();
        queue.push(queue.now + delay(rng), 1, arg);
      }
      expect(moves() / COUNT).toBeLessThan(30);
    }
  });
});

describe('rungs', () => {
  it('can all be used up: the queue builds itself anew and keeps order', () => {
    const queue = new EventQueue();
    let pushed = 0;
    const push = (at: number) => queue.push(at, 1, pushed++);
    // Each batch lies before all that is there, in the middle of what is left, and is large enough to be spread over a rung of its own.
    for (let top = 2 ** 52; top > 2 ** 10; top = Math.floor(top / 2)) {
      for (let i = 0; i < 400; i++) push(top - ((i * 7919) % 401));
    }
    let last = -1;
    let popped = 0;
    while (queue.nextDue < Infinity) {
      expect(queue.nextDue).toBeGreaterThanOrEqual(last);
      last = queue.nextDue;
      queue.now = last;
      queue.drop();
      popped++;
    }
    expect(popped).toBe(pushed);
  });
});

describe('rebuild', () => {
  it('drops what is not wanted and keeps the order of the rest', () => {
    for (const size of [5, 40, 500, 30_000]) {
      const queue = new EventQueue();
      const rng = new Rng(size);
      const kept: [number, number][] = [];
      for (let i = 0; i < size; i++) {
        const at = rng.int(0, size >> 2);
        queue.push(at, (i % 3) + 1, i);
        if (i % 3 !== 1) kept.push([at, i]);
      }
      for (let i = 0; i < size >> 3; i++) queue.drop();
      const gone = queue.now;
      queue.rebuild((handler) => handler !== 2);
      const order: number[] = [];
      while (queue.nextDue < Infinity) {
        order.push(queue.frontArg());
        queue.drop();
      }
      const expected = kept.sort((x, y) => x[0] - y[0] || x[1] - y[1]).map(([, i]) => i);
      expect(order).toEqual(expected.slice(expected.length - order.length));
      expect(order.length).toBeGreaterThan(size >> 2);
      expect(gone).toBe(0);
    }
  });

  it('carries handler and argument through every move', () => {
    const queue = new EventQueue();
    const rng = new Rng(5);
    const sent = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const handler = rng.int(0, 2 ** 20 - 1);
      sent.set(i, handler);
      queue.push(rng.int(0, 1e9), handler, i);
    }
    queue.rebuild();
    let wrong = 0;
    while (queue.nextDue < Infinity) {
      if (sent.get(queue.frontArg()) !== queue.frontHandler()) wrong++;
      queue.drop();
    }
    expect(wrong).toBe(0);
  });
});
