/**
 * What all workloads share: where they run and what they report.
 *
 * A workload is a program of the guest. It runs over any block driver, so the same requests can take the emulated and the synthetic
 * road; it draws its addresses from a stream that the caller names, so both runs see the same ones. It charges no processor time of its
 * own: what the numbers show is the road.
 */
import { Histogram } from '../../core/stats.ts';
import type { Cycles } from '../../core/units.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { BlockDriver, BlockOperation, IoResult, QueuedBlockDriver } from '../drivers/block.ts';

/** Bytes per sector of every disk here. */
export const SECTOR_BYTES = 512;

/** Where a workload runs: a processor, a disk, and memory for the data. */
export interface WorkloadSite<D extends BlockDriver = BlockDriver> {
  readonly cpu: Cpu;
  readonly disk: D;
  /** Guest-physical address of the buffer; contiguous and at least as large as the workload says. */
  readonly buffer: number;
}

/**
 * Sees every request just before it is handed over and just after it was answered: who wants to know which places a workload touched,
 * what it sent and what it got. Spends none of the guest's time. `gpa` is where the request's data lie.
 */
export interface RequestWatch {
  issued(operation: BlockOperation, lba: number, sectors: number, gpa: number): void;
  answered(operation: BlockOperation, lba: number, sectors: number, gpa: number): void;
}

/** True when a driver can hold more than one request. */
export function isQueued(disk: BlockDriver): disk is QueuedBlockDriver {
  return 'submit' in disk;
}

/** What a workload measured. Times are virtual cycles of the processor that ran it. */
export class WorkloadReport {
  /** Time from handing a request over to having its answer, per request. */
  readonly latency = new Histogram();
  requests = 0;
  bytes = 0;
  /** Requests that ended in an error, and the first such answer. */
  failures = 0;
  firstFailure: IoResult | undefined = undefined;
  started: Cycles;
  ended: Cycles;

  constructor(now: Cycles) {
    this.started = now;
    this.ended = now;
  }

  /** Records one answered request. */
  add(issued: Cycles, now: Cycles, bytes: number, result: IoResult): void {
    this.latency.add(now - issued);
    this.requests++;
    this.ended = now;
    if (result.kind === 'ok') this.bytes += bytes;
    else {
      this.failures++;
      this.firstFailure ??= result;
    }
  }

  /** From the first hand-over to the last answer. */
  get cycles(): Cycles {
    return this.ended - this.started;
  }
}
