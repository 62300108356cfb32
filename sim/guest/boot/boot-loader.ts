/**
 * From the first sector to a kernel in memory, all by INT 13h: boot code, the file system, and the files that the system's list names.
 *
 * Damage ends a start with a line on the screen. It is never an exception, and nothing is written.
 */
import type { Program } from '../../core/program.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { FileSystem } from '../media/index.ts';
import { SECTOR } from '../media/reads.ts';
import { answerReads, openBootVolume, readPath } from './answer.ts';
import type { BootFile, BootProfileId } from './boot-files.ts';
import type { BootSite } from './boot-site.ts';
import { NO_BOOT_DISK, noFile, noFileSystem } from './messages.ts';
import type { BootPhaseId } from './phases.ts';

/** Every file that a loader read, by path. */
export type LoadedFiles = ReadonlyMap<string, Uint8Array>;

/** What the loader hands to the kernel. */
export interface Loaded {
  readonly files: LoadedFiles;
  /** The volume's key, see `BootVolume`. */
  readonly volume: string;
}

/** Why a loader came to nothing. */
export type LoaderEnd = 'no-boot-code' | 'no-file-system' | 'no-file';

const SIGNATURE = [0x55, 0xaa] as const;
const SIGNATURE_AT = 510;

/** Loads the files that belong to the firmware's phases. The files, or the reason why it stopped; the lines are on the screen. */
export function* loadSystem(
  site: BootSite,
  driver: BlockDriver,
  id: BootProfileId,
  files: readonly BootFile[],
): Program<Loaded | LoaderEnd> {
  site.enter('boot-sector');
  if (!(yield* loadBootCode(site, driver, files))) {
    site.print(NO_BOOT_DISK);
    return 'no-boot-code';
  }
  const opened = yield* answerReads(site, driver, openBootVolume(driver.sectors));
  if (!opened.ok) {
    for (const line of noFileSystem(id, opened.problem)) site.print(line);
    return 'no-file-system';
  }
  const loaded = new Map<string, Uint8Array>();
  for (const phase of ['boot-sector', 'loader'] as const) {
    if (phase !== site.phase) site.enter(phase);
    if (!(yield* loadFiles(site, driver, opened.value.system, id, filesOf(files, phase), loaded)))
      return 'no-file';
  }
  return { files: loaded, volume: opened.value.key };
}

/** Files of a phase that lie in the file system. */
export const filesOf = (files: readonly BootFile[], phase: BootPhaseId): BootFile[] =>
  files.filter((file) => file.phase === phase && file.role !== 'boot-code');

/** The first sector, which must end as one that can be started; then what lies outside of files. */
function* loadBootCode(site: BootSite, driver: BlockDriver, files: readonly BootFile[]): Program<boolean> {
  const { cpu, buffer } = site;
  for (const { lba = 0, bytes, role } of files) {
    if (role !== 'boot-code') continue;
    const { kind } = yield* driver.read(lba, Math.ceil(bytes / SECTOR), buffer);
    if (kind !== 'ok') return false;
    const { u8 } = cpu.memory;
    if (lba === 0 && SIGNATURE.some((byte, i) => u8[buffer + SIGNATURE_AT + i] !== byte)) return false;
  }
  return true;
}

function* loadFiles(
  site: BootSite,
  driver: BlockDriver,
  system: FileSystem,
  id: BootProfileId,
  files: readonly BootFile[],
  into: Map<string, Uint8Array>,
): Program<boolean> {
  for (const file of files) {
    const read = yield* answerReads(site, driver, readPath(system, file.path));
    if (!read.ok) {
      for (const line of noFile(id, file, read.problem)) site.print(line);
      return false;
    }
    into.set(file.path, read.value);
    site.watch.file(file.path, read.value);
  }
  return true;
}
