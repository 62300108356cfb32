/**
 * Random requests at a fixed queue depth: as soon as one is answered the next is handed over, as fio does with `iodepth` and one job.
 *
 * Addresses are uniform over the span and aligned to the request size. A driver that holds one request at a time (ATA) runs at depth 1
 * whatever was asked for.
 */
import type { Program } from '../../core/program.ts';
import type { Rng } from '../../core/rng.ts';
import type { BlockDriver, BlockOperation, IoResult, QueuedBlockDriver } from '../drivers/block.ts';
import type { RequestWatch, WorkloadSite } from './workload.ts';
import { isQueued, SECTOR_BYTES, WorkloadReport } from './workload.ts';

export interface RandomAccess {
  readonly requests: number;
  /** Bytes per request, a multiple of 512. */
  readonly requestBytes: number;
  /** Requests in flight. */
  readonly depth: number;
  /** Share of reads, 0 to 1; the rest are writes. */
  readonly reads: number;
  /**
   * Mean cycles that the processor computes before each request, exponentially distributed: requests then come when they come and not
   * in the wake of an answer. None by default.
   */
  readonly think?: number;
  /** First sector and number of sectors that are touched; the whole disk by default. */
  readonly lba?: number;
  readonly sectors?: number;
  /** Fills the buffers of writes and looks at those of reads, if anyone does. */
  readonly watch?: RequestWatch;
}

/** Runs the requests. The buffer must hold `depth` requests: each slot of the queue has its own part. */
export function* randomAccess(site: WorkloadSite, load: RandomAccess, rng: Rng): Program<WorkloadReport> {
  const { disk } = site;
  if (isQueued(disk)) return yield* queued({ ...site, disk }, load, rng);
  return yield* oneByOne(site, load, rng);
}

/** Draws addresses and directions. */
class Draw {
  private readonly first: number;
  private readonly places: number;
  private readonly sectors: number;

  constructor(disk: BlockDriver, load: RandomAccess) {
    this.first = load.lba ?? 0;
    this.sectors = load.requestBytes / SECTOR_BYTES;
    this.places = Math.max(1, Math.floor((load.sectors ?? disk.sectors - this.first) / this.sectors));
  }

  lba(rng: Rng): number {
    return this.first + rng.int(0, this.places - 1) * this.sectors;
  }
}

function* oneByOne(site: WorkloadSite, load: RandomAccess, rng: Rng): Program<WorkloadReport> {
  const { cpu, disk, buffer } = site;
  const draw = new Draw(disk, load);
  const report = new WorkloadReport(cpu.now);
  for (let i = 0; i < load.requests; i++) {
    const lba = draw.lba(rng);
    const operation = rng.chance(load.reads) ? 'read' : 'write';
    if (load.think) yield* cpu.compute(rng.exponential(load.think));
    const sectors = load.requestBytes / SECTOR_BYTES;
    load.watch?.issued(operation, lba, sectors, buffer);
    const issued = cpu.now;
    const result = yield* disk[operation](lba, sectors, buffer);
    report.add(issued, cpu.now, load.requestBytes, result);
    load.watch?.answered(operation, lba, sectors, buffer);
  }
  return report;
}

/** One place of the queue: the request that is in it, and its part of the buffer. Reused for every request. */
interface Slot {
  operation: BlockOperation;
  lba: number;
  readonly sectors: number;
  readonly gpa: number;
  readonly tag: number;
  issued: number;
}

function* queued(
  site: WorkloadSite<QueuedBlockDriver>,
  load: RandomAccess,
  rng: Rng,
): Program<WorkloadReport> {
  const { cpu, disk, buffer } = site;
  const draw = new Draw(disk, load);
  const report = new WorkloadReport(cpu.now);
  const slots = Array.from({ length: Math.min(load.depth, disk.depth) }, (_, tag) =>
    newSlot(tag, buffer, load),
  );
  const free = slots.map((slot) => slot.tag).reverse();
  const answered = (tag: number, result: IoResult): void => {
    const slot = slots[tag];
    report.add(slot.issued, cpu.now, load.requestBytes, result);
    load.watch?.answered(slot.operation, slot.lba, slot.sectors, slot.gpa);
    free.push(tag);
  };
  let left = load.requests;
  while (left > 0 || disk.inFlight > 0) {
    while (left > 0 && free.length > 0) {
      const slot = slots[free.pop() as number];
      slot.lba = draw.lba(rng);
      slot.operation = rng.chance(load.reads) ? 'read' : 'write';
      if (load.think) yield* cpu.compute(rng.exponential(load.think));
      load.watch?.issued(slot.operation, slot.lba, slot.sectors, slot.gpa);
      slot.issued = cpu.now;
      left--;
      while (!(yield* disk.submit(slot, answered))) yield* disk.waitForCompletion();
    }
    yield* disk.waitForCompletion();
  }
  return report;
}

function newSlot(tag: number, buffer: number, load: RandomAccess): Slot {
  const sectors = load.requestBytes / SECTOR_BYTES;
  return { operation: 'read', lba: 0, sectors, gpa: buffer + tag * load.requestBytes, tag, issued: 0 };
}
