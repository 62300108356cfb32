/**
 * ATA packet devices: what differs from a disk's register interface, and how such a device describes itself.
 *
 * The count register becomes the interrupt reason, the two upper address registers the byte count. A command is PACKET, then twelve bytes
 * of SCSI command through the data port, then data in blocks, each announced by an interrupt with its length, then a last interrupt.
 *
 * Sources: ATA/ATAPI-6 (T13 1410D) §8.17 IDENTIFY PACKET DEVICE, §8.24 PACKET, §9.8 protocol; names from Linux `include/linux/ata.h`.
 */
import { ATA_ID } from './ata-identify.ts';

/** Bytes of a command packet of a CD or DVD drive. */
export const ATAPI_CDB_LEN = 12;

/** Interrupt reason, in the sector count register. Both bits set: the command has ended, the status is valid. */
export const ATAPI_REASON = {
  /** Command or data: set while the device wants the packet, and at the end. */
  CD: 0x01,
  /** Direction: set for device to host. */
  IO: 0x02,
  AWAIT_PACKET: 0x01,
  DATA_IN: 0x02,
  COMPLETE: 0x03,
} as const;

/** Features register of PACKET: the data go by bus master. */
export const ATAPI_PKT_DMA = 0x01;

/** Word 0 of a CD drive: packet device, type 5, removable, DRQ within 50 µs of PACKET and without an interrupt, packets of 12 bytes. */
const CONFIG_CD = 0x85c0;
/** Words 27 to 46 are the model, in which the first letter of each word is its high byte. */
const MODEL_WORDS = 20;

/** What a packet device says about itself. */
export interface AtapiIdentity {
  /** Up to 40 ASCII characters. */
  readonly model: string;
  /** SCSI peripheral type: 5 for a CD or DVD drive. */
  readonly type: number;
  readonly removable: boolean;
  /** Bytes of a packet: 12 or 16. */
  readonly packetBytes: number;
  /** An interrupt says that the device is ready for the packet; otherwise the host polls. */
  readonly packetInterrupt: boolean;
  readonly dma: boolean;
}

/** The 512 bytes of IDENTIFY PACKET DEVICE of a CD drive. `mwdma` is the selected multiword DMA mode, -1 for none. */
export function buildPacketIdentify(model: string, mwdma: number): Uint8Array {
  const words = new Uint16Array(256);
  words[ATA_ID.CONFIG] = CONFIG_CD;
  for (const [from, count] of [
    [ATA_ID.SERNO, 10],
    [ATA_ID.FW_REV, 4],
    [ATA_ID.PROD, MODEL_WORDS],
  ]) {
    words.fill(0x2020, from, from + count);
  }
  for (let i = 0; i < model.length; i++) {
    const shift = i % 2 === 0 ? 8 : 0;
    const word = ATA_ID.PROD + (i >> 1);
    words[word] = (words[word] & ~(0xff << shift)) | ((model.charCodeAt(i) & 0x7f) << shift);
  }
  words[ATA_ID.CAPABILITY] = 0x0300; // LBA and DMA
  words[ATA_ID.FIELD_VALID] = 0x3;
  words[ATA_ID.MWDMA_MODES] = 0x7 | (mwdma < 0 ? 0 : 0x100 << mwdma);
  words[ATA_ID.PIO_MODES] = 0x3;
  for (let i = 0; i < 4; i++) words[ATA_ID.EIDE_DMA_MIN + i] = 120; // cycle times, ns
  words[ATA_ID.MAJOR_VER] = 0x7e; // ATA-1 to ATA-6
  words[ATA_ID.COMMAND_SET_1] = 0x0210; // DEVICE RESET, PACKET
  words[ATA_ID.COMMAND_SET_2] = 0x4000;
  words[ATA_ID.CFS_ENABLE_1] = 0x0210;
  words[ATA_ID.CSF_DEFAULT] = 0x4000;
  return new Uint8Array(words.buffer);
}

/** Reads the 512 bytes at `offset`. `undefined` when they are not those of a packet device. */
export function parsePacketIdentify(bytes: Uint8Array, offset = 0): AtapiIdentity | undefined {
  const word = (index: number): number => bytes[offset + 2 * index] | (bytes[offset + 2 * index + 1] << 8);
  const config = word(ATA_ID.CONFIG);
  if (config >> 14 !== 2) return undefined;
  let model = '';
  for (let i = 0; i < MODEL_WORDS; i++) {
    model += String.fromCharCode(word(ATA_ID.PROD + i) >> 8, word(ATA_ID.PROD + i) & 0xff);
  }
  return {
    model: model.trimEnd(),
    type: (config >> 8) & 0x1f,
    removable: (config & 0x80) !== 0,
    packetBytes: (config & 0x3) === 1 ? 16 : 12,
    packetInterrupt: ((config >> 5) & 0x3) === 1,
    dma: (word(ATA_ID.CAPABILITY) & 0x100) !== 0,
  };
}
