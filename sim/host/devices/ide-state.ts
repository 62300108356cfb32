/**
 * What the IDE controller remembers, as plain data: it can be copied, compared, shown, and put back.
 *
 * Source of the register set: ATA/ATAPI-6 (task file, "previous" contents for 48-bit addressing, device control), 82371AB (PIIX4)
 * data sheet (bus-master registers, PCI configuration).
 */
import { XFER } from '../../wire/ata.ts';
import { SECTOR_BYTES } from '../backends/disk.ts';

/** Sectors in the one buffer of a drive, and therefore in the largest internal block. */
export const BUFFER_SECTORS = 128;

/** Who may move data in or out of the buffer now. `none` means that there is no buffer to access: DRQ is clear. */
export type Transfer = 'none' | 'pio-in' | 'pio-out' | 'dma-in' | 'dma-out';

/** One drive. 16-bit task-file registers hold the current byte in bits 0-7 and the previous one in bits 8-15. */
export interface DriveState {
  error: number;
  features: number;
  count: number;
  lbaLow: number;
  lbaMid: number;
  lbaHigh: number;
  deviceHead: number;
  control: number;
  /** A reset waits for the file I/O in progress; the drive shows BSY until then. */
  resetPending: boolean;
  /** The drive asks for an interrupt (INTRQ before nIEN and selection). */
  interruptPending: boolean;
  /** The last command ended with an error (status bit ERR). */
  failed: boolean;
  /** Sectors per DRQ block of the MULTIPLE commands. */
  multiple: number;
  /** Translation set by INITIALIZE DEVICE PARAMETERS: last head and sectors per track. */
  maxHead: number;
  maxSector: number;
  /** DMA mode selected by SET FEATURES, as its code. The drive starts in multiword mode 2. */
  transferMode: number;
  writeCache: boolean;
  lookAhead: boolean;
  /** Command in progress, 0 when there is none. */
  opcode: number;
  /** First sector of the current block, sectors of the command from there on, and sectors in the block. */
  lba: number;
  remaining: number;
  block: number;
  /** A file I/O of this drive is in progress. */
  mediaBusy: boolean;
  transfer: Transfer;
  /** The valid part of the buffer: `position` is next, `length` is the end. */
  position: number;
  length: number;
  readonly buffer: Uint8Array;
}

/** Values after power-on: the signature of a hard disk in the task file. */
export function powerOnDrive(): DriveState {
  return {
    error: 1,
    features: 0,
    count: 1,
    lbaLow: 1,
    lbaMid: 0,
    lbaHigh: 0,
    deviceHead: 0,
    control: 0,
    resetPending: false,
    interruptPending: false,
    failed: false,
    multiple: BUFFER_SECTORS,
    maxHead: 0,
    maxSector: 0,
    transferMode: XFER.MW_DMA_2,
    writeCache: true,
    lookAhead: true,
    opcode: 0,
    lba: 0,
    remaining: 0,
    block: 0,
    mediaBusy: false,
    transfer: 'none',
    position: 0,
    length: 0,
    buffer: new Uint8Array(BUFFER_SECTORS * SECTOR_BYTES),
  };
}

/** The bus-master half of a channel. `active` is "a descriptor table is being worked through". */
export interface BusMasterState {
  command: number;
  /** Error, interrupt and the two "drive can do DMA" bits; the active bit is derived from `active`. */
  status: number;
  table: number;
  active: boolean;
  /** Index of the next descriptor in the table. */
  next: number;
  /** What the current descriptor still holds. */
  address: number;
  left: number;
  last: boolean;
}

/** A stopped engine without a table. */
export function powerOnBusMaster(): BusMasterState {
  return { command: 0, status: 0, table: 0, active: false, next: 0, address: 0, left: 0, last: false };
}

/** An enlightened INT13 command whose OUT has not completed yet. */
export interface PendingInt13 {
  readonly block: number;
  readonly control: number;
}

/** One cable. */
export interface ChannelState {
  /** Device number in the device/head register, 0 or 1. */
  selected: number;
  /** Device control register as last written. */
  control: number;
  readonly busMaster: BusMasterState;
  readonly drives: readonly [DriveState | undefined, DriveState | undefined];
  int13: PendingInt13 | undefined;
}

/** PCI configuration registers that a guest can change. */
export interface IdePciState {
  commandStatus: number;
  bar4: number;
  timing: number;
  slaveTiming: number;
  ultraDma: number;
}

/** The controller. */
export interface IdeState {
  readonly channels: readonly [ChannelState, ChannelState];
  readonly pci: IdePciState;
}
