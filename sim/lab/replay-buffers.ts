/**
 * The buffers that a replayed guest shares with its network device: what it sends is put there before its packet goes out, and what the
 * host leaves there is read.
 */
import type { GuestMemory } from '../machine/memory.ts';
import { PAGE_SIZE } from '../machine/memory.ts';
import { parseGpaDirectHeader } from '../wire/gpa-direct.ts';
import { NVSP_MSG, NVSP_NO_SECTION, NVSP_SEND_SECTION } from '../wire/nvsp-codes.ts';
import { VM_PKT } from '../wire/vm-packet.ts';
import type { GuestPacket } from './replay-channel.ts';

export class ReplayBuffers {
  private readonly memory: GuestMemory;
  private readonly pagesOf: (gpadl: number) => readonly number[];
  private receive: readonly number[] = [];
  private send: readonly number[] = [];

  /** `pagesOf` tells the pages of a page list. */
  constructor(memory: GuestMemory, pagesOf: (gpadl: number) => readonly number[]) {
    this.memory = memory;
    this.pagesOf = pagesOf;
  }

  /** Two messages of a network driver name the buffers. */
  learn({ type, payload }: GuestPacket): void {
    if (type !== VM_PKT.DATA_INBAND || payload.length < 8) return;
    const [kind, gpadl] = [word(payload, 0), word(payload, 4)];
    if (kind === NVSP_MSG.SEND_RECV_BUF) this.receive = this.pagesOf(gpadl);
    else if (kind === NVSP_MSG.SEND_SEND_BUF) this.send = this.pagesOf(gpadl);
  }

  /** Writes a message into its section or its pages. A recording keeps its beginning only: the rest is zero. */
  place({ type, header, payload }: GuestPacket, message: Uint8Array): void {
    if (type === VM_PKT.DATA_USING_GPA_DIRECT && header) {
      const ranges = parseGpaDirectHeader(header);
      let done = 0;
      for (const { byteCount, byteOffset, pfns } of ranges === 'corrupt' ? [] : ranges) {
        this.write(
          pfns.map((pfn) => pfn * PAGE_SIZE),
          byteOffset,
          padded(message.subarray(done), byteCount),
        );
        done += byteCount;
      }
    } else if (word(payload, 8) !== NVSP_NO_SECTION)
      this.write(this.send, word(payload, 8) * NVSP_SEND_SECTION, padded(message, word(payload, 12)));
  }

  /** The message that a packet of the host names. */
  received(header: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(header.length >= 16 ? word(header, 8) : 0);
    const from = header.length >= 16 ? word(header, 12) : 0;
    bytes.forEach((_, i) => {
      const page = this.receive[Math.floor((from + i) / PAGE_SIZE)];
      bytes[i] = page === undefined ? 0 : this.memory.u8[page + ((from + i) % PAGE_SIZE)];
    });
    return bytes;
  }

  private write(pages: readonly number[], from: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      const page = pages[Math.floor((from + i) / PAGE_SIZE)];
      if (page !== undefined) this.memory.u8[page + ((from + i) % PAGE_SIZE)] = byte;
    });
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  at + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) : 0;

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes.subarray(0, length));
  return whole;
}
