/**
 * The engine: virtual time in cycles, and events in the order (time, then first come first served).
 *
 * An event is a handler number and a 32-bit argument; nothing is allocated per event. A device that wants to be called later and to
 * change its mind owns a {@link Timer}. Generator programs are a layer above (`program.ts`).
 *
 * A virtual processor runs ahead of the queue by itself: while {@link Engine.nextDue} lies beyond its own clock nothing can happen to
 * it, and {@link Engine.skipTo} moves the time without touching the queue.
 */
import { invariant, SimBug, UserError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { EventQueue } from './queue.ts';
import type { Cycles } from './units.ts';

/** A single-shot alarm owned by a device. Setting it again moves it; an alarm that is not set is idle. */
export interface Timer {
  readonly name: string;
  /** When it goes off; Infinity when idle. Already Infinity while its handler runs. */
  readonly due: Cycles;
  /** Goes off at `at` (>= now) instead of whenever it was set for. Among events of one time it comes after those already there. */
  set(at: Cycles): void;
  /** Becomes idle. */
  cancel(): void;
}

/**
 * Why {@link Engine.run} returned: nothing is left to do, the next event lies beyond `until`, or `budget` events have run.
 * `events` counts those of this call.
 */
export type RunEnd = { kind: 'idle' | 'until' | 'budget'; events: number };

/** Handler number of all timers; the argument is the ticket of one setting. */
const TIMER = 0;
/** Fewer cancelled entries than this are not worth a rebuild of the queue. */
const DEAD_ALLOWED = 1024;
const NO_TICKET = -1;

/**
 * Every setting of a timer takes a ticket, which names the timer while it stands. Cancelling voids the ticket; the queue's entry
 * stays behind and is dropped when it reaches the front, or by a rebuild when there are more void entries than others.
 */
class Tickets {
  private readonly owners: (Alarm | undefined)[] = [];
  private readonly spare: number[] = [];

  take(alarm: Alarm): number {
    const ticket = this.spare.pop() ?? this.owners.length;
    this.owners[ticket] = alarm;
    return ticket;
  }

  void(ticket: number): void {
    this.owners[ticket] = undefined;
  }

  owner(ticket: number): Alarm | undefined {
    return this.owners[ticket];
  }

  /** The queue holds no entry with this ticket any more. */
  release(ticket: number): void {
    this.owners[ticket] = undefined;
    this.spare.push(ticket);
  }
}

export class Engine {
  /** Events run since the start. */
  events = 0;
  private readonly queue = new EventQueue();
  private readonly names: string[] = [];
  private readonly fires: ((arg: number) => void)[] = [];
  private readonly tickets = new Tickets();
  /** Void entries in the queue. */
  private dead = 0;
  private depth = 0;

  constructor() {
    const timer = this.handler('timer', (ticket) => this.ring(ticket));
    invariant(timer === TIMER, 'timers have the first handler number');
  }

  /** Virtual time in cycles; inside a handler the time of its event. */
  get now(): Cycles {
    return this.queue.now;
  }

  /** Time of the earliest pending event, Infinity when there is none. */
  get nextDue(): Cycles {
    return this.queue.nextDue;
  }

  /** Events waiting to run. */
  get pending(): number {
    return this.queue.size - this.dead;
  }

  /** Registers a handler under a name for people; returns its number for {@link post}. */
  handler(name: string, fire: (arg: number) => void): number {
    const id = this.fires.length;
    invariant(
      id < LIMITS.handlers.value,
      `more than ${LIMITS.handlers.value} handlers; is one registered per event?`,
    );
    this.names.push(name);
    this.fires.push(fire);
    return id;
  }

  /** The name a handler was registered under. */
  handlerName(handler: number): string {
    return this.names[handler];
  }

  /** Calls `handler` with `arg` (an integer of 32 bits, signed) at `at`, an integer >= now. */
  post(at: Cycles, handler: number, arg = 0): void {
    const queue = this.queue;
    if (!(at >= queue.now && at <= Number.MAX_SAFE_INTEGER)) this.badTime('post', at);
    queue.push(at, handler, arg);
  }

  /** A new idle timer. `fire` runs when it goes off, and may set it again. */
  timer(name: string, fire: () => void): Timer {
    return new Alarm(name, fire, this);
  }

  /**
   * Runs the events due at or before `until`, at most `budget` of them. Afterwards `now` is `until` if that is finite and was reached,
   * else the time of the last event. May be called from inside a handler: the events run nested, and the handler goes on at a later time.
   * @throws UserError when neither end is given and nothing comes to rest within `LIMITS.events`
   */
  run(until: Cycles = Infinity, budget?: number): RunEnd {
    this.enter();
    try {
      if (until !== Infinity || budget !== undefined) return this.loop(until, budget ?? Infinity);
      const end = this.loop(Infinity, LIMITS.events.value);
      if (end.kind === 'budget') throw endless(end.events);
      return end;
    } finally {
      this.depth--;
    }
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    return this.run(Infinity, 1).events === 1;
  }

  /**
   * Runs everything due at or before `at`, then `now` is `at`. From inside a handler it does the same, nested: the handler continues at
   * `at`. (If an event of its own advanced further, `now` stays there.)
   */
  advanceTo(at: Cycles): void {
    const queue = this.queue;
    if (!(at >= queue.now && at <= Number.MAX_SAFE_INTEGER)) this.badTime('advance', at);
    if (queue.nextDue <= at) this.run(at);
    else queue.now = at;
  }

  /** The cheap {@link advanceTo} for when nothing is due: `now <= at < nextDue` must hold. */
  skipTo(at: Cycles): void {
    const queue = this.queue;
    if (!(at < queue.nextDue && at >= queue.now)) this.badTime('skip', at);
    queue.now = at;
  }

  private loop(until: Cycles, budget: number): RunEnd {
    const queue = this.queue;
    const limit = Math.min(until, Number.MAX_SAFE_INTEGER);
    let events = 0;
    while (queue.nextDue <= limit) {
      if (events >= budget) return { kind: 'budget', events };
      events++;
      this.fireNext();
    }
    if (until !== Infinity && until > queue.now) queue.now = until;
    return { kind: queue.nextDue === Infinity ? 'idle' : 'until', events };
  }

  private fireNext(): void {
    const queue = this.queue;
    const handler = queue.frontHandler();
    const arg = queue.frontArg();
    queue.now = queue.nextDue;
    queue.drop();
    if (this.dead !== 0) this.dropVoid();
    this.events++;
    const fire = this.fires[handler];
    fire(arg);
  }

  private enter(): void {
    if (this.depth++ < LIMITS.nesting.value) return;
    this.depth--;
    throw new SimBug('handlers run the engine from inside the engine without end', { time: this.queue.now });
  }

  /** Drops void entries from the front, so that `nextDue` is always the time of something that will happen. */
  private dropVoid(): void {
    const { queue, tickets } = this;
    while (queue.nextDue !== Infinity && queue.frontHandler() === TIMER) {
      const ticket = queue.frontArg();
      if (tickets.owner(ticket)) return;
      queue.drop();
      tickets.release(ticket);
      this.dead--;
    }
  }

  /** @internal */
  setAlarm(alarm: Alarm, at: Cycles): number {
    const ticket = this.tickets.take(alarm);
    this.post(at, TIMER, ticket);
    return ticket;
  }

  /** @internal */
  voidAlarm(ticket: number, due: Cycles): void {
    this.tickets.void(ticket);
    this.dead++;
    if (due === this.queue.nextDue) this.dropVoid();
    if (this.dead > DEAD_ALLOWED && 2 * this.dead > this.queue.size) this.sweep();
  }

  private ring(ticket: number): void {
    const alarm = this.tickets.owner(ticket);
    this.tickets.release(ticket);
    alarm?.ring();
  }

  private sweep(): void {
    this.queue.rebuild((handler, arg) => {
      if (handler !== TIMER || this.tickets.owner(arg)) return true;
      this.tickets.release(arg);
      return false;
    });
    this.dead = 0;
  }

  private badTime(verb: string, at: number): never {
    const { now, nextDue } = this.queue;
    throw new SimBug(`cannot ${verb} to ${at}: now is ${now}, the next event is due at ${nextDue}`, {
      time: now,
    });
  }
}

class Alarm implements Timer {
  readonly name: string;
  due: Cycles = Infinity;
  private ticket = NO_TICKET;
  private readonly fire: () => void;
  private readonly engine: Engine;

  constructor(name: string, fire: () => void, engine: Engine) {
    this.name = name;
    this.fire = fire;
    this.engine = engine;
  }

  set(at: Cycles): void {
    this.cancel();
    this.ticket = this.engine.setAlarm(this, at);
    this.due = at;
  }

  cancel(): void {
    const { ticket, due } = this;
    if (ticket === NO_TICKET) return;
    this.ticket = NO_TICKET;
    this.due = Infinity;
    this.engine.voidAlarm(ticket, due);
  }

  ring(): void {
    this.ticket = NO_TICKET;
    this.due = Infinity;
    this.fire();
  }
}

const endless = (events: number): UserError =>
  new UserError([
    {
      path: 'engine.run',
      kind: 'no-end',
      message: `The simulation was stopped after ${events / 1e6} million events.`,
      hint: 'Something in it goes on without end: a timer that sets itself, two sides that wake each other. Give run() a time to stop at, or a budget.',
    },
  ]);
