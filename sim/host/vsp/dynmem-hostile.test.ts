/** Dynamic memory with a guest that lies: wrong lengths, pages that are not its own, old numbers, answers that nobody asked for. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../core/errors.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { dmCapabilities, dmHotAddResponse, dmStatus, dmVersionRequest } from '../../wire/dynmem.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';
import { DM, DM_RANGES_AT, readPageRange, writePageRange } from '../../wire/dynmem-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { DynamicMemory, type MemoryAnswer } from './dynmem.ts';
import { Heartbeat } from './heartbeat.ts';
import { type TestChannel, TestGuest } from './vmbus-testing.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };
const golden = (name: string): Uint8Array => {
  const found = vectors.find((vector) => vector.name === name);
  invariant(found, `no golden vector ${name}`);
  return Uint8Array.from(found.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};

const START = 2048;
const MOST = 65_536 + 8192;

/** A guest that writes its messages by hand. */
class Peer {
  readonly guest = new TestGuest({ memoryBytes: MOST * PAGE_SIZE });
  readonly memory = new DynamicMemory(this.guest.partition, { startPages: START });
  readonly channel: TestChannel;
  readonly heartbeat: Heartbeat;
  private readonly beat: TestChannel;
  readonly ended: MemoryAnswer[] = [];
  private number = 0;

  constructor() {
    this.heartbeat = new Heartbeat(this.guest.partition, { beats: 1 });
    this.guest.server.offer(this.memory);
    this.guest.server.offer(this.heartbeat);
    const [memory, heart] = this.guest.connect();
    this.channel = this.guest.open(memory, 3);
    this.beat = this.guest.open(heart, 3);
  }

  /** Lets so many seconds pass. */
  wait(seconds = 0.01): void {
    const { engine, costs } = this.guest.hypervisor;
    engine.run(engine.now + Math.round(seconds * costs.hz));
  }

  read(channel: TestChannel = this.channel): Uint8Array[] {
    this.wait();
    const packets: Uint8Array[] = [];
    for (let packet = channel.incoming.peek(); typeof packet !== 'string'; packet = channel.incoming.peek()) {
      packets.push(channel.incoming.payload(packet));
      if (channel.incoming.take().signalWriter) channel.signal();
    }
    return packets;
  }

  /** Numbers a message, sets its size if it has none, and sends it. */
  send(bytes: Uint8Array, type: number = VM_PKT.DATA_INBAND): void {
    const view = new DataView(bytes.buffer);
    if (bytes.length >= 8 && view.getUint16(2, true) === 0) view.setUint16(2, bytes.length, true);
    if (bytes.length >= 8 && view.getUint32(4, true) === 0) view.setUint32(4, ++this.number, true);
    this.channel.send(type, 0, 0, bytes);
    this.wait();
  }

  /** Through the negotiation. */
  ready(): this {
    this.send(golden('dm_version_request_2_0'));
    this.number = 1;
    this.send(dmCapabilities.encode({ 'hdr.type': DM.CAPABILITIES_REPORT, 'caps.caps': 3 }));
    expect(this.memory.state).toBe('ready');
    this.read();
    return this;
  }

  /** The host asks for pages. */
  asked(pages: number): this {
    expect(this.memory.balloon(pages, (answer) => this.ended.push(answer))).toBe(true);
    this.read();
    return this;
  }

  /** Nothing changed hands, this channel is dead, and the one beside it works. */
  stopped(): void {
    expect(this.memory.counts.broken).toBe(1);
    expect(this.memory.state).toBe('failed');
    expect(this.memory.pages.backed).toBe(START);
    expect(this.memory.ballooned).toBe(0);
    expect(this.read(this.beat)).not.toHaveLength(0);
  }
}

function response(ranges: readonly PageRange[], more = false, count = ranges.length): Uint8Array {
  const bytes = new Uint8Array(DM_RANGES_AT + 8 * ranges.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, DM.BALLOON_RESPONSE, true);
  view.setUint32(12, ((count << 1) | (more ? 1 : 0)) >>> 0, true);
  ranges.forEach((range, i) => {
    writePageRange(view, DM_RANGES_AT + 8 * i, range);
  });
  return bytes;
}

describe('the messages', () => {
  it('of the host are those of the golden vectors', () => {
    const peer = new Peer();
    peer.send(golden('dm_version_request_2_0'));
    expect(peer.read()).toEqual([golden('dm_version_response_accepted')]);
    peer.send(
      dmCapabilities.encode({ 'hdr.type': DM.CAPABILITIES_REPORT, 'hdr.trans_id': 2, 'caps.caps': 3 }),
    );
    const [accepted, info] = peer.read();
    expect(accepted).toEqual(golden('dm_capabilities_response'));
    const expected = golden('dm_info_max_page_count');
    const number = (bytes: Uint8Array): Uint8Array => bytes.slice(4, 8);
    expected.set(number(info), 4);
    new DataView(expected.buffer).setBigUint64(24, BigInt(MOST), true);
    expect(info).toEqual(expected);
  });

  it('that add memory name one range', () => {
    const peer = new Peer().ready();
    expect(peer.memory.hotAdd(32_768, (answer) => peer.ended.push(answer))).toBe(true);
    const [bytes] = peer.read();
    const expected = golden('dm_hot_add_request_32768_pages');
    expect(readPageRange(new DataView(expected.buffer), 8)).toEqual({ start: 0x10_0000, count: 32_768 });
    writePageRange(new DataView(expected.buffer), 8, { start: 32_768, count: 32_768 });
    expected.set(bytes.slice(4, 8), 4);
    expect(bytes).toEqual(expected);
    const answer = golden('dm_hot_add_response');
    peer.send(answer);
    expect(peer.ended).toMatchObject([{ kind: 'answer', pages: 32_768 }]);
    expect(peer.memory.pages.backed).toBe(START + 32_768);
  });

  it('are not understood before the versions are agreed, or after', () => {
    const peer = new Peer();
    peer.send(dmCapabilities.encode({ 'hdr.type': DM.CAPABILITIES_REPORT, 'caps.caps': 3 }));
    peer.send(dmStatus.encode({ 'hdr.type': DM.STATUS_REPORT, num_avail: 1 }));
    expect(peer.memory).toMatchObject({ state: 'negotiating', available: 0 });
    expect(peer.memory.counts.stray).toBe(2);
    peer.send(
      dmVersionRequest.encode({
        'hdr.type': DM.VERSION_REQUEST,
        version: { version: 7 },
        is_last_attempt: 1,
      }),
    );
    expect(peer.memory.state).toBe('failed');
    peer.send(golden('dm_version_request_2_0'));
    expect(peer.memory.state).toBe('failed');
    expect(peer.memory.balloon(1, () => undefined)).toBe(false);
  });
});

describe('pages', () => {
  it('are taken with their contents', () => {
    const peer = new Peer().ready().asked(4);
    const { u8 } = peer.guest.memory;
    u8.fill(5, 1000 * PAGE_SIZE, 1004 * PAGE_SIZE);
    peer.send(response([{ start: 1000, count: 2 }], true));
    expect(peer.memory.busy).toBe(true);
    peer.send(response([{ start: 1002, count: 2 }]));
    expect(peer.ended).toMatchObject([{ kind: 'answer', pages: 4 }]);
    expect(u8.subarray(1000 * PAGE_SIZE, 1004 * PAGE_SIZE).some((byte) => byte !== 0)).toBe(false);
    expect(peer.memory.pages.backed).toBe(START - 4);
    expect(peer.memory.pages.has(1003)).toBe(false);
  });

  it.each<[string, PageRange[]]>([
    ['beyond its memory', [{ start: START, count: 1 }]],
    ['that reach beyond its memory', [{ start: START - 1, count: 2 }]],
    ['beyond everything', [{ start: 2 ** 40 - 1, count: 1 }]],
    [
      'named twice',
      [
        { start: 100, count: 2 },
        { start: 101, count: 1 },
      ],
    ],
    ['that are none', [{ start: 100, count: 0 }]],
    ['more than it was asked for', [{ start: 100, count: 5 }]],
    ['that the hypervisor covers', [{ start: 1, count: 1 }]],
  ])('%s are not taken', (_name, ranges) => {
    const peer = new Peer().ready().asked(4);
    const before = peer.guest.memory.u8.slice(0, 0x4000);
    peer.send(response(ranges));
    expect(peer.ended).toMatchObject([{ kind: 'broken', pages: 0 }]);
    expect(peer.guest.memory.u8.slice(0, 0x3000)).toEqual(before.slice(0, 0x3000));
    peer.stopped();
  });

  it('given twice in two messages are not taken the second time', () => {
    const peer = new Peer().ready().asked(4);
    peer.send(response([{ start: 100, count: 2 }], true));
    peer.send(response([{ start: 100, count: 2 }]));
    expect(peer.memory.counts.broken).toBe(1);
    expect(peer.memory.ballooned).toBe(2);
    expect(peer.memory.pages.backed).toBe(START - 2);
  });

  it('that nobody asked for stay the guest’s', () => {
    const peer = new Peer().ready();
    peer.send(response([{ start: 100, count: 2 }]));
    expect(peer.memory.counts).toMatchObject({ stray: 1, broken: 0 });
    expect(peer.memory.pages.backed).toBe(START);
  });

  it('of its own ring cost it that channel, and nobody else anything', () => {
    const peer = new Peer().ready().asked(8);
    const ring = (peer.channel.pages[0] ?? 0) / PAGE_SIZE;
    peer.send(response([{ start: ring, count: 8 }]));
    for (let i = 0; i < 20; i++) peer.channel.signal();
    peer.wait(1);
    expect(peer.memory.pages.backed).toBe(START - 8);
    expect(peer.heartbeat.state).not.toBe('failed');
  });
});

describe('numbers', () => {
  it('that are old make a message worth nothing', () => {
    const peer = new Peer().ready().asked(4);
    const bytes = response([{ start: 100, count: 4 }]);
    new DataView(bytes.buffer).setUint32(4, 1, true);
    peer.send(bytes);
    expect(peer.memory.counts.replayed).toBe(1);
    expect(peer.memory.pages.backed).toBe(START);
    expect(peer.memory.busy).toBe(true);
    peer.send(response([{ start: 100, count: 4 }]));
    expect(peer.ended).toMatchObject([{ kind: 'answer', pages: 4 }]);
  });

  it('of more pages than were added stop the channel', () => {
    const peer = new Peer().ready();
    peer.memory.hotAdd(100, (answer) => peer.ended.push(answer));
    peer.send(dmHotAddResponse.encode({ 'hdr.type': DM.HOT_ADD_RESPONSE, page_count: 101, result: 1 }));
    expect(peer.ended).toMatchObject([{ kind: 'broken' }]);
  });

  it('of fewer leave the rest with the host, and "success" with none ends it for good', () => {
    const peer = new Peer().ready();
    peer.memory.hotAdd(100, (answer) => peer.ended.push(answer));
    peer.send(dmHotAddResponse.encode({ 'hdr.type': DM.HOT_ADD_RESPONSE, page_count: 0, result: 0 }));
    expect(peer.memory.pages.backed).toBe(START);
    expect(peer.memory.hotAddEnded).toBe(false);
    peer.memory.hotAdd(100, (answer) => peer.ended.push(answer));
    peer.send(dmHotAddResponse.encode({ 'hdr.type': DM.HOT_ADD_RESPONSE, page_count: 40, result: 1 }));
    expect(peer.memory.pages.backed).toBe(START + 40);
    expect(peer.memory.hotAddEnded).toBe(true);
    expect(peer.ended).toMatchObject([{ pages: 0 }, { pages: 40 }]);
  });
});

describe('a message', () => {
  it.each([
    ['shorter than its header', new Uint8Array(4), VM_PKT.DATA_INBAND],
    ['of ones only', new Uint8Array(64).fill(0xff), VM_PKT.DATA_INBAND],
    ['longer than any', new Uint8Array(5000), VM_PKT.DATA_INBAND],
    [
      'of a type that guests do not send',
      Uint8Array.of(DM.BALLOON_REQUEST, 0, 16, 0, 9, 9, 9, 9),
      VM_PKT.DATA_INBAND,
    ],
    ['of another packet type', new Uint8Array(64), VM_PKT.COMP],
    [
      'that names more ranges than it holds',
      response([{ start: 100, count: 1 }], false, 300),
      VM_PKT.DATA_INBAND,
    ],
    ['that names two thousand million ranges', response([], false, 0x7fff_ffff), VM_PKT.DATA_INBAND],
    [
      'longer than its packet',
      Uint8Array.of(DM.STATUS_REPORT, 0, 255, 1, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0),
      VM_PKT.DATA_INBAND,
    ],
  ])('%s stops the channel and no other', (_name, bytes, type) => {
    const peer = new Peer().ready().asked(4);
    peer.send(bytes, type);
    expect(peer.ended).toMatchObject([{ kind: 'broken' }]);
    peer.stopped();
  });

  it('after the channel was closed ends the question and gives the pages back', () => {
    const peer = new Peer().ready().asked(4);
    peer.send(response([{ start: 100, count: 2 }], true));
    peer.guest.server.reset();
    expect(peer.ended).toMatchObject([{ kind: 'gone' }]);
    expect(peer.memory.pages.backed).toBe(START);
    peer.wait(100);
    expect(peer.ended).toHaveLength(1);
  });
});
