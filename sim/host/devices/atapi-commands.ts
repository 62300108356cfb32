/**
 * The command packets of a CD or DVD drive: each gets an answer at once, or blocks to read. No registers here, no time.
 *
 * Sources: MMC-6, SPC-4; which commands and what the drive says of itself: OpenVMM `vm/devices/storage/scsidisk/src/atapi_scsi.rs` and
 * `scsidvd/mod.rs`. Where OpenVMM is shorter than the standard (unit attention), the standard was followed. The product name is the one
 * that Linux prints in a generation 1 machine, recalled; OpenVMM's says "Virtual DVD-ROM".
 */

import {
  buildCdInquiry,
  buildCdModeSense,
  buildConfiguration,
  buildEventStatus,
  buildSessionInfo,
  buildToc,
  CD_BLOCK_BYTES,
  MMC_OP,
} from '../../wire/mmc.ts';
import { ASC, SCSI_OP, SENSE_KEY } from '../../wire/scsi.ts';
import { bigEndian } from '../../wire/scsi-cdb.ts';
import { buildCapacity10, buildSense, type Sense } from '../../wire/scsi-data.ts';
import { SECTOR_BYTES } from '../backends/disk.ts';
import type { AtapiMedium } from './atapi-medium.ts';

/** 512-byte sectors of an image in one block of the disc. */
export const SECTORS_PER_BLOCK = CD_BLOCK_BYTES / SECTOR_BYTES;

/** What a packet comes to: data (perhaps none), blocks to read, or an error with its sense. */
export type PacketPlan =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'read'; readonly block: number; readonly blocks: number }
  | { readonly kind: 'failed'; readonly sense: Sense };

const NOTHING = new Uint8Array(0);
const DONE: PacketPlan = { kind: 'data', bytes: NOTHING };
const NO_SENSE: Sense = { key: SENSE_KEY.NO_SENSE, code: ASC.NO_ADDITIONAL_SENSE };

const failed = (key: number, code: number): PacketPlan => ({ kind: 'failed', sense: { key, code } });
const illegal = (code: number): PacketPlan => failed(SENSE_KEY.ILLEGAL_REQUEST, code);
const data = (bytes: Uint8Array, allocation: number): PacketPlan => ({
  kind: 'data',
  bytes: bytes.subarray(0, Math.min(bytes.length, allocation)),
});

/** Commands about the drive and not its disc: they do not report that something changed (MMC-6 §4.1.6, SPC-4 §5.14). */
const QUESTIONS: readonly number[] = [
  SCSI_OP.INQUIRY,
  SCSI_OP.REQUEST_SENSE,
  MMC_OP.GET_CONFIGURATION,
  MMC_OP.GET_EVENT_STATUS,
];

/** The part of a drive that reads packets. */
export class AtapiCommands {
  readonly medium: AtapiMedium;
  /** Sense of the last command that failed, until somebody asks for it or the next command comes. */
  sense: Sense = NO_SENSE;

  constructor(medium: AtapiMedium) {
    this.medium = medium;
  }

  /** Decides about a packet of twelve bytes. */
  plan(packet: Uint8Array): PacketPlan {
    const opcode = packet[0];
    if (opcode === SCSI_OP.REQUEST_SENSE) return this.#requestSense(packet);
    const attention = QUESTIONS.includes(opcode) ? 0 : this.medium.takeAttention();
    const plan = attention ? failed(SENSE_KEY.UNIT_ATTENTION, attention) : this.#plan(opcode, packet);
    this.sense = plan.kind === 'failed' ? plan.sense : NO_SENSE;
    return plan;
  }

  /** Sense of the last command; without one, what waits to be told. Either is gone then. */
  #requestSense(packet: Uint8Array): PacketPlan {
    const attention = this.sense === NO_SENSE ? this.medium.takeAttention() : 0;
    const sense = attention ? { key: SENSE_KEY.UNIT_ATTENTION, code: attention } : this.sense;
    this.sense = NO_SENSE;
    return data(buildSense(sense), packet[4]);
  }

  #plan(opcode: number, packet: Uint8Array): PacketPlan {
    const { medium } = this;
    const two = bigEndian(packet, 7, 2);
    switch (opcode) {
      case SCSI_OP.INQUIRY:
        return this.#inquiry(packet);
      case MMC_OP.GET_CONFIGURATION:
        return this.#configuration(packet, two);
      case MMC_OP.GET_EVENT_STATUS:
        return this.#events(packet, two);
      case SCSI_OP.MODE_SENSE:
        return this.#modeSense(packet, 6, packet[4]);
      case SCSI_OP.MODE_SENSE_10:
        return this.#modeSense(packet, 10, two);
      case SCSI_OP.ALLOW_MEDIUM_REMOVAL:
        medium.state.locked = (packet[4] & 1) !== 0;
        return DONE;
      case SCSI_OP.START_STOP:
        return this.#startStop(packet[4]);
      case SCSI_OP.TEST_UNIT_READY:
        return medium.present ? DONE : failed(SENSE_KEY.NOT_READY, medium.absence);
      case SCSI_OP.READ_CAPACITY:
      case SCSI_OP.READ_10:
      case SCSI_OP.READ_12:
      case MMC_OP.READ_TOC:
        return medium.present
          ? this.#onDisc(opcode, packet, two)
          : failed(SENSE_KEY.NOT_READY, medium.absence);
      default:
        return illegal(ASC.INVALID_COMMAND_OPERATION_CODE);
    }
  }

  /** Blocks of the disc. An image that ends in the middle of one is cut there. */
  get blocks(): number {
    return Math.floor((this.medium.disc?.sectors ?? 0) / SECTORS_PER_BLOCK);
  }

  #onDisc(opcode: number, packet: Uint8Array, two: number): PacketPlan {
    if (opcode === SCSI_OP.READ_CAPACITY) return data(buildCapacity10(this.blocks, CD_BLOCK_BYTES), 8);
    if (opcode === MMC_OP.READ_TOC) return this.#toc(packet, two);
    const block = bigEndian(packet, 2, 4);
    const blocks = opcode === SCSI_OP.READ_10 ? two : bigEndian(packet, 6, 4);
    if (block + blocks > this.blocks) return illegal(ASC.LBA_OUT_OF_RANGE);
    return blocks === 0 ? DONE : { kind: 'read', block, blocks };
  }

  #inquiry(packet: Uint8Array): PacketPlan {
    if (packet[1] & 1 || packet[2] !== 0) return illegal(ASC.INVALID_FIELD_IN_CDB);
    return data(buildCdInquiry('Msft', 'Virtual CD/ROM', '1.0'), bigEndian(packet, 3, 2));
  }

  #configuration(packet: Uint8Array, allocation: number): PacketPlan {
    const request = packet[1] & 3;
    if (request === 3) return illegal(ASC.INVALID_FIELD_IN_CDB);
    return data(buildConfiguration(this.medium.present, request, bigEndian(packet, 2, 2)), allocation);
  }

  /** Only polled: a drive that had to hold the command until something happens would hold the cable with it. */
  #events(packet: Uint8Array, allocation: number): PacketPlan {
    if ((packet[1] & 1) === 0) return illegal(ASC.INVALID_FIELD_IN_CDB);
    const mask = packet[4];
    const { medium } = this;
    const event = mask & 0x10 && allocation >= 5 ? medium.takeEvent() : 0;
    return data(buildEventStatus(mask, event, medium.present, medium.state.tray === 'open'), allocation);
  }

  #modeSense(packet: Uint8Array, form: 6 | 10, allocation: number): PacketPlan {
    if (packet[2] >> 6 === 3) return illegal(ASC.SAVING_PARAMETERS_NOT_SUPPORTED);
    const bytes = buildCdModeSense(packet[2] & 0x3f, form, this.medium.state.locked);
    return bytes ? data(bytes, allocation) : illegal(ASC.INVALID_FIELD_IN_CDB);
  }

  #toc(packet: Uint8Array, allocation: number): PacketPlan {
    const msf = (packet[1] & 2) !== 0;
    const format = packet[2] & 0xf || packet[9] >> 6;
    if (format === 0 && packet[6] > 1 && packet[6] !== 0xaa) return illegal(ASC.INVALID_FIELD_IN_CDB);
    if (format === 0) return data(buildToc(this.blocks, msf), allocation);
    return format === 1 ? data(buildSessionInfo(msf), allocation) : illegal(ASC.INVALID_FIELD_IN_CDB);
  }

  /** Spinning up and down means nothing here; the tray does. */
  #startStop(flags: number): PacketPlan {
    const { medium } = this;
    if ((flags & 2) === 0) return DONE;
    if (flags & 1) {
      medium.close();
      return DONE;
    }
    if (medium.state.locked) {
      const key = medium.present ? SENSE_KEY.ILLEGAL_REQUEST : SENSE_KEY.NOT_READY;
      return failed(key, ASC.MEDIUM_REMOVAL_PREVENTED);
    }
    medium.remove();
    return DONE;
  }
}
