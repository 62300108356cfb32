/**
 * Events of one kind that many requests share: those that are posted one after the other for the same time ride on one event of the
 * engine, in their order. A queue of requests that all start at once then costs the engine one event instead of one each.
 */
import type { Engine } from '../../core/engine.ts';
import type { Cycles } from '../../core/units.ts';

const NONE = -1;

export class SharedEvents {
  readonly #engine: Engine;
  readonly #handler: number;
  readonly #fire: (slot: number) => void;
  /** The slot that rides behind each slot. */
  readonly #behind: number[] = [];
  /** The slot posted last, as long as its event has not begun, and the time of that event. */
  #last = NONE;
  #lastAt: Cycles = -1;

  /** `fire` is called with each posted slot at its time. */
  constructor(engine: Engine, name: string, fire: (slot: number) => void) {
    this.#engine = engine;
    this.#fire = fire;
    this.#handler = engine.handler(name, (first) => this.#run(first));
  }

  /** Posts `slot`, a small number that is not posted already. */
  post(at: Cycles, slot: number): void {
    this.#behind[slot] = NONE;
    if (this.#last !== NONE && at === this.#lastAt) this.#behind[this.#last] = slot;
    else this.#begin(at, slot);
    this.#last = slot;
  }

  #begin(at: Cycles, slot: number): void {
    this.#engine.post(at, this.#handler, slot);
    this.#lastAt = at;
  }

  #run(first: number): void {
    if (this.#lastAt === this.#engine.now) this.#last = NONE;
    for (let slot = first; slot !== NONE; ) {
      const next = this.#behind[slot];
      this.#fire(slot);
      slot = next;
    }
  }
}
