/**
 * How long the physical disk under an image takes, as rows of numbers with range and source, one table per kind of disk.
 *
 * Only the latencies of a random 4 KB read come from the project's calibration table (section I), and they are estimates there
 * too: no source was read for them. Rates, parallelism and write latencies are assumed, and each row says so. The shape is what a page may rest on:
 * milliseconds with an arm, tens of microseconds without.
 */
import type { Basis, Bound } from '../../machine/costs/rows.ts';

/** `memory` answers at once: for experiments in which the disk must not matter. */
export const DISK_MODELS = ['memory', 'sas15k', 'sata-ssd', 'nvme'] as const;
/** Name of a model. */
export type DiskModel = (typeof DISK_MODELS)[number];

export const SERVICE_COSTS = [
  /** Mean latency of one random 4 KB read, its transfer included. */
  'read',
  /** The same of a write, until the disk says that it has it. */
  'write',
  /** Making earlier writes stable. */
  'flush',
  /** Latency of a request that goes on where the last one ended. */
  'sequential',
  /** One revolution; 0 without platters. */
  'rotation',
  /** Time per byte on the way to the host: the bandwidth cap. */
  'transfer',
  /** Requests that the disk works on at once. */
  'parallelism',
] as const;
export type ServiceCost = (typeof SERVICE_COSTS)[number];

export interface ServiceRow {
  readonly what: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: 'ns' | 'ns/byte' | 'requests';
  readonly basis: Basis;
  readonly source: string;
  readonly note: string;
  /** Ids of the calibration table's rows that the value rests on. */
  readonly calibration: readonly string[];
}

/** Every number of one kind of disk. */
export type ServiceTable = Readonly<Record<ServiceCost, ServiceRow>>;

type Range = readonly [value: number, low: number, high: number];
const NOT_READ = 'general knowledge; no source was read';
const US = 1_000;
const MS = 1_000_000;

function assumed(what: string, [value, low, high]: Range, unit: ServiceRow['unit'], note = ''): ServiceRow {
  return { what, value, low, high, unit, basis: 'assumed', source: NOT_READ, note, calibration: [] };
}

function calibrated(what: string, range: Range, id: string, note: string): ServiceRow {
  return { ...assumed(what, range, 'ns', note), calibration: [id] };
}

const same = (value: number): Range => [value, value, value];

const SAS_15K: ServiceTable = {
  read: calibrated(
    'random 4 KB read, 15 000 rpm SAS disk',
    [5.5 * MS, 4 * MS, 8 * MS],
    'disk-hdd-15k-ms',
    'Mean seek 3.5 ms and half a revolution.',
  ),
  write: assumed(
    'random 4 KB write, write cache off',
    [5.5 * MS, 4 * MS, 8 * MS],
    'ns',
    'As the read: a server disk answers from the platter.',
  ),
  flush: assumed(
    'flush with the write cache off',
    [0.1 * MS, 0.05 * MS, 5.5 * MS],
    'ns',
    'Nothing is left to write.',
  ),
  sequential: assumed(
    'next sectors without a seek',
    [0.1 * MS, 0.05 * MS, 0.2 * MS],
    'ns',
    'Command overhead; the track buffer has read ahead.',
  ),
  rotation: {
    ...assumed('one revolution', same(4 * MS), 'ns'),
    basis: 'derived',
    source: 'arithmetic',
    note: '60 s / 15 000.',
  },
  transfer: assumed('transfer at 125 MB/s', [8, 6, 12], 'ns/byte', 'Outer to inner tracks.'),
  parallelism: assumed(
    'one arm',
    same(1),
    'requests',
    'The disk takes requests in order; reordering in its queue is not modelled.',
  ),
};

const SATA_SSD: ServiceTable = {
  read: calibrated(
    'random 4 KB read, first SATA SSDs',
    [90 * US, 65 * US, 200 * US],
    'disk-ssd-2010-us',
    'X25-E class.',
  ),
  write: assumed('4 KB write into the write buffer', [85 * US, 50 * US, 300 * US], 'ns'),
  flush: assumed('flush of the write buffer', [500 * US, 100 * US, 5 * MS], 'ns'),
  sequential: assumed('next 4 KB, read ahead', [60 * US, 40 * US, 100 * US], 'ns'),
  rotation: assumed('no platters', same(0), 'ns'),
  transfer: assumed('transfer at 250 MB/s', [4, 3.6, 5.5], 'ns/byte', 'SATA of 3 Gbit/s less its overhead.'),
  parallelism: assumed('flash channels', [10, 4, 16], 'requests'),
};

const NVME: ServiceTable = {
  read: calibrated('random 4 KB read, NAND over NVMe', [85 * US, 60 * US, 120 * US], 'disk-nvme-us', ''),
  write: assumed('4 KB write into the protected buffer', [20 * US, 10 * US, 40 * US], 'ns'),
  flush: assumed('flush, buffer protected against power loss', [20 * US, 5 * US, 1 * MS], 'ns'),
  sequential: assumed('next 4 KB, read ahead', [25 * US, 10 * US, 85 * US], 'ns'),
  rotation: assumed('no platters', same(0), 'ns'),
  transfer: assumed('transfer at 3.2 GB/s', [0.3125, 0.15, 0.6], 'ns/byte', 'Four lanes of PCIe 3.0.'),
  parallelism: assumed('dies that work at once', [64, 16, 256], 'requests'),
};

const nothing = (what: string): ServiceRow => assumed(what, same(0), 'ns', 'An ideal disk.');
const MEMORY: ServiceTable = {
  read: nothing('read'),
  write: nothing('write'),
  flush: nothing('flush'),
  sequential: nothing('sequential'),
  rotation: nothing('rotation'),
  transfer: { ...nothing('transfer'), unit: 'ns/byte' },
  parallelism: assumed('no limit', same(65_536), 'requests', 'An ideal disk.'),
};

const TABLES: Readonly<Record<DiskModel, ServiceTable>> = {
  memory: MEMORY,
  sas15k: SAS_15K,
  'sata-ssd': SATA_SSD,
  nvme: NVME,
};

/** The table of a kind of disk. */
export function serviceTable(model: DiskModel): ServiceTable {
  return TABLES[model];
}

/** The numbers of a table at one end of their ranges. */
export function serviceTimes(
  model: DiskModel,
  bound: Bound = 'typical',
): Readonly<Record<ServiceCost, number>> {
  const key = bound === 'typical' ? 'value' : bound;
  const times = SERVICE_COSTS.map((cost) => [cost, TABLES[model][cost][key]]);
  return Object.fromEntries(times);
}
