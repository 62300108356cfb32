/** What the guest of `integration-components` does before and after, piece by piece, and what each piece made it leave the guest for. */

import type { Program } from '../core/program.ts';
import { readPmTimer } from '../enlightenments/pc-clock-reads.ts';
import { readReferenceCounter } from '../enlightenments/reference-counter.ts';
import { enableReferenceTsc, ReferenceTscClock } from '../enlightenments/reference-tsc.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import { systemById } from '../guest/profiles/index.ts';
import type { SetupGuest } from '../guest/setup/guest.ts';
import type { Disk } from '../host/backends/disk.ts';
import type { ComponentsMachine } from '../lab/components.ts';
import { WORK_BYTES } from '../lab/components.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { countersBetween } from '../machine/counters.ts';
import type { Cpu } from '../machine/cpu.ts';

/** The pieces, in their order. */
export const PIECES = ['boot disk', 'data disk', 'control commands', 'clock', 'keys'] as const;

/** One piece of the work. */
export type Piece = (typeof PIECES)[number];

/** What one piece cost. */
export interface PieceCost {
  readonly done: number;
  readonly deviceIntercepts: number;
  readonly hypervisorExits: number;
  readonly cycles: number;
}

/** What all of it cost, and whether the bytes are right. */
export interface WorkReport {
  readonly pieces: Readonly<Record<Piece, PieceCost>>;
  readonly intact: boolean;
}

/** Which pieces a workload has. */
export const WORKLOADS: Readonly<Record<string, readonly Piece[]>> = {
  mixed: PIECES,
  disk: ['boot disk', 'data disk'],
  control: ['control commands'],
  rest: ['clock', 'keys'],
};

const NOTHING: PieceCost = { done: 0, deviceIntercepts: 0, hypervisorExits: 0, cycles: 0 };
const REQUEST_SECTORS = 128;
const REQUEST_BYTES = REQUEST_SECTORS * 512;
/** Where the requests go: behind the first megabyte of the disk. */
const FIRST_LBA = 2048;
/** Much faster than anybody types: the handler must have run before the next one. */
const KEYS_PER_SECOND = 5000;
const SCAN_CODES = [0x1e, 0x30, 0x2e, 0x20] as const;

/** Runs the pieces of a workload one after the other. `round` makes the bytes of one round differ from those of the next. */
export function work(
  m: ComponentsMachine,
  pieces: readonly Piece[],
  requests: number,
  round: number,
): WorkReport {
  const { guest } = m;
  const costs = Object.fromEntries(PIECES.map((piece) => [piece, NOTHING])) as Record<Piece, PieceCost>;
  if (guest?.state !== 'running') return { pieces: costs, intact: true };
  const worker = new Worker(m, guest, requests, round);
  for (const piece of pieces) costs[piece] = measured(m, () => worker.do(piece));
  return { pieces: costs, intact: worker.intact };
}

function measured({ machine }: ComponentsMachine, act: () => number): PieceCost {
  const { counters } = machine.partition;
  const before = counters.snapshot();
  const started = machine.cpu.now;
  const done = act();
  const { deviceIntercepts, hypervisorExits } = countersBetween(before, counters.snapshot());
  return { done, deviceIntercepts, hypervisorExits, cycles: machine.cpu.now - started };
}

class Worker {
  intact = true;
  private readonly m: ComponentsMachine;
  private readonly guest: SetupGuest;
  private readonly requests: number;
  private readonly round: number;

  constructor(m: ComponentsMachine, guest: SetupGuest, requests: number, round: number) {
    this.m = m;
    this.guest = guest;
    this.requests = requests;
    this.round = round;
  }

  /** How many requests were done. */
  do(piece: Piece): number {
    const { m, guest } = this;
    switch (piece) {
      case 'boot disk':
        return this.disk(guest.bootDisk, m.machine.disk);
      case 'data disk':
        return this.disk(guest.dataDisk, m.dataDisk);
      case 'control commands':
        return this.control();
      case 'clock':
        return m.do(this.clock());
      case 'keys':
        return this.keys();
    }
  }

  /** Writes and reads in turns; what was written must be on the disk, what was read must be what was there. */
  private disk(driver: BlockDriver | undefined, medium: Disk): number {
    if (!driver) return 0;
    const { u8, u32 } = this.m.machine.partition.memory;
    const there = new Uint8Array(REQUEST_BYTES);
    const words = new Uint32Array(there.buffer);
    for (let i = 0; i < this.requests; i++) {
      const lba = FIRST_LBA + (i >> 1) * REQUEST_SECTORS;
      const reads = i % 2 === 1;
      const pattern = (this.round * 101 + i * 7 + 1) & 0xff;
      const gpa = GUEST_PAGES + (i % 2) * (WORK_BYTES / 2);
      if (!reads) u8.fill(pattern, gpa, gpa + REQUEST_BYTES);
      const request = reads
        ? driver.read(lba, REQUEST_SECTORS, gpa)
        : driver.write(lba, REQUEST_SECTORS, gpa);
      const { kind } = this.m.do(request);
      medium.read(lba, REQUEST_SECTORS, there);
      if (kind !== 'ok' || !same(words, u32, gpa / 4)) this.intact = false;
    }
    return this.requests;
  }

  private control(): number {
    let done = 0;
    for (let i = 0; i < this.requests / 2; i++) if (this.m.do(this.guest.control(GUEST_PAGES))) done++;
    return done;
  }

  /** Reads the clock the way this system's kernel does, whatever drivers it has. */
  private *clock(): Program<number> {
    const { cpu, system, pages } = this.guest;
    const uses = systemById(system.id)?.uses;
    const uses10 = uses?.['reference-tsc'].use === 'yes';
    const page = uses10 ? pages.page() : 0;
    const byPage = page !== 0 && (yield* enableReferenceTsc(cpu, page));
    const clock = byPage ? new ReferenceTscClock(cpu, page) : undefined;
    for (let i = 0; i < this.requests; i++) {
      if (clock) yield* clock.read();
      else if (uses?.['reference-counter'].use === 'yes') yield* readReferenceCounter(cpu);
      else yield* readPmTimer(cpu);
    }
    return this.requests;
  }

  /** Somebody types. */
  private keys(): number {
    const { guest, m } = this;
    const before = guest.keys.length;
    for (let i = 0; i < this.requests / 2; i++) {
      m.input.press(SCAN_CODES[i % SCAN_CODES.length]);
      m.do(pass(guest.cpu, m.machine.costs.hz / KEYS_PER_SECOND));
    }
    return guest.keys.length - before;
  }
}

/** The guest computes, and is interrupted in the middle. */
function* pass(cpu: Cpu, cycles: number): Program {
  yield* cpu.compute(cycles);
}

function same(words: Uint32Array, memory: Uint32Array, from: number): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== memory[from + i]) return false;
  return true;
}
