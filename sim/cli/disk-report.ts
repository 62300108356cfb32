/** What `ringside disk` prints. */
import type { Issue } from '../core/errors.ts';
import type { Disk } from '../host/backends/disk.ts';
import type { VhdDisk } from '../host/backends/vhd.ts';
import { formatCount, formatCycles } from '../lab/format.ts';
import type { ImageReport } from './disk-workloads.ts';
import { table } from './output.ts';

const isVhd = (disk: Disk): disk is VhdDisk => 'info' in disk;

/** What was found wrong with an image and survived. */
export const notesOf = (disk: Disk): readonly Issue[] => (isVhd(disk) ? disk.notes : []);

/** What an image is. */
export function infoText(path: string, disk: Disk, json: boolean): string {
  const facts: Record<string, string | number> = {
    file: path,
    format: isVhd(disk) ? `${disk.info.kind} VHD` : 'raw',
    bytes: disk.sectors * disk.sectorBytes,
  };
  if (isVhd(disk)) {
    const { cylinders, heads, sectorsPerTrack } = disk.info.geometry;
    facts.creator = disk.info.creator;
    facts.geometry = `${cylinders}/${heads}/${sectorsPerTrack}`;
  }
  if (json) return JSON.stringify(facts);
  return table(Object.entries(facts).map(([name, value]) => [name, String(value)]));
}

/** What a workload did to an image, and what it cost. */
export function reportText(path: string, report: ImageReport, json: boolean): string {
  if (json) return JSON.stringify(report);
  const rows = [
    ['requests', formatCount(report.requests)],
    ['bytes', formatCount(report.bytes)],
    ['device intercepts', formatCount(report.deviceIntercepts)],
    ['hypervisor exits', formatCount(report.hypervisorExits)],
    ['ring transitions', formatCount(report.ringTransitions)],
    ['signals', formatCount(report.signals)],
    ['time in the machine', formatCycles(report.cycles, report.hz)],
    ['failed requests', formatCount(report.failures)],
  ];
  return `${path}: ${report.workload} by ${report.mode}\n\n${table(rows, [1])}`;
}
