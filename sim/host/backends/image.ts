/** Opens a disk image of whatever format it is, told from its bytes and never from its name. */
import type { Issue } from '../../core/errors.ts';
import type { ByteFile } from './byte-file.ts';
import type { Disk } from './disk.ts';
import { openRaw } from './raw.ts';
import { type OpenVhdOptions, openVhd } from './vhd.ts';
import { readEndFooter, readFooter } from './vhd-footer.ts';

/** Formats that are recognised to be refused: first bytes, name. */
const FOREIGN: readonly (readonly [magic: string, name: string])[] = [
  ['vhdxfile', 'VHDX'],
  ['QFI\xfb', 'QCOW2'],
  ['KDMV', 'VMDK'],
  ['<<< ', 'VDI'],
];

/**
 * Opens a VHD when the file has a VHD footer, good or bad, else a raw image. Formats that cannot be opened are named, because
 * a guest that gets their bytes as a raw disk only says that it finds no system.
 */
export function openImage(file: ByteFile, options: OpenVhdOptions = {}): Disk | Issue[] {
  const footed = readEndFooter(file).kind !== 'absent' || readFooter(file, 0).kind !== 'absent';
  if (footed) return openVhd(file, options);
  const start = String.fromCharCode(...file.read(0, 8));
  const foreign = FOREIGN.find(([magic]) => start.startsWith(magic));
  if (foreign === undefined) return openRaw(file, options);
  return [
    {
      path: 'format',
      kind: 'unsupported',
      message: `This is a ${foreign[1]} image.`,
      hint: 'Convert it to VHD first, for example with qemu-img convert -O vpc.',
    },
  ];
}
