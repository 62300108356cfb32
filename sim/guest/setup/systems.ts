/**
 * What a system brings for its devices by itself: drivers for a PC, perhaps a package of integration components, and its way to keep two
 * drivers off one disk.
 */
import type { Evidence } from '../profiles/system.ts';
import type { Driver } from './drivers.ts';
import type { PackageId } from './packages.ts';
import type { SystemFamily } from './pc-drivers.ts';
import { PC_DRIVERS } from './pc-drivers.ts';

/**
 * How the emulated boot disk and its accelerator are kept apart. `filter`: a driver on the disk's stack diverts its requests. `ignore`: the
 * driver of the controller leaves disks alone when it sees where it runs. `veto`: the other driver forbids it the disk.
 */
export type Technique = 'filter' | 'ignore' | 'veto' | 'none';

/** One system. `id` as in `profiles/`. */
export interface SetupSystem {
  readonly id: string;
  readonly title: string;
  readonly family: SystemFamily;
  readonly technique: Technique;
  /** The package that comes with it. */
  readonly inBox?: PackageId;
  /** Drivers of its family, or of a package, that this one lacks. */
  readonly lacks?: readonly string[];
  /** GUEST_OS_ID that its VMBus driver reports (TLFS, "Reporting the guest OS identity"). */
  readonly guestOsId: bigint;
  readonly evidence: Evidence;
  readonly source: string;
}

/** Vendor Microsoft (1), Windows NT (4), then major, minor, service pack and build. */
const windowsId = (major: number, minor: number, pack: number, build: number): bigint =>
  (1n << 48n) | (4n << 40n) | BigInt(major * 2 ** 32 + minor * 2 ** 24 + pack * 2 ** 16 + build);

const FAQ = 'Microsoft, "Hyper-V FAQ" (2008): drivers that some systems lack';
const IN_BOX =
  'Microsoft, "Manage Hyper-V Integration Services"; that the package of the release is in the box is recalled';

/** The systems, oldest first. */
export const SETUP_SYSTEMS: readonly SetupSystem[] = [
  {
    id: 'unmodified',
    title: 'An unmodified system',
    family: 'other',
    technique: 'none',
    guestOsId: 0n,
    evidence: 'inferred',
    source: 'by definition: there is no package for it',
  },
  {
    id: 'windows-xp',
    title: 'Windows XP x86',
    family: 'windows',
    technique: 'filter',
    lacks: ['storvsc'],
    guestOsId: windowsId(5, 1, 3, 2600),
    evidence: 'read',
    source: `${FAQ}: no SCSI controller`,
  },
  {
    id: 'windows-2003-sp2',
    title: 'Windows Server 2003 SP2',
    family: 'windows',
    technique: 'filter',
    guestOsId: windowsId(5, 2, 2, 3790),
    evidence: 'read',
    source: `${FAQ}. Its 64-bit edition has no legacy network adapter; this is the other one.`,
  },
  {
    id: 'windows-2008',
    title: 'Windows Server 2008',
    family: 'windows',
    technique: 'filter',
    inBox: 'beta',
    guestOsId: windowsId(6, 0, 1, 6001),
    evidence: 'read',
    source: FAQ,
  },
  {
    id: 'windows-7',
    title: 'Windows 7, Server 2008 R2',
    family: 'windows',
    technique: 'filter',
    inBox: 'r2',
    guestOsId: windowsId(6, 1, 0, 7600),
    evidence: 'recalled',
    source: IN_BOX,
  },
  {
    id: 'windows-8',
    title: 'Windows 8, Server 2012',
    family: 'windows',
    technique: 'filter',
    inBox: '2012',
    guestOsId: windowsId(6, 2, 0, 9200),
    evidence: 'recalled',
    source: IN_BOX,
  },
  {
    id: 'windows-10',
    title: 'Windows 10, Server 2016 and later',
    family: 'windows',
    technique: 'filter',
    inBox: 'current',
    guestOsId: windowsId(10, 0, 0, 20348),
    evidence: 'read',
    source: IN_BOX,
  },
  {
    id: 'linux-today',
    title: 'Linux 6.1',
    family: 'linux',
    technique: 'ignore',
    inBox: 'linux',
    guestOsId: (0x8100n << 48n) | (0x06_01_c0n << 16n),
    evidence: 'read',
    source: 'Linux drivers/ata/ata_piix.c (prefer_ms_hyperv), drivers/scsi/storvsc_drv.c',
  },
  {
    id: 'freebsd',
    title: 'FreeBSD 14',
    family: 'freebsd',
    technique: 'veto',
    inBox: 'freebsd',
    guestOsId: (0x8200n << 48n) | (14n << 32n),
    evidence: 'recalled',
    source: 'FreeBSD sys/dev/hyperv/storvsc/hv_storvsc_drv_freebsd.c (storvsc_ada_probe_veto)',
  },
];

/** The system with this id. */
export const setupSystem = (id: string): SetupSystem | undefined =>
  SETUP_SYSTEMS.find((system) => system.id === id);

/** The drivers that a system has for a PC. */
export const pcDriversOf = ({ family, lacks = [] }: SetupSystem): Driver[] =>
  PC_DRIVERS[family].filter(({ id }) => !lacks.includes(id));
