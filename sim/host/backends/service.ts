/**
 * The physical disk's time: a queue, some requests at work at once, one path to the host. It moves no bytes; whoever submits a
 * request moves them when it completes, so that a guest that looks too early sees what a real one would.
 *
 * A request costs its latency (on a disk with an arm: seek by distance, then a random part of a revolution), then its bytes cross
 * the path one request after the other. A request that goes on where the last one ended is cheap.
 *
 * Requests that touch the same sectors keep their order when one of them writes. A flush waits for the writes before it.
 * Not modelled: reordering inside the disk's own queue, zones, garbage collection of flash.
 */
import type { Engine } from '../../core/engine.ts';
import { invariant } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { Gauge } from '../../core/stats.ts';
import type { Cycles } from '../../core/units.ts';
import type { Bound } from '../../machine/costs/rows.ts';
import { SectorFilter } from './sector-filter.ts';
import { type DiskModel, type ServiceCost, serviceTimes } from './service-models.ts';
import { SharedEvents } from './shared-events.ts';

export type DiskOperation = 'read' | 'write' | 'flush' | 'unmap';

/** Called when a request completes, with the argument it was submitted with. The bytes are moved in it. */
export type DiskDone = (arg: number) => void;

export interface DiskServiceOptions {
  /** Capacity for seek distances: the image is taken to fill the disk. Needed by models with an arm. */
  readonly sectors?: number;
  /** Which end of the ranges of the model's numbers. */
  readonly bound?: Bound;
}

/**
 * Mean of √d over two random places d apart on a disk of length 1: ∫ 2(1−d)√d = 8/15. The seek time grows with √d (an arm that
 * accelerates half-way and brakes), so the longest seek is the mean seek over this.
 */
const MEAN_ROOT_DISTANCE = 8 / 15;

/** One request, from submission to completion. The record is used again. */
interface Request {
  readonly slot: number;
  operation: DiskOperation;
  lba: number;
  sectors: number;
  done: DiskDone;
  arg: number;
  started: boolean;
  /** Neighbours among the unfinished requests, in the order of submission. */
  older: Request | undefined;
  newer: Request | undefined;
}

/** A disk with a queue: requests wait, are served in parallel as the model allows, and finish at their own time. */
export class DiskService {
  readonly model: DiskModel;
  /** Requests submitted and not completed, over time. */
  readonly depth: Gauge;
  completed = 0;
  bytes = 0;
  readonly #engine: Engine;
  readonly #rng: Rng;
  readonly #cyclesPerNs: number;
  readonly #times: Readonly<Record<ServiceCost, number>>;
  /** No latency of this model is above zero: nothing to work out for each request. */
  readonly #instant: boolean;
  readonly #sectors: number;
  readonly #requests: Request[] = [];
  readonly #free: Request[] = [];
  /** The ends of the list of unfinished requests, and its length. */
  #oldest: Request | undefined = undefined;
  #newest: Request | undefined = undefined;
  #unfinished = 0;
  #working = 0;
  /** Requests submitted and not started. */
  #waiting = 0;
  /** Unfinished requests that are not reads: without any, nothing waits for anything. */
  #ordered = 0;
  /** Which sectors the unfinished requests touch. */
  readonly #touched = new SectorFilter();
  /** Where the arm is: the end of the last request that was started. */
  #position = -1;
  #pathFree: Cycles = 0;
  readonly #onMedium: SharedEvents;
  readonly #onDone: SharedEvents;

  /** `costs` gives the clock rate; `rng` is a stream of this disk's own. */
  constructor(
    engine: Engine,
    rng: Rng,
    model: DiskModel,
    costs: { readonly hz: number },
    options: DiskServiceOptions = {},
  ) {
    this.model = model;
    this.#engine = engine;
    this.#rng = rng;
    this.#cyclesPerNs = costs.hz / 1e9;
    this.#times = serviceTimes(model, options.bound);
    const { read, write, flush, sequential, rotation } = this.#times;
    this.#instant = Math.max(read, write, flush, sequential, rotation) === 0;
    this.#sectors = options.sectors ?? 0;
    invariant(rotation === 0 || this.#sectors > 0, `a ${model} disk needs its capacity`);
    this.depth = new Gauge(engine.now);
    this.#onMedium = new SharedEvents(engine, `disk ${model} medium`, (slot) => this.#medium(slot));
    this.#onDone = new SharedEvents(engine, `disk ${model} done`, (slot) => this.#finish(slot));
  }

  /** Requests submitted and not completed. */
  get inFlight(): number {
    return this.#unfinished;
  }

  /**
   * Queues a request. `done(arg)` runs on the engine when it completes, never inside this call. A flush ignores `lba` and `sectors`.
   */
  submit(operation: DiskOperation, lba: number, sectors: number, done: DiskDone, arg = 0): void {
    const request = this.#free.pop() ?? this.#newRequest();
    request.operation = operation;
    request.lba = lba;
    request.sectors = sectors;
    request.done = done;
    request.arg = arg;
    request.started = false;
    const free = this.#enter(request);
    this.#append(request);
    this.#waiting++;
    this.depth.set(this.#engine.now, this.#unfinished);
    // Older requests that wait do so for others still at work: only the new one can start.
    if (free ? this.#working < this.#times.parallelism : this.#mayStart(request)) this.#start(request);
  }

  /** Notes what a new request will touch. True when it is plain that it conflicts with none before it. */
  #enter(request: Request): boolean {
    const { operation, lba, sectors } = request;
    if (operation === 'flush') {
      this.#ordered++;
      return false;
    }
    const changing = operation !== 'read';
    if (changing) this.#ordered++;
    return !this.#touched.enter(lba, sectors, changing);
  }

  #leave({ operation, lba, sectors }: Request): void {
    if (operation !== 'read') this.#ordered--;
    if (operation !== 'flush') this.#touched.leave(lba, sectors, operation !== 'read');
  }

  #newRequest(): Request {
    const request = newRequest(this.#requests.length);
    this.#requests.push(request);
    return request;
  }

  #append(request: Request): void {
    request.older = this.#newest;
    request.newer = undefined;
    if (this.#newest) this.#newest.newer = request;
    else this.#oldest = request;
    this.#newest = request;
    this.#unfinished++;
  }

  #remove({ older, newer }: Request): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    this.#unfinished--;
  }

  /** Starts what may start, oldest first. */
  #dispatch(): void {
    for (let request = this.#oldest; this.#waiting > 0 && request; request = request.newer) {
      if (!request.started && this.#mayStart(request)) this.#start(request);
    }
  }

  /** False when the disk is busy enough, or an older unfinished request must be done first. */
  #mayStart(request: Request): boolean {
    if (this.#working >= this.#times.parallelism) return false;
    if (this.#ordered === 0) return true;
    for (let older = request.older; older; older = older.older) if (conflicts(older, request)) return false;
    return true;
  }

  #start(request: Request): void {
    request.started = true;
    this.#waiting--;
    this.#working++;
    const latency = this.#instant ? 0 : Math.round(this.#latency(request) * this.#cyclesPerNs);
    this.#onMedium.post(this.#engine.now + latency, request.slot);
  }

  /** Nanoseconds until the bytes are ready to cross the path. */
  #latency(request: Request): number {
    const times = this.#times;
    if (request.operation === 'flush') return times.flush;
    const goesOn = request.lba === this.#position;
    const distance = Math.abs(request.lba - Math.max(0, this.#position));
    this.#position = request.lba + request.sectors;
    if (goesOn || request.operation === 'unmap') return times.sequential;
    // Not `times[operation]`: a name that changes makes a slow access.
    const mean = request.operation === 'read' ? times.read : times.write;
    if (times.rotation === 0) return mean;
    // Half a revolution is the mean of the random part; what is left of the published mean is the mean seek.
    const meanSeek = Math.max(0, mean - times.rotation / 2 - times.sequential);
    const seek = (meanSeek / MEAN_ROOT_DISTANCE) * Math.sqrt(distance / this.#sectors);
    return times.sequential + seek + this.#rng.float() * times.rotation;
  }

  /** The medium has the data: they cross the path when it is free. */
  #medium(slot: number): void {
    const { operation, sectors } = this.#requests[slot];
    const bytes = operation === 'read' || operation === 'write' ? sectors * 512 : 0;
    const { now } = this.#engine;
    if (bytes > 0) {
      this.bytes += bytes;
      this.#pathFree =
        Math.max(now, this.#pathFree) + Math.round(bytes * this.#times.transfer * this.#cyclesPerNs);
    }
    this.#onDone.post(bytes > 0 ? this.#pathFree : now, slot);
  }

  /** The bytes are moved before anything that waited for them starts. */
  #finish(slot: number): void {
    const request = this.#requests[slot];
    const { done, arg } = request;
    this.#leave(request);
    this.#remove(request);
    this.#free.push(request);
    this.#working--;
    this.completed++;
    this.depth.set(this.#engine.now, this.#unfinished);
    done(arg);
    this.#dispatch();
  }
}

function newRequest(slot: number): Request {
  return {
    slot,
    operation: 'read',
    lba: 0,
    sectors: 0,
    done: () => undefined,
    arg: 0,
    started: false,
    older: undefined,
    newer: undefined,
  };
}

/** True when `later` may not overtake `earlier`. */
function conflicts(earlier: Request, later: Request): boolean {
  const earlierChanges = changes(earlier);
  if (later.operation === 'flush') return earlierChanges;
  if (earlier.operation === 'flush' || !(earlierChanges || changes(later))) return false;
  return earlier.lba < later.lba + later.sectors && later.lba < earlier.lba + earlier.sectors;
}

function changes(request: Request): boolean {
  return request.operation === 'write' || request.operation === 'unmap';
}
