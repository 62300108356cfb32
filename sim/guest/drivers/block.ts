/**
 * What every disk driver of a guest offers to the workloads: the emulated ATA drivers and storvsc implement the same interface,
 * so that one workload runs over both roads and its disk content can be compared.
 *
 * Sectors are 512 bytes. `gpa` is the guest-physical address of a buffer that is contiguous in guest-physical memory.
 */
import type { Program } from '../../core/program.ts';

/** How a request ended. `status` and `error` are the registers or the status bytes that the device answered with. */
export type IoResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed'; readonly status: number; readonly error: number; readonly reason: string };

/** The one successful result; drivers return this object, so a hot path allocates nothing. */
export const IO_OK: IoResult = Object.freeze({ kind: 'ok' });

/** One request at a time: the program ends when the device has answered. */
export interface BlockDriver {
  /** Capacity in sectors, known after the probe. */
  readonly sectors: number;
  read(lba: number, sectors: number, gpa: number): Program<IoResult>;
  write(lba: number, sectors: number, gpa: number): Program<IoResult>;
  /** Makes all completed writes durable. */
  flush(): Program<IoResult>;
}

/** What a request does to the disk. */
export type BlockOperation = 'read' | 'write' | 'flush';

/** A request for a driver that keeps several in flight. `tag` is the caller's own number and comes back with the answer. */
export interface BlockRequest {
  readonly operation: BlockOperation;
  readonly lba: number;
  readonly sectors: number;
  readonly gpa: number;
  readonly tag: number;
}

/** Called once per request, in interrupt context: it must not execute instructions. */
export type RequestDone = (tag: number, result: IoResult) => void;

/** A driver with a queue deeper than one. */
export interface QueuedBlockDriver extends BlockDriver {
  /** How many requests fit at once. */
  readonly depth: number;
  /** Requests handed over and not answered yet. */
  readonly inFlight: number;
  /** Hands a request over. `false` means there is no room: wait for a completion and try again. */
  submit(request: BlockRequest, done: RequestDone): Program<boolean>;
  /** Halts until at least one request has been answered since the call, or returns at once when none is in flight. */
  waitForCompletion(): Program<void>;
}
