import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildGpaDirectHeader, gpaRange, parseGpaDirectHeader } from './gpa-direct.ts';
import { RING_CONTROL, RingView } from './ring.ts';
import { ringMemory } from './ring-bytes.ts';
import { hvRingBuffer } from './ring-page.ts';
import { VM_PKT } from './vm-packet.ts';

const PAGE = 4096;
const CONTROL = 2 * PAGE;

/** A ring of `pages` data pages behind a control page, and both ends of it. */
function ring(pages = 1, scattered = false) {
  const bytes = new Uint8Array(64 * PAGE);
  const memory = ringMemory(bytes);
  const gpas = [CONTROL, ...Array.from({ length: pages }, (_, i) => (scattered ? 40 - 3 * i : 3 + i) * PAGE)];
  const out = new RingView(memory, gpas);
  return {
    bytes,
    memory,
    gpas,
    out,
    peer: new RingView(memory, gpas),
    area: bytes.subarray(gpas[1], gpas[1] + PAGE),
  };
}

const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

interface RingVector {
  name: string;
  family: string;
  hex: string;
  ring_area_hex?: string;
  ring?: { write_index_before: number; read_index: number; write_index_after: number; return: number };
  parts?: {
    struct?: string;
    raw?: string;
    offset: number;
    length: number;
    fields?: Record<string, number | string>;
  }[];
}
const { vectors } = JSON.parse(readFileSync(new URL('./golden/vectors.json', import.meta.url), 'utf8')) as {
  vectors: RingVector[];
};
const writes = vectors.filter((v) => v.ring !== undefined);

describe('what Linux writes into a ring', () => {
  it('has vectors', () => expect(writes.length).toBeGreaterThan(7));

  it.each(writes.map((v) => [v.name, v] as const))('%s', (_name, vector) => {
    const { out, area } = ring();
    area.fill(0xcc);
    const at = vector.ring as NonNullable<RingVector['ring']>;
    out.writeIndex = at.write_index_before;
    out.readIndex = at.read_index;
    if (at.return !== 0) {
      expect(out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, new Uint8Array(8))).toBe('full');
      expect(out.writeIndex).toBe(at.write_index_after);
      return;
    }
    const wire = new Uint8Array(Buffer.from(vector.hex, 'hex'));
    const fields = vector.parts?.[0].fields as {
      type: number;
      flags: number;
      trans_id?: number;
      transactionid?: number;
    };
    const dataAt = wire[2] * 8;
    const payload = vector.parts?.find((part) => part.offset === dataAt);
    out.put(
      fields.type,
      fields.flags,
      BigInt(fields.trans_id ?? fields.transactionid ?? 0),
      dataAt === 16 ? undefined : wire.slice(16, dataAt),
      wire.slice(dataAt, dataAt + (payload?.length ?? 0)),
    );
    expect(Buffer.from(area).toString('hex')).toBe(vector.ring_area_hex ?? expectedArea(vector, wire));
    expect(out.writeIndex).toBe(at.write_index_after);
  });
});

/** Where no picture of the whole area is given: the packet at its place, wrapped, over the background. */
function expectedArea(vector: RingVector, wire: Uint8Array): string {
  const area = new Uint8Array(PAGE).fill(0xcc);
  for (const [i, byte] of wire.entries()) area[((vector.ring?.write_index_before ?? 0) + i) % PAGE] = byte;
  return Buffer.from(area).toString('hex');
}

describe('the control page', () => {
  it('is where the declaration says', () => {
    const { out, bytes } = ring();
    out.reset(1);
    out.interruptMask = 1;
    out.pendingSendSize = 800;
    const fields = hvRingBuffer.decode(bytes.subarray(CONTROL, CONTROL + PAGE));
    expect(fields).toMatchObject({
      write_index: 0,
      interrupt_mask: 1,
      pending_send_sz: 800,
      'feature_bits.value': 1,
    });
    expect(hvRingBuffer.accessor('feature_bits.value').offset).toBe(RING_CONTROL.FEATURE_BITS);
  });
});

describe('full and empty', () => {
  it('is empty at first and after everything was taken', () => {
    const { out, peer } = ring();
    expect(peer.peek()).toBe('empty');
    out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, pattern(8));
    expect(peer.peek()).not.toBe('empty');
    peer.take();
    expect(peer.peek()).toBe('empty');
  });

  it('refuses a packet that would use the last byte', () => {
    const { out } = ring();
    expect(out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, new Uint8Array(PAGE - 24))).toBe('full');
    expect(out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, new Uint8Array(PAGE - 32))).toEqual({
      needSignal: true,
    });
    expect(out.freeBytes()).toBe(8);
    expect(out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, new Uint8Array(0))).toBe('full');
  });
});

describe('signals', () => {
  it('the first packet needs one, later ones do not', () => {
    const { out } = ring();
    const signals = [1, 2, 3].map((tid) => out.put(VM_PKT.DATA_INBAND, 0, tid, undefined, pattern(8)));
    expect(signals).toEqual([{ needSignal: true }, { needSignal: false }, { needSignal: false }]);
  });

  it('none while the reader polls', () => {
    const { out, peer } = ring();
    peer.interruptMask = 1;
    expect(out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, pattern(8))).toEqual({ needSignal: false });
  });

  it('a waiting writer gets one when there is room, once', () => {
    const { out, peer } = ring();
    const taken: boolean[] = [];
    while (out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, pattern(488)) !== 'full');
    out.pendingSendSize = 1032;
    while (peer.peek() !== 'empty') taken.push(peer.take().signalWriter);
    expect(taken).toEqual([false, true, false, false, false, false, false]);
  });

  it('none when nobody waits, and none for a size beyond the ring', () => {
    for (const pending of [0, 2 * PAGE, 7]) {
      const { out, peer } = ring();
      for (let i = 0; i < 6; i++) out.put(VM_PKT.DATA_INBAND, 0, i, undefined, pattern(488));
      out.pendingSendSize = pending;
      let signals = 0;
      while (peer.peek() !== 'empty') signals += peer.take().signalWriter ? 1 : 0;
      expect(signals).toBe(0);
    }
  });

  it('counts the room of several packets given back at once', () => {
    const { out, peer } = ring();
    while (out.put(VM_PKT.DATA_INBAND, 0, 1, undefined, pattern(488)) !== 'full');
    out.pendingSendSize = 1500;
    for (let i = 0; i < 3; i++) {
      peer.peek();
      peer.advance();
    }
    expect(peer.commit()).toEqual({ signalWriter: true });
  });
});

describe('property: what goes in comes out', () => {
  for (const scattered of [false, true]) {
    it(`over ${scattered ? 'scattered' : 'neighbouring'} pages, at every offset`, () => {
      const { out, peer, bytes } = ring(3, scattered);
      let state = 12345;
      const random = (limit: number): number => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return (state >>> 8) % limit;
      };
      const starts = new Set<number>();
      const sent: { tid: number; header: Uint8Array | undefined; payload: Uint8Array }[] = [];
      let got = 0;
      for (let step = 0; step < 8_000; step++) {
        const header = random(3) === 0 ? pattern(8 * random(5), step) : undefined;
        const payload = pattern(random(random(8) === 0 ? 2000 : 90), step);
        const type = header ? VM_PKT.DATA_USING_GPA_DIRECT : VM_PKT.DATA_INBAND;
        if (out.put(type, step & 1, step * 1_000_003, header, payload) === 'full')
          expect(peer.peek()).not.toBe('empty');
        else sent.push({ tid: step * 1_000_003, header, payload });
        starts.add(out.writeIndex);
        while (random(3) !== 0) {
          const packet = peer.peek();
          if (packet === 'empty') break;
          if (packet === 'corrupt') throw new Error(`corrupt at ${peer.readIndex}`);
          const expected = sent.shift();
          expect(Number(packet.tid)).toBe(expected?.tid);
          expect(peer.header(packet)).toEqual(expected?.header ?? new Uint8Array(0));
          const padded = new Uint8Array(packet.payloadBytes);
          padded.set(expected?.payload ?? []);
          expect(Buffer.compare(peer.payload(packet), padded)).toBe(0);
          peer.take();
          got++;
        }
      }
      expect(got).toBeGreaterThan(4_000);
      expect(starts.size).toBeGreaterThan(1000);
      expect(bytes.subarray(50 * PAGE).every((byte) => byte === 0)).toBe(true);
    });
  }

  it('copies straight between guest memory and the ring', () => {
    for (const length of [64, 100, 256, 1000, 3000]) {
      const { out, peer, bytes } = ring(2);
      bytes.set(pattern(length), 20 * PAGE);
      for (let lap = 0; lap < 9; lap++) {
        out.put(VM_PKT.DATA_INBAND, 0, lap, undefined, bytes, 20 * PAGE, length);
        const packet = peer.peek();
        if (typeof packet === 'string') throw new Error(packet);
        peer.copyPayload(packet, bytes, 30 * PAGE, length);
        expect(bytes.slice(30 * PAGE, 30 * PAGE + length)).toEqual(pattern(length));
        peer.take();
      }
    }
  });
});

describe('memory that moves to another buffer', () => {
  it('is followed by both ends, between any two steps', () => {
    const { bytes, gpas } = ring(2);
    const memory = { ...ringMemory(bytes) };
    const out = new RingView(memory, gpas);
    const peer = new RingView(memory, gpas);
    const move = (): void => {
      const old = memory.u8;
      Object.assign(memory, ringMemory(old.slice()));
      old.fill(0xff);
    };
    for (let lap = 0; lap < 300; lap++) {
      move();
      expect(out.put(VM_PKT.DATA_INBAND, 0, lap, undefined, pattern(64, lap))).toEqual({ needSignal: true });
      move();
      const packet = peer.peek();
      if (typeof packet === 'string') throw new Error(packet);
      expect(peer.payload(packet)).toEqual(pattern(64, lap));
      move();
      peer.take();
      move();
      expect(out.freeBytes()).toBe(out.size);
    }
  });
});

describe('a peer that breaks the rules (how-it-works §10.4, rows 28 to 34)', () => {
  const put = (): ReturnType<typeof ring> => {
    const both = ring();
    both.out.put(VM_PKT.DATA_INBAND, 1, 7, undefined, pattern(40));
    return both;
  };
  const word = (bytes: Uint8Array, at: number, value: number): void =>
    new DataView(bytes.buffer).setUint32(at, value, true);

  it.each([
    ['28: write index beyond the ring', CONTROL, PAGE],
    ['28: write index not a multiple of 8', CONTROL, 60],
    ['29: fewer bytes than a descriptor', CONTROL, 8],
    ['30: packet longer than what is available', 3 * PAGE + 4, 0x1_0009],
    ['30: trailer beyond what is available', 3 * PAGE + 4, 0x1_0008],
    ['30: offset before the end of the descriptor', 3 * PAGE, 0x1_0006],
    ['30: offset behind the end of the packet', 3 * PAGE, 0x9_0006],
    ['31: unknown flags', 3 * PAGE + 4, 0x2_0007],
    ['31: unknown type', 3 * PAGE, 0x2_0005],
  ])('%s', (_rule, at, value) => {
    const { peer, bytes } = put();
    expect(peer.peek()).toBeTypeOf('object');
    word(bytes, at, value);
    expect(peer.peek()).toBe('corrupt');
  });

  it('33: an index that jumps back', () => {
    const { out, peer, bytes } = put();
    out.put(VM_PKT.DATA_INBAND, 1, 8, undefined, pattern(40));
    peer.peek();
    word(bytes, CONTROL, 64);
    expect(peer.peek()).toBe('corrupt');
  });

  it('33: a reader that takes its position back', () => {
    const { out, peer, bytes } = put();
    peer.peek();
    peer.take();
    expect(out.put(VM_PKT.DATA_INBAND, 0, 9, undefined, pattern(8))).toBeTypeOf('object');
    word(bytes, CONTROL + 4, 0);
    expect(out.put(VM_PKT.DATA_INBAND, 0, 9, undefined, pattern(8))).toBe('corrupt');
  });

  it('28: a read index that is not legal stops the producer', () => {
    const { out, bytes } = put();
    word(bytes, CONTROL + 4, 4100);
    expect(out.put(VM_PKT.DATA_INBAND, 0, 9, undefined, pattern(8))).toBe('corrupt');
  });

  it('34: what changes after it was looked at has no effect', () => {
    const { peer, bytes } = put();
    const packet = peer.peek();
    if (typeof packet === 'string') throw new Error(packet);
    word(bytes, 3 * PAGE + 4, 0xffff_ffff);
    expect(peer.payload(packet).length).toBe(40);
    expect(peer.take()).toEqual({ signalWriter: false });
    expect(peer.peek()).toBe('empty');
  });

  it('a channel opened over a garbage control page is dead, not dangerous', () => {
    const { memory, gpas, bytes } = ring();
    word(bytes, CONTROL, 5000);
    word(bytes, CONTROL + 4, 5000);
    expect(new RingView(memory, gpas).peek()).toBe('corrupt');
    expect(new RingView(memory, gpas).put(VM_PKT.DATA_INBAND, 0, 1, undefined, pattern(8))).toBe('corrupt');
  });

  it('survives any 32 bytes at the read position', () => {
    let state = 99;
    const kinds = new Map<string, number>();
    for (let run = 0; run < 5000; run++) {
      const { peer, bytes } = put();
      for (let i = 0; i < 24; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        if (run % 3 === 0 || i < 8)
          bytes[3 * PAGE + i] = run % 2 === 0 ? state >>> 24 : (state >>> 24) & 0x0b;
      }
      const packet = peer.peek();
      const kind = typeof packet === 'string' ? packet : 'packet';
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (typeof packet !== 'string')
        expect(packet.headerBytes + packet.payloadBytes).toBeLessThanOrEqual(40);
    }
    expect(kinds.get('corrupt')).toBeGreaterThan(4000);
  });
});

describe('payload by reference', () => {
  it('builds and reads the header of a GPA-direct packet', () => {
    const ranges = [gpaRange(0x12_3e80, 8704), { byteCount: 1, byteOffset: 4095, pfns: [0x1_0000_0001] }];
    expect(parseGpaDirectHeader(buildGpaDirectHeader(ranges))).toEqual(ranges);
  });

  it.each([
    ['no range', [0, 0, 8, 0, 1, 0]],
    ['32: more ranges than bytes', [0, 9, 8, 0, 1, 0]],
    ['an empty range', [0, 1, 0, 0, 1, 0]],
    ['an offset outside the first page', [0, 1, 8, 4096, 1, 0]],
    ['fewer page numbers than bytes need', [0, 1, 8192, 8, 1, 0]],
    ['a page number beyond any memory', [0, 1, 8, 0, 1, 0x100]],
  ])('refuses %s', (_what, words) => {
    expect(parseGpaDirectHeader(new Uint8Array(Uint32Array.from(words).buffer))).toBe('corrupt');
  });

  it('refuses a header without room for its own count', () => {
    expect(parseGpaDirectHeader(new Uint8Array(7))).toBe('corrupt');
  });
});
