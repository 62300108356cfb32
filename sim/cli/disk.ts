import { rmSync } from 'node:fs';
import type { Command } from 'commander';
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import { formatBytes } from '../core/units.ts';
import { roadParams } from '../experiments/two-roads-params.ts';
import type { Disk } from '../host/backends/disk.ts';
import { openImage } from '../host/backends/image.ts';
import { createDynamicVhd, createFixedVhd, repairVhd } from '../host/backends/vhd.ts';
import { listDisk, listingJson, listingText } from './disk-list.ts';
import type { DiskOptions, DiskTask } from './disk-options.ts';
import { readDiskOptions } from './disk-options.ts';
import { infoText, notesOf, reportText } from './disk-report.ts';
import type { ImageJob } from './disk-workloads.ts';
import { DISK_WORKLOADS, runOnImage } from './disk-workloads.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import { NodeFile } from './node-file.ts';
import type { AddCommand, Terminal } from './output.ts';
import { deliver, FileTrouble, printIssues } from './output.ts';

/** `ringside disk FILE`: a workload on a real image by either road; creating, describing and mending images. */
export const addDisk: AddCommand = (program, terminal, done) => {
  describe(program.command('disk')).action((path: string, options: DiskOptions) => {
    const task = readDiskOptions(options);
    const code = task.kind === 'create' ? create(path, task, terminal) : withImage(path, task, terminal);
    if (code !== EXIT.ok) done(code);
  });
};

const WORKLOADS_HELP = `
Workloads:
${Object.entries(DISK_WORKLOADS)
  .map(([name, { doc, writes }]) => `  ${name.padEnd(8)}${doc}${writes ? '' : ' (changes nothing)'}`)
  .join('\n')}

Examples:
  ringside disk new.vhd --create dynamic --size 64MiB
  ringside disk new.vhd --workload write --mode dma
  ringside disk new.vhd --workload random --mode synthetic --json
  ringside disk debian.vhd --list`;

function describe(command: Command): Command {
  return command
    .description('run a workload on a disk image by the emulated or the synthetic road')
    .argument('<file>', 'a VHD, fixed or dynamic, or a raw image; only workloads that write change it')
    .option('--info', 'only say what the image is')
    .option(
      '--list',
      'list its partitions, file systems (FAT, ext2 to ext4, ISO 9660) and files; says what is damaged',
    )
    .option('--create <kind>', 'make a new VHD of --size: fixed or dynamic')
    .option('--repair', 'mend a damaged footer from its copy, then stop')
    .option('--workload <name>', Object.keys(DISK_WORKLOADS).join('|'), 'read')
    .option('--mode <road>', Object.keys(roadParams.mode.options).join('|'), 'synthetic')
    .option('--era <era>', Object.keys(roadParams.era.options).join('|'), '2020')
    .option(
      '--size <bytes>',
      'how much to move: 1MiB when left out, or all of a smaller image; with --create how large it is',
    )
    .option('--seed <n>', 'seed of random addresses', '1')
    .option('--json', 'print the facts or the report as JSON')
    .addHelpText('after', WORKLOADS_HELP);
}

function create(path: string, { fixed, bytes }: DiskTask & { kind: 'create' }, terminal: Terminal): ExitCode {
  const file = new NodeFile(path, 'create');
  let made: object;
  try {
    made = fixed ? createFixedVhd(file, bytes) : createDynamicVhd(file, bytes);
  } finally {
    file.close();
  }
  if (Array.isArray(made)) {
    rmSync(path);
    throw new UserError(made);
  }
  deliver(terminal, undefined, `made ${path}: ${fixed ? 'fixed' : 'dynamic'} VHD of ${formatBytes(bytes)}`);
  return EXIT.ok;
}

function withImage(path: string, task: Exclude<DiskTask, { kind: 'create' }>, terminal: Terminal): ExitCode {
  const writes = task.kind === 'repair' || (task.kind === 'run' && DISK_WORKLOADS[task.job.workload].writes);
  const file = new NodeFile(path, writes ? 'write' : 'read');
  try {
    if (task.kind === 'repair') return repair(path, file, terminal);
    const disk = openImage(file, { readOnly: !writes });
    if (Array.isArray(disk)) return refuse(path, disk, terminal);
    if (task.kind === 'info') {
      deliver(terminal, undefined, infoText(path, disk, task.json));
      printIssues(terminal, notesOf(disk));
      return EXIT.ok;
    }
    if (task.kind === 'list') return list(path, disk, task.json, terminal);
    if (writes && disk.readOnly) return refuse(path, notesOf(disk), terminal);
    return runJob(path, disk, task.job, task.json, terminal);
  } finally {
    file.close();
  }
}

/** Prints what an image holds; what is wrong goes to the error stream, and the exit code says so. */
function list(path: string, disk: Disk, json: boolean, terminal: Terminal): ExitCode {
  const listing = listDisk(disk);
  if (Array.isArray(listing)) return refuse(path, listing, terminal);
  const bytes = disk.sectors * disk.sectorBytes;
  deliver(terminal, undefined, (json ? listingJson : listingText)(path, bytes, listing));
  printIssues(terminal, [...notesOf(disk), ...listing.problems]);
  return listing.problems.length === 0 ? EXIT.ok : EXIT.no;
}

function repair(path: string, file: NodeFile, terminal: Terminal): ExitCode {
  const before = openImage(file, { readOnly: true });
  const damaged = !Array.isArray(before) && notesOf(before).some(({ kind }) => kind === 'recovered');
  const issues = Array.isArray(before) ? before : damaged ? repairVhd(file) : [];
  if (issues.length > 0) return refuse(path, issues, terminal);
  deliver(terminal, undefined, damaged ? `mended ${path}` : `${path} needs no repair; it was not changed`);
  return EXIT.ok;
}

/** Says why an image is not used. */
function refuse(path: string, issues: readonly Issue[], terminal: Terminal): ExitCode {
  printIssues(
    terminal,
    issues.map((issue) => ({ ...issue, path: `${path} (${issue.path})` })),
  );
  if (issues.some(({ kind }) => kind === 'recovered'))
    terminal.err.write(`  ringside disk ${path} --repair mends it\n`);
  terminal.err.write(`${path} was not changed\n`);
  return EXIT.no;
}

function runJob(path: string, disk: Disk, job: ImageJob, json: boolean, terminal: Terminal): ExitCode {
  const report = runOnImage(disk, job);
  deliver(terminal, undefined, reportText(path, report, json));
  if (report.failures > 0)
    throw new FileTrouble(
      `${path}: ${report.failures} of ${report.requests} requests failed; is its volume full?`,
    );
  return EXIT.ok;
}
