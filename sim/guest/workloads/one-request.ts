/** One request and nothing else: what a single read or write costs when nobody else wants the disk. */
import type { Program } from '../../core/program.ts';
import type { WorkloadSite } from './workload.ts';
import { SECTOR_BYTES, WorkloadReport } from './workload.ts';

export interface OneRequest {
  readonly operation: 'read' | 'write';
  readonly lba: number;
  /** A multiple of 512. */
  readonly bytes: number;
}

/** Runs one request. The buffer must hold `bytes`. */
export function* oneRequest(site: WorkloadSite, request: OneRequest): Program<WorkloadReport> {
  const { cpu, disk, buffer } = site;
  const report = new WorkloadReport(cpu.now);
  const sectors = request.bytes / SECTOR_BYTES;
  const result = yield* disk[request.operation](request.lba, sectors, buffer);
  report.add(report.started, cpu.now, request.bytes, result);
  return report;
}
