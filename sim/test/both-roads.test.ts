/** The same loads over the emulated and the synthetic road: other costs, the same bytes on the disk and in memory. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Streams } from '../core/rng.ts';
import { copyFile } from '../guest/workloads/copy-file.ts';
import { randomAccess } from '../guest/workloads/random-access.ts';
import { sequential } from '../guest/workloads/sequential.ts';
import { sqlTransactions } from '../guest/workloads/sql-transaction.ts';
import type { WorkloadSite } from '../guest/workloads/workload.ts';
import type { MemoryDisk } from '../host/backends/disk.ts';
import { pattern } from '../host/backends/testing.ts';
import type { Partition } from '../machine/partition.ts';
import { BUFFER, EmulatedMachine, firstDifference, type RoadMode } from './support/emulated-machine.ts';
import { SyntheticMachine } from './support/synthetic-machine.ts';

const SECTORS = 16_384;
const BUFFER_BYTES = 256 * 1024;
const KIB = 1024;

type Load = (site: WorkloadSite) => Program<unknown>;

const rng = () => new Streams(4).stream('workload');

const LOADS: readonly (readonly [string, Load])[] = [
  ['a file copy', (site) => copyFile(site, { from: 100, to: 6000, bytes: 300 * KIB, pieceBytes: 60 * KIB })],
  [
    'a stream of writes',
    (site) => sequential(site, { operation: 'write', lba: 3, bytes: 700 * KIB, requestBytes: 20 * KIB }),
  ],
  ['database transactions', (site) => sqlTransactions(site, { transactions: 60 }, rng())],
  [
    'random access',
    (site) => randomAccess(site, { requests: 300, requestBytes: 4 * KIB, depth: 1, reads: 0.5 }, rng()),
  ],
];

/** What a load leaves behind, and how many exits to devices it took. */
interface Outcome {
  readonly image: Uint8Array;
  readonly buffer: Uint8Array;
  readonly intercepts: number;
}

function fill(disk: MemoryDisk): void {
  disk.write(0, SECTORS, pattern(21, SECTORS));
}

function outcome(disk: MemoryDisk, partition: Partition, buffer: number, before: number): Outcome {
  const image = new Uint8Array(SECTORS * 512);
  disk.read(0, SECTORS, image);
  const { memory, counters } = partition;
  return { image, buffer: memory.read(buffer, BUFFER_BYTES), intercepts: counters.deviceIntercepts - before };
}

function emulated(mode: RoadMode, load: Load): Outcome {
  const machine = new EmulatedMachine({ sectors: SECTORS });
  fill(machine.disk);
  const disk = machine.driver(mode);
  const before = machine.partition.counters.deviceIntercepts;
  machine.cpu.finish(load({ cpu: machine.cpu, disk, buffer: BUFFER }));
  return outcome(machine.disk, machine.partition, BUFFER, before);
}

function synthetic(load: Load): Outcome {
  const machine = new SyntheticMachine({ sectors: SECTORS }).boot();
  fill(machine.disk);
  const buffer = machine.guest.pages.block(BUFFER_BYTES / 4096);
  machine.run(load({ cpu: machine.cpus[0], disk: machine.guest.disk(), buffer }));
  return outcome(machine.disk, machine.partition, buffer, 0);
}

describe.each(LOADS)('%s', (_name, load) => {
  const expected = synthetic(load);

  it('changes the disk and needs no device intercept on the synthetic road', () => {
    expect(firstDifference(expected.image, pattern(21, SECTORS))).toBeGreaterThanOrEqual(0);
    expect(expected.intercepts).toBe(0);
  });

  it.each(['pio', 'multiple', 'dma', 'polled', 'int13'] as const)('ends the same over %s', (mode) => {
    const { image, buffer, intercepts } = emulated(mode, load);
    expect(firstDifference(image, expected.image)).toBe(-1);
    expect(firstDifference(buffer, expected.buffer)).toBe(-1);
    expect(intercepts).toBeGreaterThan(0);
  });
});
