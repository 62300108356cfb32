/**
 * What a storvsc completion says: SRB status, SCSI status, bytes moved, sense data, and what the driver makes of them.
 *
 * After Linux 6.1 `drivers/scsi/storvsc_drv.c` (storvsc_on_io_completion, storvsc_handle_error) and the retry rules of the SCSI
 * mid-layer.
 */
import type { GuestMemory } from '../../machine/memory.ts';
import { SAM_STAT, SENSE_KEY } from '../../wire/scsi.ts';
import { SRB_STATUS, srbStatuses } from '../../wire/storvsp.ts';
import { vmscsiRequest, vstorPacket } from '../../wire/storvsp-packet.ts';
import type { IoResult } from './block.ts';
import { IO_OK } from './block.ts';

const SRB_FLAG_BITS = SRB_STATUS.QUEUE_FROZEN | SRB_STATUS.AUTOSENSE_VALID;

const SRB = vstorPacket.offsets.vm_srb;
/** Words of the packet: length, SRB status, SCSI status in one; bytes moved. */
const STATUS_WORD = (SRB + vmscsiRequest.offsets.length) / 4;
const TRANSFER_WORD = (SRB + vmscsiRequest.offsets.data_transfer_length) / 4;
/** Sense data lies where the CDB was. */
const SENSE_BYTE = SRB + vmscsiRequest.offsets.cdb;

/** A completion copied out of the ring; one object is used for all. */
export class StorvscCompletion {
  /** Without the two flags that the host may set in it. */
  srbStatus = 0;
  scsiStatus = 0;
  /** Bytes that were moved. */
  transferred = 0;
  /** Sense key, and additional code << 8 | qualifier; 0 when the host sent none. */
  senseKey = 0;
  senseCode = 0;

  /** Reads the 64 bytes at `gpa`. */
  read(memory: GuestMemory, gpa: number): void {
    const { u32 } = memory;
    const word = gpa >>> 2;
    const status = u32[word + STATUS_WORD];
    this.srbStatus = (status >>> 16) & 0xff & ~SRB_FLAG_BITS;
    this.scsiStatus = status >>> 24;
    this.transferred = u32[word + TRANSFER_WORD];
    this.senseKey = 0;
    this.senseCode = 0;
    if (((status >>> 16) & SRB_STATUS.AUTOSENSE_VALID) !== 0) this.readSense(memory.u8, gpa);
  }

  /** Fixed-format sense data, the only form hosts send. */
  private readSense(u8: Uint8Array, gpa: number): void {
    const sense = gpa + SENSE_BYTE;
    if ((u8[sense] & 0x7e) !== 0x70) return;
    this.senseKey = u8[sense + 2] & 0xf;
    this.senseCode = (u8[sense + 12] << 8) | u8[sense + 13];
  }

  /** The command was carried out. A length other than the one asked for is told by `transferred`. */
  get succeeded(): boolean {
    const done = this.srbStatus === SRB_STATUS.SUCCESS || this.srbStatus === SRB_STATUS.DATA_OVERRUN;
    return done && this.scsiStatus === SAM_STAT.GOOD;
  }

  /** Worth another try: the unit was busy, or it only wanted to say that something has changed. */
  get retryable(): boolean {
    if (this.srbStatus === SRB_STATUS.SUCCESS && this.scsiStatus === SAM_STAT.GOOD) return false;
    if (this.senseKey === SENSE_KEY.UNIT_ATTENTION) return true;
    if (this.srbStatus === SRB_STATUS.BUSY) return true;
    return this.scsiStatus === SAM_STAT.BUSY || this.scsiStatus === SAM_STAT.TASK_SET_FULL;
  }
}

/** The answer for whoever issued a request of `wanted` bytes. */
export function ioResult(completion: StorvscCompletion, wanted: number): IoResult {
  if (completion.succeeded && completion.transferred === wanted) return IO_OK;
  const { srbStatus, scsiStatus, senseKey, senseCode, transferred } = completion;
  const reason = completion.succeeded ? `${transferred} of ${wanted} bytes were moved` : reasonOf(completion);
  return {
    kind: 'failed',
    status: (srbStatus << 8) | scsiStatus,
    error: (senseKey << 16) | senseCode,
    reason,
  };
}

function reasonOf({ srbStatus, senseKey, senseCode }: StorvscCompletion): string {
  const status = `SRB status ${srbStatuses.nameOf(srbStatus)}`;
  return senseKey === 0 ? status : `${status}, sense key ${senseKey}, code ${senseCode.toString(16)}h`;
}
