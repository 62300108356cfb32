/** What the disk of `two-roads` is made of: bytes in memory, or a VHD in a file of the root, in which the sectors can be looked for. */
import { invariant } from '../core/errors.ts';
import { MemoryFile } from '../host/backends/byte-file.ts';
import type { Disk } from '../host/backends/disk.ts';
import { createDynamicVhd, createFixedVhd } from '../host/backends/vhd.ts';

/** A disk with the file that holds it, if it has one. */
export interface Image {
  readonly disk?: Disk;
  readonly file?: MemoryFile;
}

/** As large as the disk in memory that a machine has otherwise. */
const DISK_BYTES = 64 * 1024 * 1024;

/** A fresh image. 'memory' leaves the choice of the disk to the machine. */
export function newImage(kind: 'memory' | 'fixed' | 'dynamic'): Image {
  if (kind === 'memory') return {};
  const file = new MemoryFile();
  const disk = (kind === 'fixed' ? createFixedVhd : createDynamicVhd)(file, DISK_BYTES);
  invariant('sectors' in disk, 'an empty file takes a VHD');
  return { disk, file };
}
