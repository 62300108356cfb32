/**
 * ATA commands as a driver sees them before it touches a port: which opcode moves data in which way, and the register values.
 *
 * Source: ATA/ATAPI-6; the choice between 28 and 48 bits follows Linux drivers/ata/libata-core.c `ata_build_rw_tf` (28 bits whenever
 * address and count fit).
 */
import { ATA_CMD, ATA_DEVICE, ATA_PRD_BOUNDARY, ATA_PRD_SZ, writePrd } from '../../wire/ata.ts';

/** How the driver moves data. `pio-words` is PIO without string instructions: one IN or OUT per 16-bit word. */
export type AtaMode = 'pio' | 'pio-words' | 'multiple' | 'dma';

/** The values for one command. `high` are written first, only for 48-bit commands. */
export interface TaskFile {
  readonly command: number;
  readonly feature: number;
  readonly count: number;
  /** 0 to 2^48 - 1. */
  readonly lba: number;
  readonly device: number;
  readonly lba48: boolean;
}

const LBA28_LIMIT = 2 ** 28;
const LBA28_COUNT = 256;

const OPCODES = {
  pio: { read: [ATA_CMD.PIO_READ, ATA_CMD.PIO_READ_EXT], write: [ATA_CMD.PIO_WRITE, ATA_CMD.PIO_WRITE_EXT] },
  multiple: {
    read: [ATA_CMD.READ_MULTI, ATA_CMD.READ_MULTI_EXT],
    write: [ATA_CMD.WRITE_MULTI, ATA_CMD.WRITE_MULTI_EXT],
  },
  dma: { read: [ATA_CMD.READ, ATA_CMD.READ_EXT], write: [ATA_CMD.WRITE, ATA_CMD.WRITE_EXT] },
} as const;

/** True when a transfer fits into 28 address bits and 8 count bits. */
export function fitsLba28(lba: number, sectors: number): boolean {
  return lba + sectors < LBA28_LIMIT && sectors <= LBA28_COUNT;
}

/** Registers of a read or write of `sectors` sectors at `lba` by drive `device` (0 or 1). */
export function transferTaskFile(
  mode: AtaMode,
  operation: 'read' | 'write',
  lba: number,
  sectors: number,
  device: number,
  lba48: boolean,
): TaskFile {
  const [short, long] = OPCODES[mode === 'pio-words' ? 'pio' : mode][operation];
  const select = ATA_DEVICE.OBSOLETE | ATA_DEVICE.LBA | (device ? ATA_DEVICE.DEV1 : 0);
  const top = lba48 ? 0 : Math.floor(lba / 2 ** 24) & ATA_DEVICE.LBA_HIGH_MASK;
  return { command: lba48 ? long : short, feature: 0, count: sectors, lba, device: select | top, lba48 };
}

/** Registers of a command without a sector address. */
export function plainTaskFile(command: number, device: number, feature = 0, count = 0): TaskFile {
  const select = ATA_DEVICE.OBSOLETE | (device ? ATA_DEVICE.DEV1 : 0);
  return { command, feature, count, lba: 0, device: select, lba48: false };
}

/** Writes the descriptor table for a buffer at `table`: pieces that do not cross a multiple of 64 KiB. Memory only, no exits. */
export function fillPrdTable(view: DataView, table: number, gpa: number, bytes: number): void {
  let at = table;
  for (let done = 0; done < bytes; at += ATA_PRD_SZ) {
    const base = gpa + done;
    const piece = Math.min(bytes - done, ATA_PRD_BOUNDARY - (base % ATA_PRD_BOUNDARY));
    done += piece;
    writePrd(view, at, { base, bytes: piece, endOfTable: done === bytes });
  }
}
