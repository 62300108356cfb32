/**
 * Copying a file: read a piece, write it elsewhere, until the end, then flush. One piece is in flight at a time, as with a copy loop over
 * unbuffered I/O; 64 KiB pieces are the default (assumed: the largest transfer of one classic ATA DMA command, so both roads can do it).
 */
import type { Program } from '../../core/program.ts';
import type { WorkloadSite } from './workload.ts';
import { SECTOR_BYTES, WorkloadReport } from './workload.ts';

export interface CopyFile {
  /** First sector of the source and of the copy; the two must not overlap. */
  readonly from: number;
  readonly to: number;
  /** Length in bytes, a multiple of 512. */
  readonly bytes: number;
  /** Bytes per piece. Default 65 536. */
  readonly pieceBytes?: number;
}

/** Copies. The buffer must hold one piece. The report counts reads, writes and the flush; `bytes` counts each byte twice. */
export function* copyFile(site: WorkloadSite, copy: CopyFile): Program<WorkloadReport> {
  const { cpu, disk, buffer } = site;
  const report = new WorkloadReport(cpu.now);
  const piece = copy.pieceBytes ?? 64 * 1024;
  for (let done = 0; done < copy.bytes; done += piece) {
    const bytes = Math.min(piece, copy.bytes - done);
    const [offset, sectors] = [done / SECTOR_BYTES, bytes / SECTOR_BYTES];
    const readAt = cpu.now;
    const read = yield* disk.read(copy.from + offset, sectors, buffer);
    const writeAt = cpu.now;
    report.add(readAt, writeAt, bytes, read);
    const written = yield* disk.write(copy.to + offset, sectors, buffer);
    report.add(writeAt, cpu.now, bytes, written);
  }
  const flushAt = cpu.now;
  const flushed = yield* disk.flush();
  report.add(flushAt, cpu.now, 0, flushed);
  return report;
}
