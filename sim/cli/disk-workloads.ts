/** The workloads that `ringside disk` runs on an image. */

import { UserError } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
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
  /** Bytes to move. */
  readonly bytes: number;
  readonly seed: number;
}

export interface ImageReport extends ImageJob {
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
  readonly run: (site: WorkloadSite, job: ImageJob, lab: Lab) => Program<WorkloadReport>;
}

const PIECE = 65_536;
const PAGE = 8192;

export const DISK_WORKLOADS: Readonly<Record<DiskWorkload, Workload>> = {
  read: {
    doc: 'the first bytes, in order (changes nothing)',
    writes: false,
    run: (site, { bytes }) => sequential(site, { operation: 'read', lba: 0, bytes, requestBytes: PIECE }),
  },
  random: {
    doc: 'pages at random addresses (changes nothing)',
    writes: false,
    run: (site, { bytes }, lab) =>
      randomAccess(
        site,
        { requests: Math.ceil(bytes / PAGE), requestBytes: PAGE, depth: 8, reads: 1 },
        lab.rng('disk.addresses'),
      ),
  },
  write: {
    doc: 'a pattern over the first bytes',
    writes: true,
    run: (site, { bytes }) => sequential(site, { operation: 'write', lba: 0, bytes, requestBytes: PIECE }),
  },
  sql: {
    doc: 'small transactions with a write-ahead log',
    writes: true,
    *run(site, { bytes }, lab) {
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
    run: (site, { bytes }) =>
      copyFile(site, { from: 0, to: Math.floor(bytes / 1024), bytes: Math.floor(bytes / 1024) * 512 }),
  },
};

/**
 * Boots a guest on the image, runs the workload and makes everything stable.
 * @throws UserError when the image is smaller than the workload.
 */
export function runOnImage(disk: Disk, job: ImageJob): ImageReport {
  const capacity = disk.sectors * disk.sectorBytes;
  if (job.bytes > capacity) {
    throw new UserError([
      {
        path: '--size',
        kind: 'too-large',
        message: `the image holds ${capacity} bytes`,
        hint: 'ask for less',
      },
    ]);
  }
  const lab = new Lab(job.seed, { traceRows: 0 });
  const machine = lab.machine({ era: job.era, disk });
  const buffer = GUEST_PAGES;
  const driver = bootRoad(machine, { mode: job.mode, firstPage: buffer + 16 * PIECE });
  for (let i = 0; i < PIECE; i++)
    machine.partition.memory.u8[buffer + i] = (i * 131 + (i >> 8) * 7 + job.seed) & 0xff;
  machine.startMeasuring();
  const { run } = DISK_WORKLOADS[job.workload];
  const report = machine.cpu.finish(run({ cpu: machine.cpu, disk: driver, buffer }, job, lab));
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
