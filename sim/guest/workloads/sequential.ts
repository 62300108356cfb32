/** A stream from one address upwards, one request after the other: a backup, a large file, a log. */
import type { Program } from '../../core/program.ts';
import type { WorkloadSite } from './workload.ts';
import { SECTOR_BYTES, WorkloadReport } from './workload.ts';

export interface Sequential {
  readonly operation: 'read' | 'write';
  readonly lba: number;
  /** Bytes in all; a multiple of 512. */
  readonly bytes: number;
  /** Bytes per request; the last may be shorter. */
  readonly requestBytes: number;
}

/** Runs the stream at queue depth 1. The buffer must hold one request. */
export function* sequential(site: WorkloadSite, stream: Sequential): Program<WorkloadReport> {
  const { cpu, disk, buffer } = site;
  const report = new WorkloadReport(cpu.now);
  for (let done = 0; done < stream.bytes; done += stream.requestBytes) {
    const bytes = Math.min(stream.requestBytes, stream.bytes - done);
    const issued = cpu.now;
    const result = yield* disk[stream.operation](
      stream.lba + done / SECTOR_BYTES,
      bytes / SECTOR_BYTES,
      buffer,
    );
    report.add(issued, cpu.now, bytes, result);
  }
  return report;
}
