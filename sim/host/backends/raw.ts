/** A raw image: the file is the disk, sector for sector. */
import type { Issue } from '../../core/errors.ts';
import type { ByteFile } from './byte-file.ts';
import { type Disk, SECTOR_BYTES } from './disk.ts';
import { FileExtent } from './file-extent.ts';

/** Opens a raw image. A size that is no whole number of sectors is reported: such a file was most likely cut short. */
export function openRaw(file: ByteFile, options: { readonly readOnly?: boolean } = {}): Disk | Issue[] {
  const rest = file.size % SECTOR_BYTES;
  if (file.size > 0 && rest === 0)
    return new FileExtent(file, file.size / SECTOR_BYTES, options.readOnly ?? false);
  const message =
    file.size === 0
      ? 'The file is empty.'
      : `The file has ${file.size} bytes, no whole number of ${SECTOR_BYTES}-byte sectors.`;
  return [
    {
      path: 'size',
      kind: file.size === 0 ? 'empty' : 'truncated',
      message,
      hint:
        file.size === 0
          ? 'Grow the file to the size the disk should have.'
          : `Fetch the image again, or pad it to ${file.size + SECTOR_BYTES - rest} bytes if it is complete.`,
    },
  ];
}
