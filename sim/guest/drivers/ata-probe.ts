/**
 * How a kernel finds the drives of an IDE channel: presence test, software reset, IDENTIFY DEVICE, transfer mode, block size.
 *
 * The order is that of Linux libata (drivers/ata/libata-sff.c `ata_sff_softreset`, `ata_devchk`; libata-core.c
 * `ata_dev_read_id`, `ata_dev_set_xfermode`).
 */
import type { Program } from '../../core/program.ts';
import { ATA_CMD, ATA_CONTROL, ATA_DEVICE, ATA_REG, ATA_SIGNATURE, SETFEATURES } from '../../wire/ata.ts';
import { type AtaIdentity, parseIdentify } from '../../wire/ata-identify.ts';
import type { AtaDriver } from './ata.ts';
import { plainTaskFile } from './ata-command.ts';
import type { AtaPort } from './ata-port.ts';
import type { IoResult } from './block.ts';

/** What answers at a device number. */
export type AtaClass = 'disk' | 'packet' | 'none';

/** Two values that a present device stores and an empty cable does not. */
const PATTERN = [0x55, 0xaa] as const;

function* selectPlain(port: AtaPort, device: number): Program {
  yield* port.cpu.out8(port.command + ATA_REG.DEVICE, ATA_DEVICE.OBSOLETE | (device ? ATA_DEVICE.DEV1 : 0));
  yield* port.pause();
}

/** True when something at this device number stores what is written to its registers. */
export function* isPresent(port: AtaPort, device: number): Program<boolean> {
  const { cpu, command } = port;
  const [a, b] = PATTERN;
  yield* selectPlain(port, device);
  for (const [count, low] of [PATTERN, [b, a], PATTERN]) {
    yield* cpu.out8(command + ATA_REG.NSECT, count);
    yield* cpu.out8(command + ATA_REG.LBAL, low);
  }
  const count = yield* cpu.in8(command + ATA_REG.NSECT);
  const low = yield* cpu.in8(command + ATA_REG.LBAL);
  return count === a && low === b;
}

/** Resets both drives of the cable by SRST and waits until they are ready. */
export function* softReset(port: AtaPort): Program {
  const { cpu, control } = port;
  for (const bits of [0, ATA_CONTROL.SRST, 0]) yield* cpu.out8(control, ATA_CONTROL.OBSOLETE | bits);
  yield* port.waitNotBusy();
}

/** Tells from the signature after a reset what a device is. A status of 0 means that drive 0 answers for an absent drive 1. */
export function* classify(port: AtaPort, device: number): Program<AtaClass> {
  yield* selectPlain(port, device);
  const { status, error, lbaMid, lbaHigh } = yield* port.result();
  if (error !== 1 || status === 0 || status === 0x7f) return 'none';
  const { ATA, ATAPI } = ATA_SIGNATURE;
  if (lbaMid === ATA.LBAM && lbaHigh === ATA.LBAH) return 'disk';
  return lbaMid === ATAPI.LBAM && lbaHigh === ATAPI.LBAH ? 'packet' : 'none';
}

/** IDENTIFY DEVICE into the 512 bytes at `gpa`: the driver learns its capacity. `undefined` when the drive refuses. */
export function* identify(driver: AtaDriver, gpa: number): Program<AtaIdentity | undefined> {
  const result = yield* driver.sectorIn(plainTaskFile(ATA_CMD.ID_ATA, driver.device), gpa);
  if (result.kind !== 'ok') return undefined;
  const identity = parseIdentify(driver.port.cpu.memory.u8, gpa);
  driver.sectors = identity.sectors;
  return identity;
}

/** Selects a transfer mode, such as `XFER.MW_DMA_2`. */
export function setTransferMode(driver: AtaDriver, mode: number): Program<IoResult> {
  return driver.nonData(plainTaskFile(ATA_CMD.SET_FEATURES, driver.device, SETFEATURES.XFER, mode));
}

/** Selects how many sectors the MULTIPLE commands move per interrupt. */
export function setMultiple(driver: AtaDriver, sectors: number): Program<IoResult> {
  return driver.nonData(plainTaskFile(ATA_CMD.SET_MULTI, driver.device, 0, sectors));
}
