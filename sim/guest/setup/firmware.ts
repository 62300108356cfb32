/**
 * The BIOS as far as it matters here: finds the IDE controller, reads the first sector by the enlightened port, and looks whether it can be
 * started. It knows no other disk.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { DiskOwners } from '../boot/disk-owner.ts';
import { AtaBios } from '../drivers/ata-bios.ts';
import { enableIdeBusMaster } from '../drivers/ata-pci.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { BOOT_DRIVE } from './boot-disk.ts';

/** The first two bytes of a sector that firmware would start, at its end. */
const SIGNATURE_AT = 510;
const SIGNATURE = 0xaa55;
/** Where firmware puts the first sector. */
const BOOT_SECTOR = 0x7c00;

/** Returns the first bus-master port of the controller, or `undefined` when there is nothing to start. `page`: for the request. */
export function* startFromDisk(cpu: Cpu, page: number, owners: DiskOwners): Program<number | undefined> {
  const busMaster = yield* enableIdeBusMaster(cpu);
  if (busMaster === undefined) return undefined;
  const bios = new AtaBios({ port: new AtaPort(cpu, 0, busMaster), mode: 'int13', sectors: 1, page });
  yield* bios.attach();
  owners.claim(BOOT_DRIVE, 'firmware');
  owners.command(BOOT_DRIVE, 'firmware');
  const { kind } = yield* bios.read(0, 1, BOOT_SECTOR);
  owners.release(BOOT_DRIVE, 'firmware');
  const signature = cpu.memory.view.getUint16(BOOT_SECTOR + SIGNATURE_AT, true);
  return kind === 'ok' && signature === SIGNATURE ? busMaster : undefined;
}
