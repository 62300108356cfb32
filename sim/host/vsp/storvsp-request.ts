/**
 * One request between the ring and the disk: a private copy of what the guest asked, the pages of its buffer, and the result.
 *
 * Records are used again, so a request allocates nothing. Everything that is judged was copied out of the ring first; the guest can
 * change the ring, but not this. The disk's bytes move straight between the image and the guest's own pages.
 */
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import type { RingPacket } from '../../wire/ring-packet.ts';
import { SAM_STAT } from '../../wire/scsi.ts';
import type { Sense } from '../../wire/scsi-data.ts';
import {
  SCSI_REQUEST_LEN,
  SRB_STATUS,
  STORVSC_MAX_CMD_LEN,
  STORVSC_SENSE_BUFFER_SIZE,
  STORVSP_MAX_TRANSFER_BYTES,
  VSTOR_DATA,
  VSTOR_HEADER_SIZE,
  VSTOR_PACKET_SIZE,
} from '../../wire/storvsp.ts';
import { vmscsiRequest, vstorPacket } from '../../wire/storvsp-packet.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { type Disk, SECTOR_BYTES } from '../backends/disk.ts';
import type { ScsiBuffer } from './scsi-plan.ts';

const PAGE_SHIFT = 12;
/** Smallest SCSI request: that of protocol versions before 5.1. */
const MIN_REQUEST_BYTES = VSTOR_HEADER_SIZE + SCSI_REQUEST_LEN.V1;
/** Pages that the longest transfer can touch. */
export const MAX_PAGES = STORVSP_MAX_TRANSFER_BYTES / PAGE_SIZE + 1;
/** Reserved word and range count, byte count and offset of the range, its page numbers. */
export const MAX_RANGE_BYTES = 16 + 8 * MAX_PAGES;
const CDB_WORDS = STORVSC_MAX_CMD_LEN / 4;

const request = (field: keyof typeof vmscsiRequest.offsets): number =>
  vstorPacket.offsets.vm_srb + vmscsiRequest.offsets[field];

/** Offsets in a vstor packet with a SCSI request. */
export const SRB = {
  SRB_STATUS: request('srb_status'),
  SCSI_STATUS: request('scsi_status'),
  /** Port, path, target, LUN: one byte each. */
  ADDRESS: request('port_number'),
  CDB_LENGTH: request('cdb_length'),
  SENSE_LENGTH: request('sense_info_length'),
  DATA_IN: request('data_in'),
  TRANSFER_LENGTH: request('data_transfer_length'),
  CDB: request('cdb'),
} as const;

/** The same in words. The second holds CDB length, sense length and direction, a byte each. */
const ADDRESS_WORD = SRB.ADDRESS / 4;
const LENGTHS_WORD = SRB.CDB_LENGTH / 4;
const TRANSFER_WORD = SRB.TRANSFER_LENGTH / 4;
const CDB_WORD = SRB.CDB / 4;

/** What a request asks of the disk. */
export type DiskWork = 'read' | 'write' | 'flush' | 'unmap';

export class StorvspRequest implements ScsiBuffer {
  /** Place in its worker's table. */
  readonly slot: number;
  tidLow = 0;
  tidHigh = 0;
  /** Size of the packet, and so of its completion. */
  packetBytes = 0;
  /** Port, path, target and LUN as the guest wrote them. */
  address = 0;
  /** Room for sense data at the guest. */
  senseRoom = 0;
  direction: 'in' | 'out' | 'none' = 'none';
  /** Bytes of the transfer. */
  length = 0;
  /** What the disk is doing for this request, if it has anything to do; this and the next four are left from an older one otherwise. */
  work: DiskWork = 'read';
  lba = 0;
  sectors = 0;
  /** A write must be stable when it completes (force unit access). */
  stable = false;
  unmap: readonly { readonly lba: number; readonly sectors: number }[] = [];
  /** The result. */
  srbStatus = 0;
  scsiStatus = 0;
  transferred = 0;
  sense: Sense | undefined;
  private readonly memory: GuestMemory;
  private readonly pages = new Float64Array(MAX_PAGES);
  private pageCount = 0;
  private byteOffset = 0;
  /** GPA of the buffer when its pages are neighbours, as they are in most requests; else -1. */
  private start = -1;
  private readonly cdbWords = new Uint32Array(CDB_WORDS);
  private readonly cdbBytes = new Uint8Array(this.cdbWords.buffer);
  private readonly cdbViews: Uint8Array[] = [];
  private cdbLength = 0;

  constructor(slot: number, memory: GuestMemory) {
    this.slot = slot;
    this.memory = memory;
  }

  /** The command, as long as the guest says and at most 16 bytes. */
  get cdb(): Uint8Array {
    const length = this.cdbLength;
    this.cdbViews[length] ??= this.cdbBytes.subarray(0, length);
    return this.cdbViews[length];
  }

  /**
   * Takes a request from its packet, which begins at word `at` of `words`, and from the list of pages at word `range`. Each word is read
   * once: what is judged later is this record. `false` when the packet is no request: too short, without a range although its type
   * promises one, or its range and its transfer contradict each other.
   */
  load(packet: RingPacket, words: Uint32Array, at: number, range: number): boolean {
    const { type, headerBytes, payloadBytes } = packet;
    this.tidLow = packet.tidLow;
    this.tidHigh = packet.tidHigh;
    this.packetBytes = Math.min(payloadBytes, VSTOR_PACKET_SIZE);
    if (payloadBytes < MIN_REQUEST_BYTES) return false;
    this.address = words[at + ADDRESS_WORD];
    const lengths = words[at + LENGTHS_WORD];
    this.cdbLength = Math.min(lengths & 0xff, STORVSC_MAX_CMD_LEN);
    this.senseRoom = Math.min((lengths >>> 8) & 0xff, STORVSC_SENSE_BUFFER_SIZE);
    const { cdbWords } = this;
    for (let i = 0; i < CDB_WORDS; i++) cdbWords[i] = words[at + CDB_WORD + i];
    const length = words[at + TRANSFER_WORD];
    this.length = length;
    const dataIn = (lengths >>> 16) & 0xff;
    this.direction = length === 0 ? 'none' : dataIn === VSTOR_DATA.OUT ? 'out' : 'in';
    this.sense = undefined;
    this.transferred = 0;
    this.pageCount = 0;
    this.byteOffset = 0;
    this.start = -1;
    if (type !== VM_PKT.DATA_USING_GPA_DIRECT) return length === 0;
    return this.loadRange(words, range, headerBytes) && length <= STORVSP_MAX_TRANSFER_BYTES;
  }

  /** Reads the range of pages, of which there must be exactly one. */
  private loadRange(words: Uint32Array, range: number, bytes: number): boolean {
    if (bytes < 16 || bytes > MAX_RANGE_BYTES || words[range + 1] !== 1) return false;
    const byteCount = words[range + 2];
    const byteOffset = words[range + 3];
    if (byteCount === 0 || byteOffset >= PAGE_SIZE || byteCount < this.length) return false;
    // So many pages have no room in the header. It also keeps the next sum small.
    if (byteCount > MAX_PAGES * PAGE_SIZE) return false;
    const count = (byteOffset + byteCount + PAGE_SIZE - 1) >>> PAGE_SHIFT;
    if (16 + count * 8 > bytes) return false;
    this.pageCount = count;
    this.byteOffset = byteOffset;
    this.loadPages(words, range + 4, count);
    return true;
  }

  private loadPages(words: Uint32Array, at: number, count: number): void {
    const { pages } = this;
    const first = (words[at + 1] * 0x1_0000_0000 + words[at]) * PAGE_SIZE;
    pages[0] = first;
    let neighbours = true;
    for (let i = 1, word = at + 2; i < count; i++, word += 2) {
      const page = (words[word + 1] * 0x1_0000_0000 + words[word]) * PAGE_SIZE;
      pages[i] = page;
      if (page !== first + i * PAGE_SIZE) neighbours = false;
    }
    if (neighbours) this.start = first + this.byteOffset;
  }

  /** True when every page of the buffer is guest memory that the transfer may touch. */
  get reachable(): boolean {
    const { pageCount } = this;
    if (this.start >= 0) return this.mayTouch(this.start - this.byteOffset, pageCount);
    for (let i = 0; i < pageCount; i++) if (!this.mayTouch(this.pages[i], 1)) return false;
    return true;
  }

  private mayTouch(gpa: number, pages: number): boolean {
    const length = pages * PAGE_SIZE;
    return this.direction === 'in' ? this.memory.writable(gpa, length) : this.memory.valid(gpa, length);
  }

  /** The first bytes of what the guest sends, for commands with a parameter list. */
  bytes(length: number): Uint8Array {
    const into = new Uint8Array(Math.min(length, this.length));
    this.gather(0, into, 0, into.length);
    return into;
  }

  /** Puts the answer of a command into the guest's buffer. */
  fill(data: Uint8Array): void {
    const length = Math.min(data.length, this.length);
    this.scatter(0, data, 0, length);
    this.transferred = length;
  }

  succeed(): void {
    this.srbStatus = SRB_STATUS.SUCCESS;
    this.scsiStatus = SAM_STAT.GOOD;
  }

  /** Fails by the transport's status; the command never reached a logical unit. */
  fail(srbStatus: number): void {
    this.srbStatus = srbStatus;
    this.scsiStatus = SAM_STAT.GOOD;
    this.transferred = 0;
  }

  /** Moves the sectors of a read or write between the disk and the guest's pages. `false` when the disk cannot take them. */
  move(disk: Disk): boolean {
    const { u8 } = this.memory;
    const { start, sectors } = this;
    if (start < 0) return this.movePieces(disk);
    if (this.work === 'read') {
      disk.read(this.lba, sectors, u8, start);
      this.memory.onWritten(start, sectors * SECTOR_BYTES);
    } else if (!disk.write(this.lba, sectors, u8, start)) return false;
    this.transferred = sectors * SECTOR_BYTES;
    return true;
  }

  /** The same for pages that are not neighbours. */
  private movePieces(disk: Disk): boolean {
    const { u8 } = this.memory;
    const reading = this.work === 'read';
    const total = this.sectors * SECTOR_BYTES;
    let { lba } = this;
    for (let done = 0; done < total; ) {
      const gpa = this.gpa(done);
      const sectors = Math.floor(this.run(done, total) / SECTOR_BYTES);
      if (sectors === 0) {
        if (!this.moveSplitSector(disk, lba, done)) return false;
      } else if (reading) {
        disk.read(lba, sectors, u8, gpa);
        this.memory.onWritten(gpa, sectors * SECTOR_BYTES);
      } else if (!disk.write(lba, sectors, u8, gpa)) return false;
      lba += sectors || 1;
      done += (sectors || 1) * SECTOR_BYTES;
    }
    this.transferred = total;
    return true;
  }

  /** A sector whose bytes lie on two pages that are not neighbours. */
  private moveSplitSector(disk: Disk, lba: number, at: number): boolean {
    const sector = new Uint8Array(SECTOR_BYTES);
    if (this.work === 'write') {
      this.gather(at, sector, 0, SECTOR_BYTES);
      return disk.write(lba, 1, sector, 0);
    }
    disk.read(lba, 1, sector, 0);
    this.scatter(at, sector, 0, SECTOR_BYTES);
    return true;
  }

  /** Guest-physical address of byte `at` of the buffer. */
  private gpa(at: number): number {
    const from = this.byteOffset + at;
    return this.pages[Math.floor(from / PAGE_SIZE)] + (from % PAGE_SIZE);
  }

  /** Bytes from `at` that lie in one piece, as far as `end`. */
  private run(at: number, end: number): number {
    let page = Math.floor((this.byteOffset + at) / PAGE_SIZE);
    let length = PAGE_SIZE - ((this.byteOffset + at) % PAGE_SIZE);
    while (at + length < end && this.pages[page + 1] === this.pages[page] + PAGE_SIZE) {
      length += PAGE_SIZE;
      page++;
    }
    return Math.min(length, end - at);
  }

  private gather(at: number, into: Uint8Array, start: number, length: number): void {
    for (let done = 0; done < length; ) {
      const gpa = this.gpa(at + done);
      const piece = this.run(at + done, at + length);
      into.set(this.memory.u8.subarray(gpa, gpa + piece), start + done);
      done += piece;
    }
  }

  private scatter(at: number, from: Uint8Array, start: number, length: number): void {
    for (let done = 0; done < length; ) {
      const piece = this.run(at + done, at + length);
      const gpa = this.gpa(at + done);
      this.memory.u8.set(from.subarray(start + done, start + done + piece), gpa);
      this.memory.onWritten(gpa, piece);
      done += piece;
    }
  }
}
