/**
 * The Linux guest: which versions it asks for and how large it makes things. Values are those of Linux 6.1 as its recordings show them
 * (Debian kernels 6.1.176 and 6.1.192).
 */
import { LINUX_VMSTOR_VERSIONS } from '../../wire/storvsp.ts';
import { LINUX_VMBUS_VERSIONS } from '../../wire/vmbus.ts';
import type { ScanRange } from '../drivers/storvsc-scan.ts';

/** What of a guest operating system its host can notice. */
export interface GuestProfile {
  readonly name: string;
  /** Value for the GUEST_OS_ID register (TLFS, "Reporting the guest OS identity"). */
  readonly guestOsId: bigint;
  /** Protocol versions, in the order in which they are tried. */
  readonly vmbusVersions: readonly number[];
  readonly storvscVersions: readonly number[];
  /** Pages of each storvsc ring. */
  readonly storvscRingPages: number;
  /** SCSI addresses that are asked. */
  readonly scan: ScanRange;
}

/** Open source (bit 63), Linux (type 1), kernel version 6.1.192 in bits 16 to 47. */
const GUEST_OS_ID = (0x8100n << 48n) | (0x06_01_c0n << 16n);

/** What a Linux 6.1 guest does. */
export const LINUX_6_1: GuestProfile = {
  name: 'Linux 6.1',
  guestOsId: GUEST_OS_ID,
  vmbusVersions: LINUX_VMBUS_VERSIONS,
  storvscVersions: LINUX_VMSTOR_VERSIONS,
  storvscRingPages: 32,
  scan: { paths: 8, targets: 2 },
};
