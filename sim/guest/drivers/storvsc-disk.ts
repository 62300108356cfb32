/**
 * One disk behind storvsc, as the workloads see it: the block driver interface over the queue of one processor.
 *
 * A transfer longer than the host accepts is split, as the block layer does with the limit that storvsc sets from the host's
 * `max_transfer_bytes`.
 */
import { invariant } from '../../core/errors.ts';
import type { Program } from '../../core/program.ts';
import type { Put } from '../../wire/ring.ts';
import type { BlockOperation, BlockRequest, IoResult, QueuedBlockDriver, RequestDone } from './block.ts';
import { IO_OK } from './block.ts';
import { computeQuietly, returned } from './inline.ts';
import type { StorvscQueue } from './storvsc-queue.ts';
import type { FoundDisk } from './storvsc-scan.ts';
import type { ScsiAddress } from './storvsc-srb.ts';

const ACCEPTED = returned(true);
const REFUSED = returned(false);

/** A request record of the driver's own. */
interface Piece {
  operation: BlockOperation;
  lba: number;
  sectors: number;
  gpa: number;
  tag: number;
}

export class StorvscDisk implements QueuedBlockDriver {
  readonly sectors: number;
  readonly queue: StorvscQueue;
  private readonly address: ScsiAddress;
  private readonly maxSectors: number;
  private readonly perPacket: number;
  /** Deferred work of the bus, done while this disk's program waits. */
  private readonly idleWork: () => Program | undefined;
  private readonly one: Piece = { operation: 'read', lba: 0, sectors: 0, gpa: 0, tag: 0 };
  private oneResult: IoResult | undefined;
  private readonly oneDone: RequestDone = (_tag, result) => {
    this.oneResult = result;
  };

  constructor(
    found: FoundDisk,
    queue: StorvscQueue,
    maxTransferBytes: number,
    idleWork: () => Program | undefined,
  ) {
    this.sectors = found.sectors;
    this.address = found.address;
    this.queue = queue;
    this.maxSectors = Math.floor(maxTransferBytes / 512);
    this.perPacket = queue.cpu.partition.costs.cost('ring.op');
    this.idleWork = idleWork;
  }

  get depth(): number {
    return this.queue.depth;
  }

  get inFlight(): number {
    return this.queue.inFlight;
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.single('read', lba, sectors, gpa);
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.single('write', lba, sectors, gpa);
  }

  flush(): Program<IoResult> {
    return this.single('flush', 0, 0, 0);
  }

  /** One request, and its answer. Not to be mixed with {@link submit} at the same time. */
  private *single(operation: BlockOperation, lba: number, sectors: number, gpa: number): Program<IoResult> {
    const { one } = this;
    one.operation = operation;
    one.lba = lba;
    one.sectors = sectors;
    one.gpa = gpa;
    this.oneResult = undefined;
    while (!(yield* this.submit(one, this.oneDone))) {
      if (this.queue.channel.state !== 'open') return this.gone();
      yield* this.waitForCompletion();
    }
    while (this.oneResult === undefined) yield* this.waitForCompletion();
    return this.oneResult;
  }

  submit(request: BlockRequest, done: RequestDone): Program<boolean> {
    const { queue } = this;
    if (request.sectors > this.maxSectors) return this.submitPieces(request, done);
    if (!computeQuietly(queue.cpu, this.perPacket)) return this.submitSlowly(request, done);
    const put = this.issue(request, done);
    if (put === undefined) return REFUSED;
    return queue.channel.mustSignal(put) ? this.signal() : ACCEPTED;
  }

  /** The same while other things are going on. */
  private *submitSlowly(request: BlockRequest, done: RequestDone): Program<boolean> {
    const { queue } = this;
    yield* queue.cpu.compute(this.perPacket);
    const put = this.issue(request, done);
    if (put === undefined) return false;
    return queue.channel.mustSignal(put) ? yield* this.signal() : true;
  }

  private issue(request: BlockRequest, done: RequestDone): Put | undefined {
    const { operation, lba, gpa, tag } = request;
    const sectors = operation === 'flush' ? 0 : request.sectors;
    return this.queue.issue(this.address, operation, lba, sectors, gpa, tag, done);
  }

  private *signal(): Program<boolean> {
    yield* this.queue.channel.signal(this.queue.cpu);
    return true;
  }

  /** A long transfer: all its pieces are in flight together, and the request is answered with the last of them. */
  private *submitPieces(request: BlockRequest, done: RequestDone): Program<boolean> {
    const pieces = Math.ceil(request.sectors / this.maxSectors);
    invariant(pieces <= this.queue.depth, 'a request must not have more pieces than the queue has places');
    if (this.queue.room < pieces) return false;
    let left = pieces;
    let outcome: IoResult = IO_OK;
    const pieceDone: RequestDone = (_tag, result) => {
      if (result.kind === 'failed') outcome = result;
      if (--left === 0) done(request.tag, outcome);
    };
    for (let at = 0; at < request.sectors; at += this.maxSectors) {
      const sectors = Math.min(this.maxSectors, request.sectors - at);
      const piece = { ...request, lba: request.lba + at, gpa: request.gpa + at * 512, sectors };
      while (!(yield* this.submit(piece, pieceDone))) yield* this.waitForCompletion();
    }
    return true;
  }

  *waitForCompletion(): Program {
    const { queue } = this;
    const before = queue.counters.completions;
    while (queue.inFlight > 0 && queue.counters.completions === before) {
      const work = this.idleWork();
      if (work) yield* work;
      else yield* queue.cpu.hlt();
    }
  }

  private gone(): IoResult {
    return { kind: 'failed', status: 0, error: 0, reason: `the channel is ${this.queue.channel.state}` };
  }
}
