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

export type ProcessState = 'waiting' | 'sleeping' | 'running' | 'done';

/** The processes of one engine. */
export class Processes {
  readonly engine: Engine;
  private readonly all: Process<unknown>[] = [];
  private readonly resume: number;

  constructor(engine: Engine) {
    this.engine = engine;
    this.resume = engine.handler('process', (arg) => this.all[arg >> GENERATION_BITS].continue(arg & GENERATION_MASK));
  }

  /** Processes spawned so far, finished ones included. */
  get count(): number {
    return this.all.length;
  }

  /** Starts a program at `at` (default: now, after the events already due now). */
  spawn<R>(name: string, body: (self: Process<R>) => Program<R>, at: Cycles = this.engine.now): Process<R> {
    const id = this.all.length;
    invariant(id < LIMITS.processes.value, 'too many processes');
    const process = new Process<R>(name, id, this.engine, this.resume, body);
    this.all.push(process as Process<unknown>);
    process.wake(at);
    return process;
  }
}

const GENERATION_BITS = 8;
const GENERATION_MASK = (1 << GENERATION_BITS) - 1;

/** One running program. */
export class Process<R = void> {
  readonly name: string;
  readonly id: number;
  /** What the program returned, once it is done. */
  result: R | undefined = undefined;
  private current: ProcessState = 'waiting';
  /** When it goes on; Infinity when only {@link wake} can make it. */
  private due: Cycles = Infinity;
  /** Tells the entry in the queue that counts from those that an earlier wake-up has overtaken. */
  private generation = 0;
  private joiners: Process<unknown>[] | undefined = undefined;
  private readonly engine: Engine;
  private readonly handler: number;
  private readonly program: Program<R>;

  constructor(name: string, id: number, engine: Engine, handler: number, body: (self: Process<R>) => Program<R>) {
    this.name = name;
    this.id = id;
    this.engine = engine;
    this.handler = handler;
    this.program = body(this);
  }

  get state(): ProcessState {
    return this.current;
  }

  get done(): boolean {
    return this.current === 'done';
  }

  /** To be followed by `yield`: goes on after `cycles`. */
  sleep(cycles: Cycles): void {
    this.sleepUntil(this.engine.now + cycles);
  }

  /** To be followed by `yield`: goes on at `at`, or earlier when woken. */
  sleepUntil(at: Cycles): void {
    if (at >= this.due) return;
    if (this.due !== Infinity) this.generation = (this.generation + 1) & GENERATION_MASK;
    this.due = at;
    this.engine.post(at, this.handler, (this.id << GENERATION_BITS) | this.generation);
  }

  /**
   * Makes the program go on at `at` (default: now, after the events already due now) unless it goes on earlier anyway. A wake-up that
   * comes while the program runs is kept for its next wait, so none is lost; programs that wait for a condition therefore test it in
   * a loop.
   */
  wake(at: Cycles = this.engine.now): void {
    if (this.current === 'done') return;
    this.sleepUntil(at);
    if (this.current === 'waiting') this.current = 'sleeping';
  }

  /** `yield*` it in another program: waits until this one is done and gives its result. */
  *join(waiter: Process<unknown>): Program<R> {
    while (this.current !== 'done') {
      this.joiners ??= [];
      this.joiners.push(waiter);
      yield;
    }
    return this.result as R;
  }

  /** @internal The engine's call. */
  continue(generation: number): void {
    if (generation !== this.generation || this.due !== this.engine.now) return;
    this.due = Infinity;
    this.current = 'running';
    const step = this.program.next();
    if (step.done) this.finish(step.value);
    else this.current = this.due === Infinity ? 'waiting' : 'sleeping';
  }

  private finish(result: R): void {
    this.result = result;
    this.current = 'done';
    this.due = Infinity;
    const joiners = this.joiners;
    this.joiners = undefined;
    if (joiners) for (const joiner of joiners) joiner.wake();
  }
}
