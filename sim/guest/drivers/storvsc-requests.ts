/**
 * The requests of one storvsc channel that are in flight, by transaction id, as Linux's requestor keeps them
 * (`drivers/hv/channel.c`, vmbus_next_request_id): a request's id is its slot plus one, so that 0 is never one.
 *
 * Columns instead of records: nothing is allocated per request.
 */
import type { BlockOperation, RequestDone } from './block.ts';
import type { StorvscCompletion } from './storvsc-completion.ts';
import type { ScsiAddress } from './storvsc-srb.ts';

/** Told of a command's answer in interrupt context; the completion is valid only during the call. */
export type CommandDone = (completion: StorvscCompletion) => void;

const NO_CALLBACK: RequestDone = () => undefined;
const NOWHERE: ScsiAddress = { path: 0, target: 0, lun: 0 };

export class RequestTable {
  /** Requests that fit at once. */
  readonly depth: number;
  inFlight = 0;
  /** How often a request was sent again. */
  readonly tries: Uint8Array;
  /** What was asked for, to be able to ask again. */
  readonly operations: BlockOperation[];
  readonly addresses: ScsiAddress[];
  readonly lbas: Float64Array;
  readonly sectors: Int32Array;
  readonly buffers: Float64Array;
  /** Time of issue. */
  readonly issued: Float64Array;
  /** Whom to tell: for a block request with the caller's tag, for any other command with the completion. */
  readonly tags: number[];
  readonly callbacks: RequestDone[];
  readonly commandCallbacks: (CommandDone | undefined)[];
  private readonly busy: Uint8Array;
  /** Free slots, as a stack. */
  private readonly free: Int32Array;
  private freeCount: number;

  constructor(depth: number) {
    this.depth = depth;
    this.tries = new Uint8Array(depth);
    this.operations = new Array(depth).fill('flush');
    this.addresses = new Array(depth).fill(NOWHERE);
    this.lbas = new Float64Array(depth);
    this.sectors = new Int32Array(depth);
    this.buffers = new Float64Array(depth);
    this.issued = new Float64Array(depth);
    this.tags = new Array(depth).fill(0);
    this.callbacks = new Array(depth).fill(NO_CALLBACK);
    this.commandCallbacks = new Array(depth).fill(undefined);
    this.busy = new Uint8Array(depth);
    this.free = Int32Array.from({ length: depth }, (_, i) => depth - 1 - i);
    this.freeCount = depth;
  }

  /** Free slots. */
  get room(): number {
    return this.freeCount;
  }

  /** The slot that the next request will get, -1 when all are taken. It stays free until {@link occupy}. */
  get next(): number {
    return this.freeCount === 0 ? -1 : this.free[this.freeCount - 1];
  }

  /** Keeps what is asked for. */
  note(
    slot: number,
    address: ScsiAddress,
    operation: BlockOperation,
    lba: number,
    sectors: number,
    gpa: number,
  ): void {
    this.operations[slot] = operation;
    // Compared first: storing an object costs more than seeing that it is the one of last time.
    if (this.addresses[slot] !== address) this.addresses[slot] = address;
    this.lbas[slot] = lba;
    this.sectors[slot] = sectors;
    this.buffers[slot] = gpa;
    this.tries[slot] = 0;
  }

  /** Keeps whom to tell. */
  tell(slot: number, tag: number, done: RequestDone): void {
    this.tags[slot] = tag;
    if (this.callbacks[slot] !== done) this.callbacks[slot] = done;
  }

  /** The slot behind a transaction id, -1 when no request in flight has it. */
  slotOf(tidLow: number, tidHigh: number): number {
    return tidHigh === 0 && tidLow <= this.depth && this.busy[tidLow - 1] === 1 ? tidLow - 1 : -1;
  }

  /** Takes the slot {@link next}, at the time of issue. */
  occupy(now: number): void {
    const slot = this.free[--this.freeCount];
    this.busy[slot] = 1;
    this.issued[slot] = now;
    this.inFlight++;
  }

  release(slot: number): void {
    this.busy[slot] = 0;
    this.free[this.freeCount++] = slot;
    this.inFlight--;
  }

  /** All taken slots. */
  taken(): number[] {
    return Array.from(this.busy.keys()).filter((slot) => this.busy[slot] === 1);
  }
}
