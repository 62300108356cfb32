/**
 * Linux' way: the driver of the emulated controller does not take the disks at all. It knows by the machine's name in SMBIOS that the same
 * disks come by VMBus as well, and ignores every ATA disk; drives with packet commands (CD, DVD) it takes, since nobody else offers them.
 *
 * The driver learns what kind of device it is before it ignores it: reset and IDENTIFY still happen.
 *
 * Source: Linux `drivers/ata/ata_piix.c` (piix_ignore_devices_quirk, module parameter prefer_ms_hyperv), `drivers/ata/libata-core.c`
 * (ata_dev_read_id and ATA_HOST_IGNORE_ATA).
 */
import type { GuestMemory } from '../../machine/memory.ts';
import type { AtaClass } from '../drivers/ata-probe.ts';
import { HYPERV_MACHINE, readSmbios } from './smbios.ts';

/** What the driver makes of the host: whether it ignores ATA disks. `prefer` is the module parameter, 1 unless somebody sets it. */
export function ignoresAta(memory: GuestMemory, prefer: 0 | 1): boolean {
  const machine = readSmbios(memory);
  const { vendor, product } = HYPERV_MACHINE;
  return prefer === 1 && machine?.vendor === vendor && machine.product === product;
}

/** Whether a device that was found is attached. */
export const attachesDevice = (device: AtaClass, ignoring: boolean): boolean =>
  device === 'packet' || (device === 'disk' && !ignoring);
