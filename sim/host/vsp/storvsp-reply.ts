/**
 * Completions of storvsp: the bytes of a vstor packet that answers another one.
 *
 * A completion is as long as the request was, since old guests check; what is not defined in it is zero.
 *
 * Sources: golden vectors `stor_complete_io_*`; OpenVMM `storvsp/src/lib.rs` for the NTSTATUS of each SRB status.
 */
import { buildSense, FIXED_SENSE_SIZE } from '../../wire/scsi-data.ts';
import {
  NT_STATUS,
  SCSI_REQUEST_LEN,
  SRB_STATUS,
  VSTOR_HEADER_SIZE,
  VSTOR_OPERATION,
  VSTOR_PACKET_SIZE,
} from '../../wire/storvsp.ts';
import { vmstorageChannelProperties, vstorPacket } from '../../wire/storvsp-packet.ts';
import type { HandshakeAnswer } from './storvsp-protocol.ts';
import { SRB, type StorvspRequest } from './storvsp-request.ts';

const OFFSET = {
  OPERATION: vstorPacket.offsets.operation,
  STATUS: vstorPacket.offsets.status,
  BODY: vstorPacket.offsets.vm_srb,
} as const;
const { offsets: PROPERTIES } = vmstorageChannelProperties;

/** NTSTATUS by SRB status, flags removed. Others are device errors. */
const NT_OF_SRB: Readonly<Record<number, number>> = {
  [SRB_STATUS.SUCCESS]: NT_STATUS.SUCCESS,
  [SRB_STATUS.BUSY]: NT_STATUS.DEVICE_BUSY,
  [SRB_STATUS.INVALID_LUN]: NT_STATUS.DEVICE_DOES_NOT_EXIST,
  [SRB_STATUS.INVALID_TARGET_ID]: NT_STATUS.DEVICE_DOES_NOT_EXIST,
  [SRB_STATUS.NO_DEVICE]: NT_STATUS.DEVICE_DOES_NOT_EXIST,
  [SRB_STATUS.DATA_OVERRUN]: NT_STATUS.BUFFER_OVERFLOW,
};
const SRB_FLAG_BITS = SRB_STATUS.AUTOSENSE_VALID | SRB_STATUS.QUEUE_FROZEN;

/** A packet that is written again and again: the ring copies it out. */
export class StorvspReply {
  readonly bytes = new Uint8Array(VSTOR_PACKET_SIZE);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly words = new Uint32Array(this.bytes.buffer);
  /** Something other than the words of {@link request} is not zero. */
  private dirty = false;

  /** Starts a packet of zeros. */
  private begin(operation: number, status: number): void {
    const { words } = this;
    words.fill(0);
    words[OFFSET.OPERATION / 4] = operation;
    words[OFFSET.STATUS / 4] = status;
    this.dirty = true;
  }

  /** The answer to a packet that is not a SCSI request. */
  plain(status: number): Uint8Array {
    this.begin(VSTOR_OPERATION.COMPLETE_IO, status);
    return this.bytes;
  }

  /** The answer to a packet of the handshake. */
  handshake(answer: HandshakeAnswer): Uint8Array {
    this.begin(VSTOR_OPERATION.COMPLETE_IO, answer.status);
    if (answer.version !== undefined) this.view.setUint16(OFFSET.BODY, answer.version, true);
    if (answer.properties) {
      this.view.setUint16(OFFSET.BODY + PROPERTIES.max_channel_cnt, answer.properties.maxSubChannels, true);
      this.view.setUint32(OFFSET.BODY + PROPERTIES.flags, answer.properties.flags, true);
      this.view.setUint32(
        OFFSET.BODY + PROPERTIES.max_transfer_bytes,
        answer.properties.maxTransferBytes,
        true,
      );
    }
    return this.bytes;
  }

  /** The answer to a SCSI request. Word by word, and only those that differ: one is written for every request. */
  request(request: StorvspRequest): Uint8Array {
    const { words } = this;
    const { srbStatus, scsiStatus } = request;
    if (this.dirty) {
      this.begin(VSTOR_OPERATION.COMPLETE_IO, 0);
      this.dirty = false;
    }
    const length = Math.min(request.packetBytes - VSTOR_HEADER_SIZE, SCSI_REQUEST_LEN.V2);
    put(words, OFFSET.STATUS / 4, srbStatus === SRB_STATUS.SUCCESS ? NT_STATUS.SUCCESS : ntStatus(srbStatus));
    put(words, OFFSET.BODY / 4, (length | (srbStatus << 16) | (scsiStatus << 24)) >>> 0);
    put(words, SRB.ADDRESS / 4, request.address);
    put(words, SRB.TRANSFER_LENGTH / 4, request.transferred);
    if (request.sense) this.addSense(request);
    return this.bytes;
  }

  /** Something the host says by itself: a disk came or went. */
  notice(operation: number): Uint8Array {
    this.begin(operation, NT_STATUS.SUCCESS);
    return this.bytes;
  }

  private addSense({ sense, senseRoom, srbStatus }: StorvspRequest): void {
    const length = Math.min(FIXED_SENSE_SIZE, senseRoom);
    if (!sense || length === 0) return;
    this.bytes.set(buildSense(sense).subarray(0, length), SRB.CDB);
    this.bytes[SRB.SENSE_LENGTH] = length;
    this.bytes[SRB.SRB_STATUS] = srbStatus | SRB_STATUS.AUTOSENSE_VALID;
    this.dirty = true;
  }
}

/** Writes a word if it differs: a processor is slow to copy 64-bit words of which it has just written the halves. */
function put(words: Uint32Array, at: number, value: number): void {
  if (words[at] !== value) words[at] = value;
}

function ntStatus(srbStatus: number): number {
  return NT_OF_SRB[srbStatus & ~SRB_FLAG_BITS] ?? NT_STATUS.IO_DEVICE_ERROR;
}
