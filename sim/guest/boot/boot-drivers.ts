/**
 * Which drivers a kernel has before it can read a disk itself. Each system keeps them elsewhere: Windows has its loader read them one by
 * one, Linux has them in the initial RAM disk, FreeBSD in the kernel.
 */
import type { BootDriver, BootFile, BootProfileId } from './boot-files.ts';
import type { LoadedFiles } from './boot-loader.ts';
import { listInitrd } from './initrd.ts';

/** Names of the modules in a Linux initial RAM disk. */
export const LINUX_MODULES: Readonly<Record<Exclude<BootDriver, 'filter'>, string>> = {
  ata: 'ata_piix.ko',
  vmbus: 'hv_vmbus.ko',
  storvsc: 'hv_storvsc.ko',
};

/** The line of a FreeBSD kernel's own list that names a driver; it stands at the beginning of the kernel file here. */
export const freebsdDevice = (driver: BootDriver): string => `device ${driver}\n`;

/** How much of a kernel file is looked through for that list. */
const LIST_BYTES = 512;

/** The drivers in what was loaded. */
export function driversIn(
  id: BootProfileId,
  files: readonly BootFile[],
  loaded: LoadedFiles,
): Set<BootDriver> {
  if (id === 'windows') return new Set(files.flatMap(({ driver }) => (driver ? [driver] : [])));
  const role = id === 'linux' ? 'initrd' : 'kernel';
  const path = files.find((file) => file.role === role)?.path ?? '';
  const bytes = loaded.get(path) ?? new Uint8Array(0);
  return id === 'linux' ? inInitrd(bytes) : inKernel(bytes);
}

function inInitrd(archive: Uint8Array): Set<BootDriver> {
  const names = listInitrd(archive);
  const found = Object.entries(LINUX_MODULES).filter(([, file]) =>
    names.some((name) => name.endsWith(`/${file}`)),
  );
  return new Set(found.map(([driver]) => driver as BootDriver));
}

function inKernel(kernel: Uint8Array): Set<BootDriver> {
  const list = String.fromCharCode(...kernel.subarray(0, LIST_BYTES));
  const drivers: readonly BootDriver[] = ['ata', 'vmbus', 'storvsc'];
  return new Set(drivers.filter((driver) => list.includes(freebsdDevice(driver))));
}
