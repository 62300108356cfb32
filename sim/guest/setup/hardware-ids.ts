/**
 * Names by which devices and drivers find each other, in the spelling of Windows: a bus, then what the bus knows of the device. Linux and
 * FreeBSD write the same numbers in tables of their own; upper and lower case make no difference.
 *
 * Source: Windows driver documentation, "Device Identifier Formats"; for VMBus the ids that Windows guests show: class and instance GUID.
 */
import type { ChannelOffer } from '../drivers/vmbus-requests.ts';

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** A PCI function: by vendor and device. */
export const pciId = (vendor: number, device: number): string =>
  `PCI\\VEN_${hex(vendor, 4)}&DEV_${hex(device, 4)}`;

/** A PCI function: by class and subclass, for drivers that serve any such device. */
export const pciClassId = (classCode: number): string => `PCI\\CC_${hex(classCode, 4)}`;

/** A device that firmware lists. */
export const acpiId = (name: string): string => `ACPI\\${name.toUpperCase()}`;

/** A device behind VMBus: by the GUID of its class, or of its instance. */
export const vmbusId = (guid: string): string => `VMBUS\\{${guid.toUpperCase()}}`;

/** The ids of an offer, the best first. */
export const offerIds = ({ classGuid, instanceGuid }: ChannelOffer): string[] => [
  vmbusId(classGuid),
  vmbusId(instanceGuid),
];

/** Any disk, whatever bus it came by. */
export const ANY_DISK = 'GENDISK';
/** One channel of an IDE controller. */
export const IDE_CHANNEL = acpiId('PNP0600');
