/**
 * Processes: generator programs that run on the engine. A program reads like the driver or the thread it models; whenever it waits it
 * first says for what (`self.sleep(100)`, or nothing: it waits to be woken) and then yields.
 *
 *     function* clock(self: Process): Program {
 *       for (;;) {
 *         self.sleep(1000);
 *         yield;
 *         tick();
 *       }
 *     }
 *     new Processes(engine).spawn('clock', clock);
 *
 * No promises anywhere: an await gives the turn away in an order of its own, and the events come out wrong.
 */
import type { Engine } from './engine.ts';
import { invariant } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Cycles } from './units.ts';

/** A generator that yields to wait and returns an R. */
export type Program<R = void> = Generator<void, R, void>;

/** What a process is doing: waiting for someone to wake it (or running now), sleeping until a time, or done. */
export type ProcessState = 'waiting' | 'sleeping' | 'done';

const GENERATION_BITS = 8;
const GENERATION_MASK = (1 << GENERATION_BITS) - 1;

/**
 * The processes of one engine. What a resumption touches lies in arrays by process number: with a thousand processes the
 * objects no longer fit the first-level cache, and reading three of them would cost more than the event itself.
 */
export class Processes {
  readonly engine: Engine;
  private readonly all: Process<unknown>[] = [];
  private readonly programs: (Program<unknown> | undefined)[] = [];
  /** When each goes on; Infinity when only {@link Process.wake} can make it. */
  private dues = new Float64Array(64);
  /** Tells the entry in the queue that counts from those that an earlier wake-up has overtaken. */
  private generations = new Uint8Array(64);
  private readonly handler: number;
  /** Number of the program that runs. */
  private current = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.handler = engine.handler('process', (arg) => this.resume(arg));
  }

  /** Processes spawned so far, finished ones included. */
  get count(): number {
    return this.all.length;
  }

  /** Starts a program at `at` (default: now, after the events already due now). */
  spawn<R>(name: string, body: (self: Process<R>) => Program<R>, at: Cycles = this.engine.now): Process<R> {
    const id = this.all.length;
    invariant(id < LIMITS.processes.value, 'too many processes');
    if (id === this.dues.length) this.grow();
    this.dues[id] = Infinity;
    const process = new Process<R>(this, id, name);
    this.all.push(process);
    this.programs.push(body(process));
    this.schedule(id, at);
    return process;
  }

  /** The running program sleeps: to be followed by `yield`. Goes on after `cycles`, or earlier when woken. */
  sleep(cycles: Cycles): void {
    this.schedule(this.current, this.engine.now + cycles);
  }

  /** @internal Process `id` goes on at `at`, unless it goes on earlier anyway. */
  schedule(id: number, at: Cycles): void {
    const due = this.dues[id];
    if (at >= due) return;
    if (due !== Infinity) this.generations[id]++;
    this.dues[id] = at;
    this.engine.post(at, this.handler, (id << GENERATION_BITS) | this.generations[id]);
  }

  /** @internal */
  dueOf(id: number): Cycles {
    return this.dues[id];
  }

  private resume(arg: number): void {
    const id = arg >> GENERATION_BITS;
    if (this.generations[id] !== (arg & GENERATION_MASK) || this.dues[id] !== this.engine.now) return;
    this.dues[id] = Infinity;
    // A program that runs the engine from inside is still the one that runs when the engine returns.
    const outer = this.current;
    this.current = id;
    const step = (this.programs[id] as Program<unknown>).next();
    this.current = outer;
    if (step.done) this.finish(id, step.value);
  }

  private finish(id: number, result: unknown): void {
    this.dues[id] = -Infinity;
    this.programs[id] = undefined;
    this.all[id].finish(result);
  }

  private grow(): void {
    const dues = new Float64Array(2 * this.dues.length);
    dues.set(this.dues);
    this.dues = dues;
    const generations = new Uint8Array(dues.length);
    generations.set(this.generations);
    this.generations = generations;
  }
}

/** One program that runs: what the program itself, and others that know it, can do with it. */
export class Process<R = void> {
  readonly id: number;
  private readonly owner: Processes;
  readonly name: string;
  done = false;
  /** What the program returned, once it is done. */
  result: R | undefined = undefined;
  private joiners: Process<unknown>[] = [];

  constructor(owner: Processes, id: number, name: string) {
    this.owner = owner;
    this.id = id;
    this.name = name;
  }

  /** 'waiting' for someone to wake it (or running now), 'sleeping' until a time, or 'done'. */
  get state(): ProcessState {
    if (this.done) return 'done';
    return this.owner.dueOf(this.id) === Infinity ? 'waiting' : 'sleeping';
  }

  /** To be followed by `yield`: goes on after `cycles`, or earlier when woken. */
  sleep(cycles: Cycles): void {
    const owner = this.owner;
    owner.schedule(this.id, owner.engine.now + cycles);
  }

  /** To be followed by `yield`: goes on at `at`, or earlier when woken. */
  sleepUntil(at: Cycles): void {
    this.owner.schedule(this.id, at);
  }

  /**
   * Makes the program go on at `at` (default: now, after the events already due now) unless it goes on earlier anyway. A wake-up that
   * comes while the program runs is kept for its next wait, so none is lost; programs that wait for a condition therefore test it in
   * a loop.
   */
  wake(at: Cycles = this.owner.engine.now): void {
    this.owner.schedule(this.id, at);
  }

  /** `yield*` it in another program: waits until this one is done and gives its result. */
  *join(waiter: Process<unknown>): Program<R> {
    while (!this.done) {
      if (!this.joiners.includes(waiter)) this.joiners.push(waiter);
      yield;
    }
    return this.result as R;
  }

  /** @internal */
  finish(result: R): void {
    this.result = result;
    this.done = true;
    const joiners = this.joiners;
    this.joiners = [];
    for (const joiner of joiners) joiner.wake();
  }
}
