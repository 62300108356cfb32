/** The disk from which a machine of either generation starts: the same Linux, the loader that its firmware wants, and damage. */
import type { BootFile, BootFirmware } from '../guest/boot/boot-files.ts';
import { bootProfile, scaledBytes } from '../guest/boot/boot-files.ts';
import type { Disk } from '../host/backends/disk.ts';
import type { BootPlan } from '../lab/generation-boot.ts';
import { makeBootImage } from '../lab/media/index.ts';

/** What is wrong with the disk. */
export type Damage = 'whole' | 'primary' | 'tables' | 'loader' | 'kernel';

/** A disk and what is to be read from it. */
export interface SystemDisk {
  readonly disk: Disk;
  readonly plan: BootPlan;
}

const SECTOR = 512;

/** Makes the disk: GPT and an EFI system partition for UEFI, MBR and boot code for a BIOS; all files on the one FAT32 partition. */
export function systemDisk(firmware: BootFirmware, scale: number, damage: Damage): SystemDisk {
  const all = bootProfile('linux').files[firmware];
  const files = all.filter(({ role }) => role !== 'boot-code');
  const entry = files[0];
  const missing = damage === 'loader' ? entry : files.find(({ role }) => role === damage);
  const { disk } = makeBootImage({
    table: firmware === 'uefi' ? 'gpt' : 'mbr',
    fileSystem: 'fat32',
    files: files
      .filter((file) => file !== missing)
      .map((file, i) => ({ path: file.path, size: scaledBytes(file, scale), seed: i + 1 })),
    ...(firmware === 'uefi' ? { use: 'efi-system' } : {}),
  });
  spoil(disk, firmware, damage);
  return { disk, plan: planOf(all, files, entry) };
}

function planOf(all: readonly BootFile[], files: readonly BootFile[], entry: BootFile): BootPlan {
  const of = (phase: BootFile['phase']): string[] =>
    files.filter((file) => file.phase === phase && file !== entry).map(({ path }) => path);
  const bootCode = all.flatMap(({ lba, bytes }) =>
    lba === undefined ? [] : [{ lba, sectors: Math.ceil(bytes / SECTOR) }],
  );
  return { bootCode, entry: entry.path, manager: of('boot-sector'), loader: of('loader'), run: of('run') };
}

/** A GPT has a copy in the last sector; the table of a BIOS disk has none. */
function spoil(disk: Disk, firmware: BootFirmware, damage: Damage): void {
  if (damage !== 'primary' && damage !== 'tables') return;
  const nothing = new Uint8Array(SECTOR);
  if (firmware === 'bios') disk.write(0, 1, nothing);
  else disk.write(1, 1, nothing);
  if (firmware === 'uefi' && damage === 'tables') disk.write(disk.sectors - 1, 1, nothing);
}
