/** The workloads that `ringside disk` runs on an image. */

import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import { formatBytes } from '../core/units.ts';
import { copyFile } from '../guest/workloads/copy-file.ts';
import { randomAccess } from '../guest/workloads/random-access.ts';
import { sequential } from '../guest/workloads/sequential.ts';
import { sqlTransactions } from '../guest/workloads/sql-transaction.ts';
import type { WorkloadReport, WorkloadSite } from '../guest/workloads/workload.ts';
import type { Disk } from '../host/backends/disk.ts';
import type { RoadMode } from '../lab/guests.ts';
import { bootRoad } from '../lab/guests.ts';
import { Lab } from '../lab/lab.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import type { Era } from '../machine/costs.ts';

export type DiskWorkload = 'read' | 'write' | 'random' | 'sql' | 'copy';

export interface ImageJob {
  readonly workload: DiskWorkload;
  readonly mode: RoadMode;
  readonly era: Era;
  /** Bytes to move; 1 MiB when left out, or all of a smaller image. */
  readonly bytes?: number;
  readonly seed: number;
}

export interface ImageReport extends ImageJob {
  readonly bytes: number;
  readonly requests: number;
  readonly failures: number;
  readonly deviceIntercepts: number;
  readonly hypervisorExits: number;
  readonly ringTransitions: number;
  readonly signals: number;
  readonly cycles: number;
  readonly hz: number;
}

interface Workload {
  readonly doc: string;
  readonly writes: boolean;
  /** Bytes that the image must have at least. */
  readonly least: number;
  readonly run: (site: WorkloadSite, bytes: number, lab: Lab) => Program<WorkloadReport>;
}

const PIECE = 65_536;
/** Bytes that are moved unless another number is given. */
const MOST = 1024 * 1024;
const PAGE = 8192;
const SECTOR = 512;

export const DISK_WORKLOADS: Readonly<Record<DiskWorkload, Workload>> = {
  read: {
    doc: 'the first bytes, in order',
    writes: false,
    least: SECTOR,
    run: (site, bytes) => sequential(site, { operation: 'read', lba: 0, bytes, requestBytes: PIECE }),
  },
  random: {
    doc: 'pages of 8 KiB at random addresses, eight at a time',
    writes: false,
    least: PAGE,
    run: (site, bytes, lab) =>
      randomAccess(
        site,
        { requests: Math.ceil(bytes / PAGE), requestBytes: PAGE, depth: 8, reads: 1 },
        lab.rng('disk.addresses'),
      ),
  },
  write: {
    doc: 'a pattern over the first bytes',
    writes: true,
    least: SECTOR,
    run: (site, bytes) => sequential(site, { operation: 'write', lba: 0, bytes, requestBytes: PIECE }),
  },
  sql: {
    doc: 'small transactions with a write-ahead log',
    writes: true,
    // The log takes a sixteenth of the disk and must hold one record of 4 KiB.
    least: 16 * 4096,
    *run(site, bytes, lab) {
      const { disk } = yield* sqlTransactions(
        site,
        { transactions: Math.max(1, Math.round(bytes / 65_536)) },
        lab.rng('disk.addresses'),
      );
      return disk;
    },
  },
  copy: {
    doc: 'the first half of the bytes to the second',
    writes: true,
    least: 2 * SECTOR,
    run: (site, bytes) =>
      copyFile(site, { from: 0, to: Math.floor(bytes / 1024), bytes: Math.floor(bytes / 1024) * 512 }),
  },
};

function sizeIssues(capacity: number, workload: DiskWorkload, bytes: number): Issue[] {
  const { least } = DISK_WORKLOADS[workload];
  if (capacity < least) {
    const message = `the image holds ${formatBytes(capacity)}, ${workload} needs at least ${formatBytes(least)}`;
    return [
      { path: '--workload', kind: 'too-small', message, hint: 'take a larger image or the workload read' },
    ];
  }
  if (bytes <= capacity && bytes >= Math.min(least, 2 * SECTOR)) return [];
  const message = `the image holds ${formatBytes(capacity)}`;
  const hint = `use --size ${formatBytes(Math.min(least, 2 * SECTOR))} to ${formatBytes(capacity)}`;
  return [{ path: '--size', kind: 'out-of-range', message, hint }];
}

/**
 * Boots a guest on the image, runs the workload and makes everything stable.
 * @throws UserError when the image is smaller than the workload.
 */
export function runOnImage(disk: Disk, job: ImageJob): ImageReport {
  const capacity = disk.sectors * disk.sectorBytes;
  const bytes = job.bytes ?? Math.min(MOST, capacity);
  const issues = sizeIssues(capacity, job.workload, bytes);
  if (issues.length > 0) throw new UserError(issues);
  const lab = new Lab(job.seed, { traceRows: 0 });
  const machine = lab.machine({ era: job.era, disk });
  const buffer = GUEST_PAGES;
  const driver = bootRoad(machine, { mode: job.mode, firstPage: buffer + 16 * PIECE });
  for (let i = 0; i < PIECE; i++)
    machine.partition.memory.u8[buffer + i] = (i * 131 + (i >> 8) * 7 + job.seed) & 0xff;
  machine.startMeasuring();
  const { run } = DISK_WORKLOADS[job.workload];
  const report = machine.cpu.finish(run({ cpu: machine.cpu, disk: driver, buffer }, bytes, lab));
  const counted = machine.measured();
  disk.flush();
  return {
    ...job,
    bytes: report.bytes,
    requests: report.requests,
    failures: report.failures,
    deviceIntercepts: counted.deviceIntercepts,
    hypervisorExits: counted.hypervisorExits,
    ringTransitions: counted.ringTransitions,
    signals: counted.tallies.signals,
    cycles: report.cycles,
    hz: machine.costs.hz,
  };
}
