/**
 * What a system reads from its disk while it starts: per system and kind of firmware, the files of each phase, their sizes, and how the
 * sizes are known.
 *
 * Sizes marked `measured` were read off the packages of Debian 12 (linux-image-6.1.0-50-amd64 6.1.176-1, grub-pc-bin 2.06-13+deb12u2,
 * grub-efi-amd64-signed, shim-signed). Microsoft publishes no such list; the sizes of Windows are of the right order and recalled.
 */
import type { Basis } from '../../machine/costs/rows.ts';
import type { BootPhaseId } from './phases.ts';

/** Systems whose start is told. */
export const BOOT_PROFILE_IDS = ['windows', 'linux', 'freebsd'] as const;

/** Name of such a system. */
export type BootProfileId = (typeof BOOT_PROFILE_IDS)[number];

/** What starts the machine: the BIOS of generation 1, or the UEFI of generation 2. */
export type BootFirmware = 'bios' | 'uefi';

/** What a file is to the start. */
export type BootFileRole =
  /** Sectors outside any file: the first sector, and what a loader keeps between it and the first partition. */
  'boot-code' | 'loader' | 'settings' | 'kernel' | 'driver' | 'initrd' | 'system';

/** A file, or a run of sectors, that is read in one phase. */
export interface BootFile {
  readonly phase: BootPhaseId;
  readonly role: BootFileRole;
  /** Absolute path with slashes; for `boot-code` the name of what lies there. */
  readonly path: string;
  /** Bytes on a real system. */
  readonly bytes: number;
  /** First sector, for `boot-code` only. */
  readonly lba?: number;
  readonly basis: Basis;
  readonly source: string;
  /** The driver in it, for those that decide how the disk is reached. */
  readonly driver?: BootDriver;
}

/** Drivers by which a kernel reaches its disk: the bus, the accelerated disk, the emulated one, the filter between them. */
export type BootDriver = 'vmbus' | 'storvsc' | 'ata' | 'filter';

/** How one system starts. */
export interface BootProfile {
  readonly id: BootProfileId;
  readonly title: string;
  /** Drivers that the kernel starts before it can read anything itself, in their order. */
  readonly starts: readonly string[];
  readonly files: Readonly<Record<BootFirmware, readonly BootFile[]>>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const RECALLED = 'recalled, Windows Server 2008 R2; no source was read';
const RECALLED_8 = 'recalled, Windows Server 2012 R2; no source was read';
const RECALLED_BSD = 'recalled, FreeBSD 14; no source was read';
const KERNEL_DEB = 'Debian linux-image-6.1.0-50-amd64 6.1.176-1';

type Row = readonly [
  phase: BootPhaseId,
  role: BootFileRole,
  path: string,
  bytes: number,
  driver?: BootDriver,
];

const rows = (basis: Basis, source: string, all: readonly Row[]): BootFile[] =>
  all.map(([phase, role, path, bytes, driver]) => ({
    phase,
    role,
    path,
    bytes,
    basis,
    source,
    ...(driver ? { driver } : {}),
  }));

/** The first sector, which every BIOS reads: 446 bytes of program, the partition table, the signature. */
const MBR: BootFile = {
  phase: 'boot-sector',
  role: 'boot-code',
  path: 'master boot record',
  bytes: 512,
  lba: 0,
  basis: 'published',
  source: 'BIOS Boot Specification 1.01',
};

const SYSTEM32 = '/Windows/System32';
const DRIVERS = `${SYSTEM32}/drivers`;

/** What winload reads before it starts the kernel, the same under both kinds of firmware. */
const WINDOWS_KERNEL: readonly Row[] = [
  ['loader', 'kernel', `${SYSTEM32}/ntoskrnl.exe`, 5_500_000],
  ['loader', 'kernel', `${SYSTEM32}/hal.dll`, 260_000],
  ['loader', 'settings', `${SYSTEM32}/config/SYSTEM`, 12 * MIB],
  ['loader', 'driver', `${DRIVERS}/winhv.sys`, 46_000],
  ['loader', 'driver', `${DRIVERS}/vmbus.sys`, 200_000, 'vmbus'],
  ['loader', 'driver', `${DRIVERS}/storport.sys`, 190_000],
  ['loader', 'driver', `${DRIVERS}/storvsc.sys`, 35_000, 'storvsc'],
  ['loader', 'driver', `${DRIVERS}/disk.sys`, 73_000],
  ['loader', 'driver', `${DRIVERS}/ntfs.sys`, 1_660_000],
  ['loader', 'driver', `${DRIVERS}/others.sys`, 8 * MIB],
];

const WINDOWS_RUN: readonly Row[] = [
  ['run', 'settings', `${SYSTEM32}/config/SOFTWARE`, 40 * MIB],
  ['run', 'system', `${SYSTEM32}/services.bin`, 80 * MIB],
];

const WINDOWS: BootProfile = {
  id: 'windows',
  title: 'Windows Server',
  starts: ['hal', 'winhv', 'vmbus', 'storport', 'storvsc', 'ataport', 'atapi', 'storflt', 'disk'],
  files: {
    bios: [
      MBR,
      ...rows('assumed', RECALLED, [
        ['boot-sector', 'loader', '/bootmgr', 384_000],
        ['boot-sector', 'settings', '/Boot/BCD', 28 * KIB],
        ['boot-sector', 'loader', `${SYSTEM32}/winload.exe`, 605_000],
        ...WINDOWS_KERNEL,
        ['loader', 'driver', `${DRIVERS}/ataport.sys`, 156_000],
        ['loader', 'driver', `${DRIVERS}/atapi.sys`, 24_000, 'ata'],
        ['loader', 'driver', `${DRIVERS}/vmstorfl.sys`, 46_000, 'filter'],
        ...WINDOWS_RUN,
      ]),
    ],
    uefi: rows('assumed', RECALLED_8, [
      ['boot-sector', 'loader', '/EFI/Microsoft/Boot/bootmgfw.efi', 1_600_000],
      ['boot-sector', 'settings', '/EFI/Microsoft/Boot/BCD', 28 * KIB],
      ['boot-sector', 'loader', `${SYSTEM32}/winload.efi`, 1_500_000],
      ...WINDOWS_KERNEL,
      ...WINDOWS_RUN,
    ]),
  },
};

const VERSION = '6.1.0-50-amd64';

const LINUX_FILES: readonly BootFile[] = [
  ...rows('assumed', 'a menu as update-grub writes it', [
    ['boot-sector', 'settings', '/boot/grub/grub.cfg', 8 * KIB],
  ]),
  ...rows('measured', KERNEL_DEB, [['loader', 'kernel', `/boot/vmlinuz-${VERSION}`, 8_222_656]]),
  ...rows('assumed', 'recalled: what initramfs-tools makes with MODULES=most', [
    ['loader', 'initrd', `/boot/initrd.img-${VERSION}`, 38 * MIB],
  ]),
  ...rows('assumed', 'recalled: a server without a desktop', [
    ['run', 'system', '/usr/lib/system.bin', 90 * MIB],
  ]),
];

const LINUX: BootProfile = {
  id: 'linux',
  title: 'Linux 6.1',
  starts: ['hyperv_init', 'libata', 'ata_piix', 'hv_vmbus', 'hv_storvsc', 'sd_mod'],
  files: {
    bios: [
      { ...MBR, source: 'Debian grub-pc-bin 2.06-13+deb12u2, boot.img', basis: 'measured' },
      {
        ...MBR,
        path: 'core.img',
        bytes: 60 * 512,
        lba: 1,
        basis: 'assumed',
        source: 'recalled: what grub-install puts before the first partition',
      },
      ...rows('measured', 'Debian grub-pc-bin 2.06-13+deb12u2', [
        ['boot-sector', 'loader', '/boot/grub/i386-pc/normal.mod', 115_096],
        ['boot-sector', 'loader', '/boot/grub/i386-pc/linux.mod', 13_172],
      ]),
      ...LINUX_FILES,
    ],
    uefi: [
      ...rows('measured', 'Debian shim-signed 1.51~1+deb12u1+16.1-2~deb12u1', [
        ['boot-sector', 'loader', '/EFI/debian/shimx64.efi', 1_048_504],
      ]),
      ...rows('measured', 'Debian grub-efi-amd64-signed 1+2.06+13+deb12u2', [
        ['boot-sector', 'loader', '/EFI/debian/grubx64.efi', 4_183_488],
      ]),
      ...LINUX_FILES,
    ],
  },
};

const FREEBSD_KERNEL: readonly Row[] = [
  ['loader', 'settings', '/boot/loader.conf', 1 * KIB],
  ['loader', 'settings', '/boot/lua/loader.lua', 100 * KIB],
  ['loader', 'kernel', '/boot/kernel/kernel', 28 * MIB],
  ['run', 'system', '/usr/lib/system.bin', 60 * MIB],
];

const FREEBSD: BootProfile = {
  id: 'freebsd',
  title: 'FreeBSD 14',
  starts: ['hyperv', 'vmbus', 'atapci', 'ata', 'storvsc', 'cam'],
  files: {
    bios: [
      MBR,
      ...rows('assumed', RECALLED_BSD, [
        ['boot-sector', 'loader', '/boot/loader', 500 * KIB],
        ...FREEBSD_KERNEL,
      ]),
    ],
    uefi: rows('assumed', RECALLED_BSD, [
      ['boot-sector', 'loader', '/EFI/freebsd/loader.efi', 640 * KIB],
      ...FREEBSD_KERNEL,
    ]),
  },
};

/** The systems. */
export const BOOT_PROFILES: readonly BootProfile[] = [WINDOWS, LINUX, FREEBSD];

/** The system of a name. */
export const bootProfile = (id: BootProfileId): BootProfile => BOOT_PROFILES[BOOT_PROFILE_IDS.indexOf(id)];

const SECTOR = 512;

/**
 * Bytes of a file on a disk that is made `divisor` times smaller, so that a start takes no longer than a reader waits. Boot code keeps
 * its size; no file is smaller than a sector.
 */
export const scaledBytes = ({ role, bytes }: BootFile, divisor: number): number =>
  role === 'boot-code' ? bytes : Math.max(SECTOR, Math.round(bytes / divisor));
