/**
 * An accelerator: a VMBus device that stands for one drive of the emulated controller. Which one, its offer says twice: in the instance
 * GUID, whose first two groups are channel and drive, and in the bytes that the class defines.
 *
 * Sources: golden vector `offer_ide_path1_target0`; Linux `drivers/scsi/storvsc_drv.c` (storvsc_probe reads the GUID); OpenVMM
 * `vm/devices/storage/storvsp/src/lib.rs`.
 */
import { STORAGE_CHANNEL } from '../../wire/storvsp.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { Vmbus } from '../drivers/vmbus.ts';
import type { VmbusChannel } from '../drivers/vmbus-channel.ts';
import type { ChannelOffer } from '../drivers/vmbus-requests.ts';
import type { DriveAddress } from './disk-owner.ts';

const PATH = 2;
const TARGET = 3;
const FLAGS = 8;

const address = (channel: number, device: number): DriveAddress | undefined =>
  (channel === 0 || channel === 1) && (device === 0 || device === 1) ? { channel, device } : undefined;

/** The drive that the instance GUID names. */
export function driveByInstance({ instanceGuid }: ChannelOffer): DriveAddress | undefined {
  const [channel, device] = instanceGuid.split('-').map((group) => Number.parseInt(group, 16));
  return address(channel, device);
}

/** The drive that the class's own bytes name, where they say that they do. */
export function driveByUserData({ userData }: ChannelOffer): DriveAddress | undefined {
  if ((userData[FLAGS] & STORAGE_CHANNEL.EMULATED_IDE_FLAG) === 0) return undefined;
  return address(userData[PATH], userData[TARGET]);
}

/** The drive that an offer stands for. An offer that contradicts itself stands for none: a guess would be a second owner. */
export function driveOf(offer: ChannelOffer): DriveAddress | undefined {
  if (offer.classGuid !== DEVICE_CLASS.IDE.guid) return undefined;
  const byInstance = driveByInstance(offer);
  const byUserData = driveByUserData(offer);
  if (!byInstance || !byUserData) return byInstance;
  return same(byInstance, byUserData) ? byInstance : undefined;
}

const same = (a: DriveAddress, b: DriveAddress): boolean => a.channel === b.channel && a.device === b.device;

/** The channel of the accelerator of a drive, if the host offers one and nobody has opened it. */
export function findAccelerator(vmbus: Vmbus, drive: DriveAddress): VmbusChannel | undefined {
  return vmbus.devices(DEVICE_CLASS.IDE.guid).find((channel) => {
    const found = driveOf(channel.offer);
    return channel.state === 'offered' && found !== undefined && same(found, drive);
  });
}
