/**
 * Integration components as packages: which drivers each brings, which protocol versions these speak, and for whom they were made.
 *
 * Which version of VMBus or of a service the drivers of a Windows release speak was never published as such. The protocol's versions are
 * named after releases (OpenVMM, `vmbus_core/src/protocol.rs`), and Linux used to choose its services' versions by the version of VMBus
 * (`drivers/hv/hv_util.c`, util_probe, until 4.11): from these two it is inferred. Build numbers and names of files are public.
 */
import { icVersionCode } from '../../wire/ic-codes.ts';
import { LINUX_VMSTOR_VERSIONS, VMSTOR_PROTO_VERSION } from '../../wire/storvsp.ts';
import { LINUX_VMBUS_VERSIONS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { Evidence } from '../profiles/system.ts';
import type { Driver } from './drivers.ts';
import { FREEBSD_VMBUS_DRIVERS, LINUX_VMBUS_DRIVERS, windowsVmbusDrivers } from './vmbus-drivers.ts';

/** Packages that somebody can install, and those that only come with a system. */
export const PACKAGE_IDS = ['beta', 'rtm', 'r2', '2012', '2012r2', 'current', 'linux', 'freebsd'] as const;

/** Name of a package. */
export type PackageId = (typeof PACKAGE_IDS)[number];

/** Which versions the drivers of a package speak: lists newest first, and the newest of each service. */
export interface Protocols {
  readonly vmbus: readonly number[];
  readonly storage: readonly number[];
  readonly services: {
    readonly framework: number;
    readonly heartbeat: number;
    readonly shutdown: number;
    readonly time: number;
    readonly exchange: number;
    readonly backup: number;
  };
}

/** One package. */
export interface Package {
  readonly id: PackageId;
  readonly title: string;
  readonly version: readonly number[];
  /** How it reaches a guest. */
  readonly delivered: string;
  readonly drivers: readonly Driver[];
  readonly protocols: Protocols;
  /** Systems it was made for, by id. */
  readonly systems: readonly string[];
  readonly evidence: Evidence;
  readonly source: string;
}

const { WS2008, WIN7, WIN8, WIN8_1, WIN10 } = VMBUS_VERSION;
const VERSIONS = [WIN8_1, WIN8, WIN7, WS2008] as const;
const STORAGE = [
  VMSTOR_PROTO_VERSION.WIN10,
  VMSTOR_PROTO_VERSION.WIN8_1,
  VMSTOR_PROTO_VERSION.WIN8,
  VMSTOR_PROTO_VERSION.WIN7,
  VMSTOR_PROTO_VERSION.WIN6,
] as const;

const V1 = icVersionCode(1, 0);
const V3 = icVersionCode(3, 0);
const V4 = icVersionCode(4, 0);
const V5 = icVersionCode(5, 0);

/** Linux, WS2008_SRV_VERSION and UTIL_WS2K8_FW_VERSION; the version of the backup service is assumed. */
export const SERVICES_2008 = {
  framework: V1,
  heartbeat: V1,
  shutdown: V1,
  time: V1,
  exchange: V1,
  backup: V4,
};
const SERVICES_7 = { framework: V3, heartbeat: V3, shutdown: V3, time: V3, exchange: V3, backup: V4 };
/** The same for Windows 8. */
export const SERVICES_8 = { ...SERVICES_7, exchange: V4, backup: V5 };
const SERVICES_10 = { ...SERVICES_8, shutdown: icVersionCode(3, 2), time: V4 };

/** Drivers of Server 2008. */
const OF_2008: Protocols = { vmbus: VERSIONS.slice(3), storage: STORAGE.slice(4), services: SERVICES_2008 };

const BUILDS = 'Microsoft, "Hyper-V FAQ" (2008), for 17101 and 18016; lists of build numbers for the others';
const OLD_AND_2008 = ['windows-xp', 'windows-2003-sp2', 'windows-2008'];

/** The packages, oldest first. */
export const PACKAGES: readonly Package[] = [
  {
    id: 'beta',
    title: 'Beta, in the box of Server 2008',
    version: [6, 0, 6001, 17101],
    delivered: 'on the disc of Windows Server 2008',
    drivers: windowsVmbusDrivers('2008'),
    protocols: OF_2008,
    systems: OLD_AND_2008,
    evidence: 'read',
    source: `${BUILDS}. That the beta spoke the protocols of the release is assumed.`,
  },
  {
    id: 'rtm',
    title: 'Release of 2008',
    version: [6, 0, 6001, 18016],
    delivered: 'vmguest.iso of the host, or update KB950050',
    drivers: windowsVmbusDrivers('2008'),
    protocols: OF_2008,
    systems: OLD_AND_2008,
    evidence: 'read',
    source: BUILDS,
  },
  {
    id: 'r2',
    title: 'Server 2008 R2',
    version: [6, 1, 7600, 16385],
    delivered: 'vmguest.iso of the host',
    drivers: windowsVmbusDrivers('r2'),
    protocols: { vmbus: VERSIONS.slice(2), storage: STORAGE.slice(3), services: SERVICES_7 },
    systems: [...OLD_AND_2008, 'windows-7'],
    evidence: 'recalled',
    source: BUILDS,
  },
  {
    id: '2012',
    title: 'Server 2012',
    version: [6, 2, 9200, 16384],
    delivered: 'vmguest.iso of the host',
    drivers: windowsVmbusDrivers('2012'),
    protocols: { vmbus: VERSIONS.slice(1), storage: STORAGE.slice(2), services: SERVICES_8 },
    systems: [...OLD_AND_2008, 'windows-7', 'windows-8'],
    evidence: 'recalled',
    source: BUILDS,
  },
  {
    id: '2012r2',
    title: 'Server 2012 R2, the last disc',
    version: [6, 3, 9600, 16384],
    delivered: 'vmguest.iso of the host',
    drivers: windowsVmbusDrivers('2012'),
    protocols: { vmbus: VERSIONS, storage: STORAGE.slice(1), services: SERVICES_8 },
    systems: [...OLD_AND_2008, 'windows-7', 'windows-8'],
    evidence: 'recalled',
    source: BUILDS,
  },
  {
    id: 'current',
    title: 'Windows 10 and later',
    version: [10, 0, 20348, 1],
    delivered: 'with the system, and by Windows Update',
    drivers: windowsVmbusDrivers('current'),
    protocols: {
      vmbus: [...LINUX_VMBUS_VERSIONS.filter((version) => version > WIN8_1), ...VERSIONS],
      storage: STORAGE,
      services: SERVICES_10,
    },
    systems: ['windows-10'],
    evidence: 'read',
    source: 'Microsoft, "Manage Hyper-V Integration Services"; the build is one of many',
  },
  {
    id: 'linux',
    title: 'Linux 6.1',
    version: [6, 1],
    delivered: 'with the kernel',
    drivers: LINUX_VMBUS_DRIVERS,
    protocols: { vmbus: LINUX_VMBUS_VERSIONS, storage: LINUX_VMSTOR_VERSIONS, services: SERVICES_10 },
    systems: ['linux-today'],
    evidence: 'read',
    source: 'Linux drivers/hv/connection.c, hv_util.c, hv_kvp.c, hv_snapshot.c; drivers/scsi/storvsc_drv.c',
  },
  {
    id: 'freebsd',
    title: 'FreeBSD 14',
    version: [14, 0],
    delivered: 'with the kernel',
    drivers: FREEBSD_VMBUS_DRIVERS,
    protocols: { vmbus: [WIN10, ...VERSIONS], storage: STORAGE.slice(1), services: SERVICES_8 },
    systems: ['freebsd'],
    evidence: 'read',
    source: 'FreeBSD sys/dev/hyperv/vmbus/vmbus.c (vmbus_version); the other versions are recalled',
  },
];

/** The package with this id. */
export const packageById = (id: string): Package | undefined => PACKAGES.find((one) => one.id === id);
