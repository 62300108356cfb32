/**
 * The firmware of a machine of generation 1, as far as disks are concerned: it finds the first drive and lends it to whoever asks by
 * INT 13h, without interrupts.
 *
 * It has no code for VMBus. What is read before a kernel has drivers of its own is therefore read from the emulated controller, command
 * by command, or by the one port that its emulator understands as a whole command.
 *
 * Sources: ATA/ATAPI-6; OpenVMM `vm/devices/storage/ide/src/lib.rs` (enlightened INT13).
 */
import type { Program } from '../../core/program.ts';
import { ATA_CMD, ATA_DEVICE, ATA_REG, ATA_STATUS } from '../../wire/ata.ts';
import { type AtaIdentity, parseIdentify } from '../../wire/ata-identify.ts';
import { PORTS } from '../../wire/ports.ts';
import { AtaBios } from '../drivers/ata-bios.ts';
import { enableIdeBusMaster } from '../drivers/ata-pci.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { type BootSite, NotedDriver } from './boot-site.ts';
import { writeSmbios } from './smbios.ts';

/** How INT 13h reaches the drive: register by register, or by the enlightened port. */
export type Int13Way = 'plain' | 'enlightened';

const IDENTIFY_WORDS = 256;
const IDENTIFY_BYTES = 512;

/** IDENTIFY DEVICE without interrupts, into the 512 bytes at `gpa`. `undefined` when nobody answers. */
export function* identifyPolled(port: AtaPort, device: 0 | 1, gpa: number): Program<AtaIdentity | undefined> {
  const { cpu, command } = port;
  yield* cpu.out8(command + ATA_REG.DEVICE, ATA_DEVICE.OBSOLETE | (device ? ATA_DEVICE.DEV1 : 0));
  yield* port.pause();
  yield* cpu.out8(command + ATA_REG.CMD, ATA_CMD.ID_ATA);
  const status = yield* port.waitNotBusy();
  if ((status & ATA_STATUS.DRQ) === 0 || status & ATA_STATUS.ERR || status === 0xff) return undefined;
  cpu.memory.u8.fill(0, gpa, gpa + IDENTIFY_BYTES);
  yield* cpu.insw(command, gpa, IDENTIFY_WORDS);
  yield* port.waitNotBusy();
  return parseIdentify(cpu.memory.u8, gpa);
}

/** The first drive as INT 13h lends it. */
export interface FirmwareDisk {
  readonly driver: NotedDriver;
  readonly identity: AtaIdentity;
  /** First port of the bus master, where the firmware has put it. */
  readonly busMaster: number;
}

/**
 * Power-on: writes the table that names the machine, places the bus master, asks the drive who it is. `page` is a page for descriptor
 * tables. `undefined` when there is no drive.
 */
export function* startFirmware(
  site: BootSite,
  way: Int13Way,
  page: number,
): Program<FirmwareDisk | undefined> {
  const { cpu, drive } = site;
  writeSmbios(cpu.memory);
  const busMaster = (yield* enableIdeBusMaster(cpu)) ?? PORTS.IDE_BUS_MASTER.first;
  const port = new AtaPort(cpu, drive.channel, busMaster);
  yield* port.setInterrupts(false);
  const identity = yield* identifyPolled(port, drive.device, site.buffer);
  if (!identity) return undefined;
  const mode = way === 'plain' ? 'polled' : 'int13';
  const bios = new AtaBios({ port, mode, device: drive.device, sectors: identity.sectors, page });
  yield* bios.attach();
  site.claim('firmware');
  return { driver: new NotedDriver(site, 'firmware', bios), identity, busMaster };
}
