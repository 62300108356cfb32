/** Opens the file system of a partition, whichever it is. */
import { openExt } from './ext.ts';
import { openFat } from './fat.ts';
import type { FileSystem } from './file-system.ts';
import { openIso } from './iso.ts';
import type { Partition } from './partitions.ts';
import { bad, type Reading, type Result } from './reads.ts';
import { recognise } from './recognise.ts';
import { Volume } from './volume.ts';

/** The file system in a partition. One whose table entry has a problem is not read. */
export function* openFileSystem(partition: Partition): Reading<Result<FileSystem>> {
  if (partition.problem) return { ok: false, problem: partition.problem };
  if (partition.kind === 'extended')
    return bad(
      'no-file-system',
      `Partition ${partition.index} only holds logical partitions.`,
      'Open one of those: they are numbered from 5.',
    );
  const volume = new Volume(partition.firstLba, partition.sectors);
  const kind = yield* recognise(volume);
  if (!kind.ok) return kind;
  if (kind.value === 'ext') return yield* openExt(volume);
  if (kind.value === 'fat') return yield* openFat(volume);
  if (kind.value === 'iso') return yield* openIso(volume);
  const where = partition.index === 0 ? 'The disk' : `Partition ${partition.index}`;
  if (typeof kind.value === 'object')
    return bad(
      'unsupported',
      `${where} holds ${kind.value.foreign}.`,
      'FAT, ext2 to ext4 and ISO 9660 are read here.',
    );
  return bad(
    'no-file-system',
    `${where} holds no known file system.`,
    'It was not formatted, or its first sectors are damaged.',
  );
}
