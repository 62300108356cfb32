/**
 * The SCSI direct-access device that storvsp presents: what Windows calls "Msft Virtual Disk". It turns a command descriptor block
 * into an answer or into work on a {@link Disk}; it moves no data and knows no time.
 *
 * A guest can send any bytes. Every one of them gets the answer of the standard (sense data), never an exception: see
 * {@link ScsiDisk.plan} for which.
 *
 * Sources: SPC-4, SBC-3 (T10). Where the standard leaves a choice, OpenVMM `vm/devices/storage/scsidisk` was followed.
 */
import { ASC, MODE_PAGE, SCSI_OP, SENSE_KEY, VPD } from '../../wire/scsi.ts';
import { bigEndian, cdbLength, parseCdb, type ScsiCommand } from '../../wire/scsi-cdb.ts';
import {
  buildCapacity10,
  buildCapacity16,
  buildInquiry,
  buildModeSense,
  buildSense,
  buildVpd,
  type ScsiIdentity,
  type Sense,
} from '../../wire/scsi-data.ts';
import { type Disk, SECTOR_BYTES } from '../backends/disk.ts';
import { reportLuns } from './scsi-lun.ts';
import {
  GOOD,
  good,
  illegal,
  type ScsiBuffer,
  type ScsiDone,
  type ScsiPlan,
  type ScsiTransfer,
  WRITE_FAULT,
  WRITE_PROTECTED,
} from './scsi-plan.ts';
import { planUnmap } from './scsi-unmap.ts';

export interface ScsiDiskOptions {
  /** VPD page 80h. Default: the disk's identity in hexadecimal. */
  readonly serial?: string;
  /** Longest transfer that block limits report, in bytes; 0 reports no limit. */
  readonly maxTransferBytes?: number;
  /** VPD page B1h: revolutions per minute, 1 for a disk that does not turn (default), 0 to say nothing. */
  readonly rotationRate?: number;
  /** LUNs of the target this disk belongs to, for REPORT LUNS. Default: its own, 0. */
  readonly luns?: readonly number[];
}

/** A command on a range of sectors. */
type BlockVerb = Extract<ScsiCommand, { kind: 'read' | 'write' | 'verify' | 'synchronize-cache' }>;

const NO_SENSE: Sense = { key: SENSE_KEY.NO_SENSE, code: ASC.NO_ADDITIONAL_SENSE };
const INVALID_OPCODE = illegal(ASC.INVALID_COMMAND_OPERATION_CODE);
const INVALID_FIELD = illegal(ASC.INVALID_FIELD_IN_CDB);
const OUT_OF_RANGE = illegal(ASC.LBA_OUT_OF_RANGE);

/** Page control of MODE SENSE, the two high bits of byte 2. */
const PC_CHANGEABLE = 1;
const PC_SAVED = 3;

export class ScsiDisk {
  readonly disk: Disk;
  readonly identity: ScsiIdentity;
  /** LUNs that REPORT LUNS lists. */
  luns: readonly number[];
  readonly #rotationRate: number;
  /** Sense of the last command, for REQUEST SENSE. */
  #sense: Sense = NO_SENSE;
  /** What {@link transfer} returns. */
  readonly #common: ScsiTransfer = { kind: 'read', lba: 0, sectors: 0, fua: false };

  constructor(disk: Disk, options: ScsiDiskOptions = {}) {
    this.disk = disk;
    this.luns = options.luns ?? [0];
    this.#rotationRate = options.rotationRate ?? 1;
    const id = disk.identity ?? new Uint8Array(16);
    this.identity = {
      vendor: 'Msft',
      product: 'Virtual Disk',
      revision: '1.0',
      serial: options.serial ?? [...id].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
      naa: naaOf(id),
      readOnly: disk.readOnly,
      thin: disk.unmapZeroes === true,
      maxTransferBlocks: Math.floor((options.maxTransferBytes ?? 0) / SECTOR_BYTES),
    };
  }

  /**
   * Decides about a command. `cdb` is as long as the transport says the CDB is (6 to 16 bytes).
   *
   * ILLEGAL REQUEST answers: INVALID COMMAND OPERATION CODE for a verb that is not known, INVALID FIELD IN CDB for one that is used
   * wrongly, is cut short, or needs more data than the buffer holds or another direction; LBA OUT OF RANGE beyond the capacity,
   * however large the sum. A write to a read-only disk gets DATA PROTECT. A buffer larger than the transfer is filled in part.
   */
  plan(cdb: Uint8Array, buffer: ScsiBuffer): ScsiPlan {
    const plan = cdb.length === 0 || cdb.length < cdbLength(cdb[0]) ? INVALID_FIELD : this.#plan(cdb, buffer);
    const sense = plan.kind === 'done' ? plan.sense : undefined;
    this.#sense = sense ?? NO_SENSE;
    return plan;
  }

  /**
   * The plan of a READ (10) or WRITE (10) with which nothing is wrong: nearly all that a disk is ever asked, so it takes no detour by
   * objects that say what else it might be. `undefined` for everything else, which {@link plan} then judges. Valid until the next call.
   */
  transfer(cdb: Uint8Array, buffer: ScsiBuffer): ScsiTransfer | undefined {
    const opcode = cdb.length < 10 ? -1 : cdb[0];
    if (opcode !== SCSI_OP.READ_10 && opcode !== SCSI_OP.WRITE_10) return undefined;
    const kind = opcode === SCSI_OP.READ_10 ? 'read' : 'write';
    const lba = bigEndian(cdb, 2, 4);
    const blocks = bigEndian(cdb, 7, 2);
    if (protectionAsked(cdb) || blocks === 0 || lba > this.disk.sectors - blocks) return undefined;
    if (!fits(kind, blocks, buffer) || (kind === 'write' && this.disk.readOnly)) return undefined;
    const transfer = this.#common;
    transfer.kind = kind;
    transfer.lba = lba;
    transfer.sectors = blocks;
    transfer.fua = (cdb[1] & 0x08) !== 0;
    this.#sense = NO_SENSE;
    return transfer;
  }

  /** The answer when the disk could not take a planned write: the host's volume is full. */
  fault(): ScsiDone {
    this.#sense = WRITE_FAULT.sense ?? NO_SENSE;
    return WRITE_FAULT;
  }

  #plan(cdb: Uint8Array, buffer: ScsiBuffer): ScsiPlan {
    const command = verifyOf(cdb) ?? parseCdb(cdb);
    switch (command.kind) {
      case 'read':
      case 'write':
        return this.#transfer(command.kind, command, cdb, buffer);
      case 'test-unit-ready':
        return GOOD;
      case 'verify':
        return (cdb[1] & 0x06) !== 0 ? INVALID_FIELD : this.#inRange(command) ? GOOD : OUT_OF_RANGE;
      case 'synchronize-cache':
        return this.#inRange(command) ? { kind: 'flush' } : OUT_OF_RANGE;
      case 'start-stop':
        // A stop is the last chance to write the cache; the disk spins on, as no medium can be taken out.
        return command.start ? GOOD : { kind: 'flush' };
      case 'unmap':
        return this.#unmap(command.parameterListLength, cdb, buffer);
      case 'unknown':
        return INVALID_OPCODE;
      case 'invalid-field':
        return INVALID_FIELD;
      default:
        return this.#inform(command, cdb, buffer);
    }
  }

  /** Commands that only ask. */
  #inform(command: ScsiCommand, cdb: Uint8Array, buffer: ScsiBuffer): ScsiDone {
    const { sectors } = this.disk;
    switch (command.kind) {
      case 'inquiry':
        return this.#inquiry(command.vpdPage, command.allocation, buffer);
      case 'report-luns':
        return reportLuns(cdb, buffer, this.luns);
      case 'request-sense':
        // Only fixed-format sense data are kept; the DESC bit asks for the other format.
        return (cdb[1] & 1) !== 0 ? INVALID_FIELD : good(buildSense(this.#sense), command.allocation, buffer);
      case 'read-capacity-10':
        // Without PMI the address must be zero, and PMI is obsolete.
        if (bigEndian(cdb, 2, 4) !== 0 || (cdb[8] & 1) !== 0) return INVALID_FIELD;
        return good(buildCapacity10(sectors, SECTOR_BYTES), 8, buffer);
      case 'read-capacity-16':
        return good(
          buildCapacity16(sectors, SECTOR_BYTES, 0, this.identity.thin),
          command.allocation,
          buffer,
        );
      case 'mode-sense':
        return this.#modeSense(command.page, command.form, command.allocation, cdb, buffer);
      default:
        return INVALID_OPCODE;
    }
  }

  #transfer(kind: 'read' | 'write', command: BlockVerb, cdb: Uint8Array, buffer: ScsiBuffer): ScsiPlan {
    const { lba, blocks, fua } = command;
    if (cdb.length > 6 && protectionAsked(cdb)) return INVALID_FIELD;
    if (!this.#inRange(command)) return OUT_OF_RANGE;
    if (kind === 'write' && this.disk.readOnly) return WRITE_PROTECTED;
    // SBC-3: a count of zero moves nothing and is no error.
    if (blocks === 0) return GOOD;
    return fits(kind, blocks, buffer) ? { kind, lba, sectors: blocks, fua } : INVALID_FIELD;
  }

  /** An address of 64 bits loses low bits when it is read as a number, but stays far above any disk. */
  #inRange(command: BlockVerb): boolean {
    return command.lba <= this.disk.sectors - command.blocks;
  }

  #unmap(length: number, cdb: Uint8Array, buffer: ScsiBuffer): ScsiPlan {
    if (!this.identity.thin) return INVALID_OPCODE;
    if ((cdb[1] & 1) !== 0) return INVALID_FIELD; // ANCHOR
    return this.disk.readOnly ? WRITE_PROTECTED : planUnmap(length, buffer, this.disk.sectors);
  }

  #inquiry(page: number | undefined, allocation: number, buffer: ScsiBuffer): ScsiDone {
    if (page === undefined) return good(buildInquiry(this.identity), allocation, buffer);
    const data = buildVpd(page, this.identity);
    if (data === undefined) return INVALID_FIELD;
    if (page === VPD.BLOCK_CHARACTERISTICS) {
      data[4] = this.#rotationRate >> 8;
      data[5] = this.#rotationRate & 0xff;
    }
    return good(data, allocation, buffer);
  }

  #modeSense(page: number, form: 6 | 10, allocation: number, cdb: Uint8Array, buffer: ScsiBuffer): ScsiDone {
    const control = cdb[2] >> 6;
    const allSubpages = page === MODE_PAGE.ALL && cdb[3] === 0xff;
    if (control === PC_SAVED || (cdb[3] !== 0 && !allSubpages)) return INVALID_FIELD;
    const data = buildModeSense(page, form, { readOnly: this.disk.readOnly, writeCache: true });
    if (data === undefined) return INVALID_FIELD;
    // Nothing can be changed: an initiator that believed the cache off would lose data.
    if (control === PC_CHANGEABLE) data.fill(0, (form === 6 ? 4 : 8) + 2);
    return good(data, allocation, buffer);
  }
}

/** The guest's buffer takes, or gives, that many blocks. */
function fits(kind: 'read' | 'write', blocks: number, buffer: ScsiBuffer): boolean {
  return buffer.direction === (kind === 'read' ? 'in' : 'out') && buffer.length >= blocks * SECTOR_BYTES;
}

/** VERIFY in its 16-byte form, which the common parser leaves out. */
function verifyOf(cdb: Uint8Array): ScsiCommand | undefined {
  if (cdb[0] !== SCSI_OP.VERIFY_16) return undefined;
  return { kind: 'verify', lba: bigEndian(cdb, 2, 8), blocks: bigEndian(cdb, 10, 4), fua: false };
}

/** Bits 7-5 of byte 1 ask for protection information; bit 0 of the 10 and 12 byte forms was relative addressing. */
function protectionAsked(cdb: Uint8Array): boolean {
  return (cdb[1] & 0xe0) !== 0 || (cdb[0] >> 5 !== 4 && (cdb[1] & 1) !== 0);
}

/** An NAA identifier of type 5 with Microsoft's company id 00-22-48 and 36 bits of the disk's own identity. */
function naaOf(identity: Uint8Array): Uint8Array {
  return Uint8Array.of(0x50, 0x02, 0x24, 0x80 | (identity[0] & 0x0f), ...identity.subarray(1, 5));
}
