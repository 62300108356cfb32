/**
 * Buffers that a guest shares with its network device once and for all: the host writes received messages into sections of one, and reads
 * sent ones from sections of the other.
 *
 * Source: OpenVMM `vm/devices/net/netvsp/src/buffers.rs`, `rx_bufs.rs`.
 */
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import type { Gpadl } from './gpadl.ts';

/** Bytes on pages of the guest that need not be neighbours. */
export class SharedBuffer {
  readonly size: number;
  /** Handle of its page list. */
  readonly gpadl: number;
  private readonly memory: GuestMemory;
  private readonly pages: readonly number[];
  private readonly offset: number;

  constructor(memory: GuestMemory, gpadl: Gpadl) {
    const [range] = gpadl.ranges;
    this.memory = memory;
    this.gpadl = gpadl.id;
    this.pages = range.pages;
    this.offset = range.byteOffset;
    this.size = range.byteCount;
  }

  /** Copies bytes out; the caller has seen to it that they lie within. */
  read(at: number, length: number, into: Uint8Array): void {
    this.each(at, length, (gpa, from, count) => into.set(this.memory.u8.subarray(gpa, gpa + count), from));
  }

  /** Copies bytes in. */
  write(at: number, bytes: Uint8Array): void {
    this.each(at, bytes.length, (gpa, from, count) => {
      this.memory.u8.set(bytes.subarray(from, from + count), gpa);
      this.memory.onWritten(gpa, count);
    });
  }

  private each(at: number, length: number, visit: (gpa: number, from: number, count: number) => void): void {
    for (let done = 0; done < length; ) {
      const place = this.offset + at + done;
      const within = place % PAGE_SIZE;
      const count = Math.min(length - done, PAGE_SIZE - within);
      visit(this.pages[Math.floor(place / PAGE_SIZE)] + within, done, count);
      done += count;
    }
  }
}

/** Sections of the receive buffer: each is the guest's from the packet that names it until the guest completes that packet. */
export class ReceiveSections {
  readonly sectionBytes: number;
  readonly count: number;
  readonly buffer: SharedBuffer;
  /** The guest's name for the buffer. */
  readonly id: number;
  private readonly busy: Uint8Array;
  private free: number;
  private last = -1;

  constructor(buffer: SharedBuffer, id: number, sectionBytes: number) {
    this.buffer = buffer;
    this.id = id;
    this.sectionBytes = sectionBytes;
    this.count = Math.floor(buffer.size / sectionBytes);
    this.busy = new Uint8Array(this.count);
    this.free = this.count;
  }

  /** Sections that the guest has not given back. */
  get inUse(): number {
    return this.count - this.free;
  }

  /** The next free section, in turn; -1 when the guest has them all. */
  take(): number {
    if (this.free === 0) return -1;
    do this.last = (this.last + 1) % this.count;
    while (this.busy[this.last] !== 0);
    this.busy[this.last] = 1;
    this.free--;
    return this.last;
  }

  /** The guest has read a section; false when it had not got it. */
  give(section: number): boolean {
    if (section < 0 || section >= this.count || this.busy[section] === 0) return false;
    this.busy[section] = 0;
    this.free++;
    return true;
  }
}
