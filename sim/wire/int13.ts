/**
 * The command block of enlightened INT13: firmware writes its guest-physical address to port 1E0h (primary IDE channel) or 160h
 * (secondary) as one 32-bit OUT, and the emulator carries the whole disk command out before the OUT completes.
 *
 * Source: OpenVMM vm/devices/storage/ide/src/protocol.rs, `EnlightenedInt13Command`.
 */

/** Bytes of a command block. */
export const INT13_BLOCK_BYTES = 24;

/** Where the fields are. All numbers are little-endian. */
export const INT13 = {
  /** ATA command; a DMA command for a hard disk. */
  COMMAND: 0,
  /** Device register. */
  DEVICE: 1,
  FLAGS: 2,
  /** Written by the host when the command failed: the drive's status. */
  RESULT: 3,
  /** LBA bits 0 to 31, then 32 to 47. */
  LBA: 4,
  LBA_HIGH: 8,
  /** Sectors, 16 bits. */
  SECTORS: 10,
  /** Bytes wanted, 32 bits. Optical drives. */
  BYTES: 12,
  /** Guest-physical address of the PRD table (hard disk) or of the buffer (optical drive). */
  TABLE: 16,
  /** Bytes of the first and of the last sector that are not wanted, 16 bits each. Optical drives. */
  SKIP_HEAD: 20,
  SKIP_TAIL: 22,
} as const;

/** What firmware asks for. */
export interface Int13Block {
  readonly command: number;
  readonly device: number;
  /** 0 to 2^48 - 1. */
  readonly lba: number;
  readonly sectors: number;
  readonly bytes: number;
  readonly table: number;
  readonly skipHead: number;
  readonly skipTail: number;
}

/** Writes a block at `at`, with result 0. */
export function writeInt13(view: DataView, at: number, block: Int13Block): void {
  view.setUint8(at + INT13.COMMAND, block.command);
  view.setUint8(at + INT13.DEVICE, block.device);
  view.setUint8(at + INT13.FLAGS, 0);
  view.setUint8(at + INT13.RESULT, 0);
  view.setUint32(at + INT13.LBA, block.lba % 2 ** 32, true);
  view.setUint16(at + INT13.LBA_HIGH, Math.floor(block.lba / 2 ** 32), true);
  view.setUint16(at + INT13.SECTORS, block.sectors, true);
  view.setUint32(at + INT13.BYTES, block.bytes, true);
  view.setUint32(at + INT13.TABLE, block.table, true);
  view.setUint16(at + INT13.SKIP_HEAD, block.skipHead, true);
  view.setUint16(at + INT13.SKIP_TAIL, block.skipTail, true);
}

/** Reads the block at `at`, each field once. */
export function readInt13(view: DataView, at: number): Int13Block {
  return {
    command: view.getUint8(at + INT13.COMMAND),
    device: view.getUint8(at + INT13.DEVICE),
    lba: view.getUint32(at + INT13.LBA, true) + view.getUint16(at + INT13.LBA_HIGH, true) * 2 ** 32,
    sectors: view.getUint16(at + INT13.SECTORS, true),
    bytes: view.getUint32(at + INT13.BYTES, true),
    table: view.getUint32(at + INT13.TABLE, true),
    skipHead: view.getUint16(at + INT13.SKIP_HEAD, true),
    skipTail: view.getUint16(at + INT13.SKIP_TAIL, true),
  };
}
