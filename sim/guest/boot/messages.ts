/**
 * What a reader sees on the screen when a start comes to nothing. The texts are those of the systems, recalled; what is in brackets is
 * said by the reader of the file system here.
 */
import type { Problem } from '../media/reads.ts';
import type { BootFile, BootProfileId } from './boot-files.ts';

/** The BIOS of the virtual machine finds nothing to start. */
export const NO_BOOT_DISK =
  'Boot failure. Reboot and Select proper Boot device or Insert Boot Media in selected Boot device';

const ELLIPSIS = (problem: Problem): string => `[${problem.message}]`;

/** No file system to start from. */
export function noFileSystem(id: BootProfileId, problem: Problem): string[] {
  const table = problem.kind === 'overlap' || problem.kind === 'beyond-disk' || problem.kind === 'empty';
  const first = {
    windows: table ? 'Invalid partition table' : 'Missing operating system',
    linux: table ? 'error: no such partition.' : 'error: unknown filesystem.',
    freebsd: table ? 'Invalid partition' : 'Not ufs',
  }[id];
  return id === 'linux'
    ? [first, 'Entering rescue mode...', 'grub rescue>', ELLIPSIS(problem)]
    : [first, ELLIPSIS(problem)];
}

/** A file of the start is not there, or cannot be read. */
export function noFile(id: BootProfileId, { path, role, phase }: BootFile, problem: Problem): string[] {
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (id === 'linux')
    return [`error: file \`${path}' not found.`, 'Press any key to continue...', ELLIPSIS(problem)];
  if (id === 'freebsd') {
    const line = role === 'kernel' ? "can't load 'kernel'" : `Can't find ${path}`;
    return [line, 'OK', ELLIPSIS(problem)];
  }
  if (phase === 'boot-sector' && role === 'loader' && last === 'bootmgr')
    return ['BOOTMGR is missing', 'Press Ctrl+Alt+Del to restart', ELLIPSIS(problem)];
  return [
    'Windows failed to start.',
    `File: ${path.replaceAll('/', '\\')}`,
    'Status: 0xc000000f',
    ELLIPSIS(problem),
  ];
}

/** The kernel runs and has no disk. */
export const NO_ROOT: Readonly<Record<BootProfileId, readonly string[]>> = {
  windows: ['STOP: 0x0000007B', 'INACCESSIBLE_BOOT_DEVICE'],
  linux: [
    'Gave up waiting for root file system device.',
    'ALERT! The root device does not exist. Dropping to a shell!',
    '(initramfs)',
  ],
  freebsd: ['Mounting from ufs failed with error 19.', 'mountroot>'],
};
