/**
 * ATA as a register interface: registers, commands, status, error, device and control bits, bus-master registers and PRD entries.
 *
 * Sources: ATA/ATAPI-6 (T13 1410D) §7 and §8; Intel 82371AB datasheet §2.7 (bus master); names from Linux `include/linux/ata.h`.
 * IDENTIFY DEVICE data is in `ata-identify.ts`.
 */
import { codes } from './codes.ts';

/** Bytes of a sector. */
export const ATA_SECT_SIZE = 512;

/** Register offsets in the command block. Offset 1 reads as error and writes as features, 7 reads as status and writes as command. */
export const ATA_REG = {
  DATA: 0,
  ERR: 1,
  FEATURE: 1,
  NSECT: 2,
  LBAL: 3,
  LBAM: 4,
  LBAH: 5,
  DEVICE: 6,
  STATUS: 7,
  CMD: 7,
} as const;

/** Command codes. */
export const ataCommands = codes({
  NOP: [0x00, 'NOP: always aborted'],
  DSM: [0x06, 'DATA SET MANAGEMENT (TRIM)'],
  DEV_RESET: [0x08, 'DEVICE RESET (packet devices)'],
  PIO_READ: [0x20, 'READ SECTORS'],
  PIO_READ_EXT: [0x24, 'READ SECTORS EXT'],
  READ_EXT: [0x25, 'READ DMA EXT'],
  READ_MULTI_EXT: [0x29, 'READ MULTIPLE EXT'],
  PIO_WRITE: [0x30, 'WRITE SECTORS'],
  PIO_WRITE_EXT: [0x34, 'WRITE SECTORS EXT'],
  WRITE_EXT: [0x35, 'WRITE DMA EXT'],
  WRITE_MULTI_EXT: [0x39, 'WRITE MULTIPLE EXT'],
  WRITE_FUA_EXT: [0x3d, 'WRITE DMA FUA EXT'],
  VERIFY: [0x40, 'READ VERIFY SECTORS'],
  VERIFY_EXT: [0x42, 'READ VERIFY SECTORS EXT'],
  EDD: [0x90, 'EXECUTE DEVICE DIAGNOSTIC'],
  INIT_DEV_PARAMS: [0x91, 'INITIALIZE DEVICE PARAMETERS'],
  PACKET: [0xa0, 'PACKET'],
  ID_ATAPI: [0xa1, 'IDENTIFY PACKET DEVICE'],
  SMART: [0xb0, 'SMART'],
  READ_MULTI: [0xc4, 'READ MULTIPLE'],
  WRITE_MULTI: [0xc5, 'WRITE MULTIPLE'],
  SET_MULTI: [0xc6, 'SET MULTIPLE MODE'],
  READ: [0xc8, 'READ DMA'],
  WRITE: [0xca, 'WRITE DMA'],
  WRITE_MULTI_FUA_EXT: [0xce, 'WRITE MULTIPLE FUA EXT'],
  STANDBYNOW1: [0xe0, 'STANDBY IMMEDIATE'],
  IDLEIMMEDIATE: [0xe1, 'IDLE IMMEDIATE'],
  STANDBY: [0xe2, 'STANDBY'],
  IDLE: [0xe3, 'IDLE'],
  CHK_POWER: [0xe5, 'CHECK POWER MODE'],
  SLEEP: [0xe6, 'SLEEP'],
  FLUSH: [0xe7, 'FLUSH CACHE'],
  FLUSH_EXT: [0xea, 'FLUSH CACHE EXT'],
  ID_ATA: [0xec, 'IDENTIFY DEVICE'],
  SET_FEATURES: [0xef, 'SET FEATURES'],
  READ_NATIVE_MAX_EXT: [0x27, 'READ NATIVE MAX ADDRESS EXT'],
  READ_NATIVE_MAX: [0xf8, 'READ NATIVE MAX ADDRESS'],
});
/** The commands by name. */
export const ATA_CMD = ataCommands.values;

/** Status register bits. */
export const ataStatusBits = codes({
  BUSY: [0x80, 'BSY: the device owns the command block; all other bits are void'],
  DRDY: [0x40, 'ready for a command'],
  DF: [0x20, 'device fault'],
  DSC: [0x10, 'seek complete'],
  DRQ: [0x08, 'the data register has or wants words'],
  CORR: [0x04, 'corrected data (obsolete)'],
  SENSE: [0x02, 'index / sense'],
  ERR: [0x01, 'look at the error register'],
});
/** The bits by name. */
export const ATA_STATUS = ataStatusBits.values;
/** What an empty channel's status port reads as: no device drives DD7. */
export const ATA_STATUS_NO_DEVICE = 0x7f;

/** Error register bits. */
export const ataErrorBits = codes({
  ICRC: [0x80, 'interface CRC error'],
  UNC: [0x40, 'uncorrectable data'],
  MC: [0x20, 'medium changed'],
  IDNF: [0x10, 'address not found: beyond capacity'],
  MCR: [0x08, 'medium change requested'],
  ABORTED: [0x04, 'command not supported or parameter wrong'],
  TRK0NF: [0x02, 'no medium'],
  AMNF: [0x01, 'address mark not found'],
});
/** The bits by name. */
export const ATA_ERROR = ataErrorBits.values;

/** Device register bits. The low nibble is LBA bits 24 to 27 of 28-bit commands. */
export const ATA_DEVICE = { OBSOLETE: 0xa0, LBA: 0x40, DEV1: 0x10, LBA_HIGH_MASK: 0x0f } as const;
/** Device control register bits: high order byte, software reset, interrupt disable. */
export const ATA_CONTROL = { HOB: 0x80, OBSOLETE: 0x08, SRST: 0x04, NIEN: 0x02 } as const;

/** Signature that a device leaves in its registers after reset. */
export const ATA_SIGNATURE = {
  NSECT: 1,
  LBAL: 1,
  ATA: { LBAM: 0, LBAH: 0 },
  ATAPI: { LBAM: 0x14, LBAH: 0xeb },
} as const;

/** Sub-commands of SET FEATURES. */
export const SETFEATURES = { WC_ON: 0x02, XFER: 0x03, RA_OFF: 0x55, WC_OFF: 0x82, RA_ON: 0xaa } as const;
/** Transfer modes for SETFEATURES.XFER: base | mode number. */
export const XFER = {
  PIO_SLOW: 0x00,
  PIO_0: 0x08,
  PIO_4: 0x0c,
  MW_DMA_0: 0x20,
  MW_DMA_2: 0x22,
  UDMA_0: 0x40,
  UDMA_5: 0x45,
} as const;

/** Offsets and bits of a channel's bus-master registers. */
export const ATA_DMA = {
  CMD: 0,
  STATUS: 2,
  TABLE_OFS: 4,
  /** Command bit: start. */
  START: 0x01,
  /** Command bit: direction, set = device to memory. */
  WR: 0x08,
  /** Status bits: active, error (write 1 to clear), interrupt (write 1 to clear), drive 0/1 DMA capable, simplex. */
  ACTIVE: 0x01,
  ERR: 0x02,
  INTR: 0x04,
  DRIVE0_CAPABLE: 0x20,
  DRIVE1_CAPABLE: 0x40,
} as const;

/** One physical region descriptor: a piece of memory, within one 64 KiB block, for the bus master. */
export interface PrdEntry {
  /** Guest-physical address, even, below 4 GiB. */
  readonly base: number;
  /** Bytes, 2 to 65 536. */
  readonly bytes: number;
  /** Last entry of the table. */
  readonly endOfTable: boolean;
}

/** Bytes of a PRD entry. */
export const ATA_PRD_SZ = 8;
/** A PRD must not cross a multiple of this, bytes. */
export const ATA_PRD_BOUNDARY = 0x1_0000;

/** Writes one PRD entry at `offset`. A count of 65 536 is stored as 0. */
export function writePrd(view: DataView, offset: number, entry: PrdEntry): void {
  view.setUint32(offset, entry.base, true);
  view.setUint16(offset + 4, entry.bytes & 0xffff, true);
  view.setUint16(offset + 6, entry.endOfTable ? 0x8000 : 0, true);
}

/** Reads the PRD entry at `offset`. Address and count lose bit 0, as in the chip. */
export function readPrd(view: DataView, offset: number): PrdEntry {
  const count = view.getUint16(offset + 4, true) & 0xfffe;
  return {
    base: (view.getUint32(offset, true) & 0xffff_fffe) >>> 0,
    bytes: count === 0 ? 0x1_0000 : count,
    endOfTable: (view.getUint16(offset + 6, true) & 0x8000) !== 0,
  };
}

/** How a command moves data. */
export type AtaProtocol = 'none' | 'pio-in' | 'pio-out' | 'dma-in' | 'dma-out' | 'packet';

/** The data phase of a command, and whether its address is 48 bits wide. */
export interface AtaDataPhase {
  readonly protocol: AtaProtocol;
  readonly lba48: boolean;
  /** Moves a block of several sectors per interrupt (READ/WRITE MULTIPLE). */
  readonly multiple: boolean;
}

const PHASES = new Map<number, AtaDataPhase>([
  [ATA_CMD.PIO_READ, { protocol: 'pio-in', lba48: false, multiple: false }],
  [ATA_CMD.PIO_READ_EXT, { protocol: 'pio-in', lba48: true, multiple: false }],
  [ATA_CMD.READ_MULTI, { protocol: 'pio-in', lba48: false, multiple: true }],
  [ATA_CMD.READ_MULTI_EXT, { protocol: 'pio-in', lba48: true, multiple: true }],
  [ATA_CMD.READ, { protocol: 'dma-in', lba48: false, multiple: false }],
  [ATA_CMD.READ_EXT, { protocol: 'dma-in', lba48: true, multiple: false }],
  [ATA_CMD.PIO_WRITE, { protocol: 'pio-out', lba48: false, multiple: false }],
  [ATA_CMD.PIO_WRITE_EXT, { protocol: 'pio-out', lba48: true, multiple: false }],
  [ATA_CMD.WRITE_MULTI, { protocol: 'pio-out', lba48: false, multiple: true }],
  [ATA_CMD.WRITE_MULTI_EXT, { protocol: 'pio-out', lba48: true, multiple: true }],
  [ATA_CMD.WRITE_MULTI_FUA_EXT, { protocol: 'pio-out', lba48: true, multiple: true }],
  [ATA_CMD.WRITE, { protocol: 'dma-out', lba48: false, multiple: false }],
  [ATA_CMD.WRITE_EXT, { protocol: 'dma-out', lba48: true, multiple: false }],
  [ATA_CMD.WRITE_FUA_EXT, { protocol: 'dma-out', lba48: true, multiple: false }],
  [ATA_CMD.ID_ATA, { protocol: 'pio-in', lba48: false, multiple: false }],
  [ATA_CMD.ID_ATAPI, { protocol: 'pio-in', lba48: false, multiple: false }],
  [ATA_CMD.PACKET, { protocol: 'packet', lba48: false, multiple: false }],
]);
const NO_DATA: AtaDataPhase = { protocol: 'none', lba48: false, multiple: false };

/** The data phase of `command`; commands not listed move none. */
export const ataDataPhase = (command: number): AtaDataPhase => PHASES.get(command) ?? NO_DATA;
