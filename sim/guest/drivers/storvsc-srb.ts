/**
 * Puts vstor packets together in a piece of guest memory, from where they are copied into the ring.
 *
 * The request has the Windows 8 extension (protocol 5.1 and later), the only form this driver speaks. Fields are written as 32-bit words,
 * several at once where they share one.
 */
import type { GuestMemory } from '../../machine/memory.ts';
import { SCSI_OP } from '../../wire/scsi.ts';
import {
  REQUEST_COMPLETION_FLAG,
  SCSI_REQUEST_LEN,
  SRB_FLAGS,
  STORVSC_SENSE_BUFFER_SIZE,
  VSTOR_DATA,
  VSTOR_OPERATION,
  VSTOR_PACKET_SIZE,
} from '../../wire/storvsp.ts';
import { vmscsiRequest, vstorPacket } from '../../wire/storvsp-packet.ts';

/** Where a logical unit sits behind its adapter. */
export interface ScsiAddress {
  readonly path: number;
  readonly target: number;
  readonly lun: number;
}

/** Seconds that sd gives a command; the host gets to see it and may act on it. */
const TIMEOUT_SECONDS = 60;

/** Bytes of a CDB's field. */
const CDB_BYTES = 16;

const srbOffset = (field: keyof typeof vmscsiRequest.offsets): number =>
  vstorPacket.offsets.vm_srb + vmscsiRequest.offsets[field];

/** 32-bit words of the packet, by the first field in each. */
const WORD = {
  OPERATION: vstorPacket.offsets.operation / 4,
  FLAGS: vstorPacket.offsets.flags / 4,
  STATUS: vstorPacket.offsets.status / 4,
  PARAMETER: vstorPacket.offsets.version / 4,
  /** length, srb_status, scsi_status */
  LENGTH: srbOffset('length') / 4,
  /** port_number, path_id, target_id, lun */
  ADDRESS: srbOffset('port_number') / 4,
  /** cdb_length, sense_info_length, data_in, reserved */
  CDB_LENGTH: srbOffset('cdb_length') / 4,
  TRANSFER: srbOffset('data_transfer_length') / 4,
  CDB: srbOffset('cdb') / 4,
  SRB_FLAGS: srbOffset('srb_flags') / 4,
  TIMEOUT: srbOffset('time_out_value') / 4,
  END: VSTOR_PACKET_SIZE / 4,
} as const;

export class SrbBuilder {
  /** Where the packet lies. */
  readonly gpa: number;
  readonly cdbGpa: number;
  private readonly memory: GuestMemory;
  private readonly word: number;

  constructor(memory: GuestMemory, gpa: number) {
    this.memory = memory;
    this.gpa = gpa;
    this.cdbGpa = gpa + WORD.CDB * 4;
    this.word = gpa >>> 2;
  }

  /** Starts an EXECUTE_SRB packet. The CDB's bytes are left alone: they may have been written before. */
  begin(address: ScsiAddress, cdbLength: number): void {
    const { u32 } = this.memory;
    const { word } = this;
    u32[word + WORD.OPERATION] = VSTOR_OPERATION.EXECUTE_SRB;
    u32[word + WORD.FLAGS] = REQUEST_COMPLETION_FLAG;
    u32[word + WORD.STATUS] = 0;
    u32[word + WORD.LENGTH] = SCSI_REQUEST_LEN.V2;
    u32[word + WORD.ADDRESS] = (address.path << 8) | (address.target << 16) | (address.lun << 24);
    u32[word + WORD.CDB_LENGTH] = cdbLength | (STORVSC_SENSE_BUFFER_SIZE << 8);
  }

  /** Copies a CDB in and clears the rest of its field. */
  cdb(bytes: Uint8Array): void {
    const { u8 } = this.memory;
    for (let i = 0; i < CDB_BYTES; i++) u8[this.cdbGpa + i] = i < bytes.length ? bytes[i] : 0;
  }

  /** A CDB that is all zeros but for its first byte. */
  opcode(opcode: number): void {
    const { u32 } = this.memory;
    const first = this.word + WORD.CDB;
    u32[first] = opcode;
    u32[first + 1] = u32[first + 2] = u32[first + 3] = 0;
  }

  /** Completes an EXECUTE_SRB packet. */
  finish(direction: number, bytes: number, flags: number): void {
    const { u32 } = this.memory;
    const { word } = this;
    u32[word + WORD.CDB_LENGTH] |= direction << 16;
    u32[word + WORD.TRANSFER] = bytes;
    for (let i = WORD.CDB + CDB_BYTES / 4; i < WORD.SRB_FLAGS; i++) u32[word + i] = 0;
    u32[word + WORD.SRB_FLAGS] = flags;
    u32[word + WORD.TIMEOUT] = TIMEOUT_SECONDS;
    for (let i = WORD.TIMEOUT + 1; i < WORD.END; i++) u32[word + i] = 0;
  }

  /** A whole packet of the init sequence; `parameter` is the version or the number of sub-channels. */
  control(operation: number, parameter: number): void {
    const { u32 } = this.memory;
    u32.fill(0, this.word, this.word + WORD.END);
    u32[this.word + WORD.OPERATION] = operation;
    u32[this.word + WORD.FLAGS] = REQUEST_COMPLETION_FLAG;
    u32[this.word + WORD.PARAMETER] = parameter;
  }
}

/** `srb_flags` of a transfer, by its direction. */
export function srbFlags(direction: number): number {
  if (direction === VSTOR_DATA.IN) return SRB_FLAGS.DATA_IN | SRB_FLAGS.DISABLE_SYNCH_TRANSFER;
  if (direction === VSTOR_DATA.OUT) return SRB_FLAGS.DATA_OUT | SRB_FLAGS.DISABLE_SYNCH_TRANSFER;
  return SRB_FLAGS.DISABLE_SYNCH_TRANSFER;
}

/**
 * The packet of plain reads, or of plain writes. From one request to the next nearly all of it stays as it is, so only what differs is
 * written; besides, a processor is slow to copy 64-bit words of which it has just written the halves.
 */
export class BlockPacket {
  private readonly memory: GuestMemory;
  private readonly srb: SrbBuilder;
  private readonly read: boolean;
  private readonly firstWord: number;
  /** For whom and for how many sectors the packet stands there with a CDB of 10 bytes; -1 sectors when it does not. */
  private address: ScsiAddress | undefined;
  private sectors = -1;

  /** `gpa` is where the packet lies. */
  constructor(memory: GuestMemory, gpa: number, read: boolean) {
    this.memory = memory;
    this.srb = new SrbBuilder(memory, gpa);
    this.read = read;
    this.firstWord = this.srb.cdbGpa >>> 2;
  }

  /** Writes the packet and returns where it lies. */
  fill(address: ScsiAddress, lba: number, sectors: number): number {
    if (sectors !== this.sectors || address !== this.address || lba + sectors > LAST_SHORT)
      return this.fillAnew(address, lba, sectors);
    const { u32 } = this.memory;
    const opcode = this.read ? SCSI_OP.READ_10 : SCSI_OP.WRITE_10;
    // Big-endian: the address in bytes 2 to 5, the count in bytes 7 and 8.
    u32[this.firstWord] = opcode | ((lba >>> 8) & 0xff_0000) | ((lba << 8) & 0xff00_0000);
    u32[this.firstWord + 1] = ((lba >>> 8) & 0xff) | ((lba & 0xff) << 8) | ((sectors << 16) & 0xff00_0000);
    return this.srb.gpa;
  }

  private fillAnew(address: ScsiAddress, lba: number, sectors: number): number {
    const { srb, read } = this;
    const direction = read ? VSTOR_DATA.IN : VSTOR_DATA.OUT;
    const length = putBlockCdb(this.memory.u8, srb.cdbGpa, read, lba, sectors);
    srb.begin(address, length);
    srb.finish(direction, sectors * 512, srbFlags(direction));
    this.address = address;
    this.sectors = length === 10 ? sectors : -1;
    return srb.gpa;
  }
}

/** Up to this sector a CDB of 10 bytes will do. */
const LAST_SHORT = 0xffff_ffff;

/**
 * Writes READ or WRITE into 16 bytes at `at`, with 10 bytes while address and count fit in them and 16 otherwise, as Linux's sd does.
 * Returns the CDB's length.
 */
export function putBlockCdb(u8: Uint8Array, at: number, read: boolean, lba: number, sectors: number): number {
  if (lba + sectors > LAST_SHORT || sectors > 0xffff) return putLongCdb(u8, at, read, lba, sectors);
  u8[at] = read ? SCSI_OP.READ_10 : SCSI_OP.WRITE_10;
  u8[at + 1] = 0;
  u8[at + 2] = lba >>> 24;
  u8[at + 3] = lba >>> 16;
  u8[at + 4] = lba >>> 8;
  u8[at + 5] = lba;
  u8[at + 6] = 0;
  u8[at + 7] = sectors >>> 8;
  u8[at + 8] = sectors;
  for (let i = 9; i < 16; i++) u8[at + i] = 0;
  return 10;
}

function putLongCdb(u8: Uint8Array, at: number, read: boolean, lba: number, sectors: number): number {
  u8[at] = read ? SCSI_OP.READ_16 : SCSI_OP.WRITE_16;
  u8[at + 1] = 0;
  for (let i = 9, rest = lba; i >= 2; i--, rest = Math.floor(rest / 256)) u8[at + i] = rest % 256;
  for (let i = 13, rest = sectors; i >= 10; i--, rest >>>= 8) u8[at + i] = rest;
  u8[at + 14] = u8[at + 15] = 0;
  return 16;
}
