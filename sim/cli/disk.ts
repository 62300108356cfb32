import type { Command } from 'commander';
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import { formatBytes, parseBytes } from '../core/units.ts';
import { roadParams } from '../experiments/two-roads-params.ts';
import type { Disk } from '../host/backends/disk.ts';
import { openImage } from '../host/backends/image.ts';
import type { VhdDisk } from '../host/backends/vhd.ts';
import { createDynamicVhd, createFixedVhd, repairVhd } from '../host/backends/vhd.ts';
import { formatCount, formatCycles } from '../lab/format.ts';
import type { RoadMode } from '../lab/guests.ts';
import type { Era } from '../machine/costs.ts';
import type { DiskWorkload, ImageReport } from './disk-workloads.ts';
import { DISK_WORKLOADS, runOnImage } from './disk-workloads.ts';
import { EXIT } from './exit-codes.ts';
import { NodeFile } from './node-file.ts';
import type { AddCommand, Terminal } from './output.ts';
import { deliver, printIssues, table } from './output.ts';

interface DiskOptions {
  readonly info?: boolean;
  readonly create?: string;
  readonly repair?: boolean;
  readonly workload: string;
  readonly mode: string;
  readonly era: string;
  readonly size: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** `ringside disk FILE`: a workload on a real image by either road; creating, describing and mending images. */
export const addDisk: AddCommand = (program, terminal, done) => {
  describe(program.command('disk')).action((path: string, options: DiskOptions) => {
    if (options.create !== undefined) create(path, options, terminal);
    else if (!withImage(path, options, terminal)) done(EXIT.no);
  });
};

function describe(command: Command): Command {
  return command
    .description(
      'run a workload on a disk image (VHD, fixed or dynamic, or raw), by the emulated or the synthetic road',
    )
    .argument('<file>', 'the image; only workloads that write change it')
    .option('--info', 'only say what the image is')
    .option('--create <kind>', 'make a new VHD of --size: fixed or dynamic')
    .option('--repair', 'mend a damaged footer from its copy, then stop')
    .option(
      '--workload <name>',
      Object.entries(DISK_WORKLOADS)
        .map(([name, { doc }]) => `${name}: ${doc}`)
        .join('; '),
      'read',
    )
    .option('--mode <road>', Object.keys(roadParams.mode.options).join('|'), 'synthetic')
    .option('--era <era>', Object.keys(roadParams.era.options).join('|'), '2020')
    .option('--size <bytes>', 'how much to move, or how large a new image is', '1MiB')
    .option('--seed <n>', 'seed of random addresses', '1')
    .option('--json', 'print the report as JSON');
}

function create(path: string, options: DiskOptions, terminal: Terminal): void {
  const bytes = checkSize(options.size);
  if (options.create !== 'fixed' && options.create !== 'dynamic')
    throw bad('--create', `"${options.create}" is no kind of VHD`, 'use fixed or dynamic');
  const file = new NodeFile(path, 'create');
  const made = options.create === 'fixed' ? createFixedVhd(file, bytes) : createDynamicVhd(file, bytes);
  file.close();
  if (Array.isArray(made)) throw new UserError(made);
  deliver(terminal, undefined, `made ${path}: ${options.create} VHD of ${formatBytes(bytes)}`);
}

/** False when the image is damaged. */
function withImage(path: string, options: DiskOptions, terminal: Terminal): boolean {
  const workload = checkOptions(options);
  const file = new NodeFile(
    path,
    options.repair || (DISK_WORKLOADS[workload].writes && !options.info) ? 'write' : 'read',
  );
  try {
    const writes = DISK_WORKLOADS[workload].writes;
    if (options.repair) return said(terminal, path, repairVhd(file));
    const disk = openImage(file, { readOnly: options.info === true || !writes });
    if (Array.isArray(disk)) return said(terminal, path, disk);
    if (options.info) return sayInfo(terminal, path, disk, options.json);
    if (writes && disk.readOnly) return said(terminal, path, notesOf(disk));
    const seed = Number(options.seed);
    sayReport(
      terminal,
      path,
      runOnImage(disk, {
        workload,
        mode: options.mode as RoadMode,
        era: options.era as Era,
        bytes: checkSize(options.size),
        seed,
      }),
      options.json,
    );
    return true;
  } finally {
    file.close();
  }
}

const notesOf = (disk: Disk): readonly Issue[] => ('notes' in disk ? (disk as VhdDisk).notes : []);

/** Prints issues about an image; true when there are none. */
function said(terminal: Terminal, path: string, issues: readonly Issue[]): boolean {
  printIssues(
    terminal,
    issues.map((issue) => ({ ...issue, path: `${path} (${issue.path})` })),
  );
  if (issues.length > 0) terminal.err.write(`${path} was not changed\n`);
  return issues.length === 0;
}

function sayInfo(terminal: Terminal, path: string, disk: Disk, json?: boolean): boolean {
  const vhd = 'info' in disk ? (disk as VhdDisk) : undefined;
  const facts = {
    file: path,
    format: vhd ? `${vhd.info.kind} VHD` : 'raw',
    bytes: disk.sectors * disk.sectorBytes,
    ...(vhd
      ? {
          creator: vhd.info.creator,
          geometry: `${vhd.info.geometry.cylinders}/${vhd.info.geometry.heads}/${vhd.info.geometry.sectorsPerTrack}`,
        }
      : {}),
  };
  deliver(
    terminal,
    undefined,
    json ? JSON.stringify(facts) : table(Object.entries(facts).map(([name, value]) => [name, String(value)])),
  );
  for (const note of notesOf(disk)) terminal.err.write(`${note.message} ${note.hint}\n`);
  return true;
}

function sayReport(terminal: Terminal, path: string, report: ImageReport, json?: boolean): void {
  if (json) {
    deliver(terminal, undefined, JSON.stringify(report));
    return;
  }
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
  deliver(terminal, undefined, `${path}: ${report.workload} by ${report.mode}\n\n${table(rows, [1])}`);
}

function checkOptions(options: DiskOptions): DiskWorkload {
  const { workload, mode, era, seed } = options;
  if (!Object.hasOwn(DISK_WORKLOADS, workload))
    throw bad('--workload', `"${workload}" is no workload`, `use ${Object.keys(DISK_WORKLOADS).join(', ')}`);
  if (!Object.hasOwn(roadParams.mode.options, mode))
    throw bad('--mode', `"${mode}" is no road`, `use ${Object.keys(roadParams.mode.options).join(', ')}`);
  if (!Object.hasOwn(roadParams.era.options, era))
    throw bad('--era', `"${era}" is no era`, 'use 2008, 2012 or 2020');
  if (!/^\d+$/.test(seed)) throw bad('--seed', `"${seed}" is no seed`, 'use a whole number');
  return workload as DiskWorkload;
}

function checkSize(text: string): number {
  const bytes = parseBytes(text);
  if (Number.isSafeInteger(bytes) && bytes >= 512 && bytes % 512 === 0) return bytes;
  throw bad('--size', `"${text}" is no whole number of sectors`, 'write for example 512B, 64KiB or 1MiB');
}

const bad = (path: string, message: string, hint: string): UserError =>
  new UserError([{ path, kind: 'bad-option', message, hint }]);
