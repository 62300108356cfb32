/**
 * VPs that are ready, in the order of their virtual time: a binary heap for each set of logical processors that VPs are bound to. As a
 * rule there is one set, all processors, and so one heap; taking the first costs log n.
 */
import type { Schedulable } from './schedulable.ts';

class Heap {
  readonly affinity: readonly number[] | undefined;
  private readonly items: Schedulable[] = [];

  constructor(affinity: readonly number[] | undefined) {
    this.affinity = affinity;
  }

  get first(): Schedulable | undefined {
    return this.items[0];
  }

  push(item: Schedulable): void {
    item.place = this.items.length;
    this.items.push(item);
    this.up(item.place);
  }

  remove(item: Schedulable): void {
    const { place } = item;
    const last = this.items.pop() as Schedulable;
    item.place = -1;
    if (last === item) return;
    this.put(last, place);
    this.up(place);
    this.down(last.place);
  }

  private put(item: Schedulable, place: number): void {
    this.items[place] = item;
    item.place = place;
  }

  private up(from: number): void {
    const item = this.items[from];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!item.before(this.items[parent])) break;
      this.put(this.items[parent], at);
      at = parent;
    }
    this.put(item, at);
  }

  private down(from: number): void {
    const { items } = this;
    const item = items[from];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1].before(items[child])) child++;
      if (!items[child].before(item)) break;
      this.put(items[child], at);
      at = child;
    }
    this.put(item, at);
  }
}

export class RunQueue {
  /** VPs that wait. */
  size = 0;
  private readonly heaps: Heap[] = [];
  private readonly numbers = new Map<string, number>();
  private arrivals = 0;

  /** The number of the queue for VPs of this affinity. */
  number(affinity: readonly number[] | undefined): number {
    const key = affinity === undefined ? 'all' : [...affinity].sort((a, b) => a - b).join();
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.heaps.length);
    return this.heaps.push(new Heap(affinity)) - 1;
  }

  add(item: Schedulable): void {
    item.order = this.arrivals++;
    this.size++;
    this.heaps[item.queue].push(item);
  }

  remove(item: Schedulable): void {
    this.size--;
    this.heaps[item.queue].remove(item);
  }

  /** Who runs next on this processor; `undefined` when nobody waits that may. Stays in the queue. */
  next(processor: number): Schedulable | undefined {
    let best: Schedulable | undefined;
    for (const { affinity, first } of this.heaps) {
      if (!first || (affinity !== undefined && !affinity.includes(processor))) continue;
      if (best === undefined || first.before(best)) best = first;
    }
    return best;
  }
}
