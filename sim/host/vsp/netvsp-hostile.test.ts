/** The synthetic network adapter with a guest that lies: about sections, pages, lengths, completions, and the order of things. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../core/errors.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { buildGpaDirectHeader, gpaRange } from '../../wire/gpa-direct.ts';
import { NVSP_CHANNEL, NVSP_MSG, NVSP_NO_SECTION, NVSP_STAT, NVSP_VERSION } from '../../wire/nvsp-codes.ts';
import {
  RNDIS_FILTER,
  RNDIS_MAX_TRANSFER,
  RNDIS_MSG,
  RNDIS_OID,
  RNDIS_STATUS,
} from '../../wire/rndis-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { HostPort } from '../backends/host-port.ts';
import { VirtualSwitch } from '../backends/switch.ts';
import { Netvsp } from './netvsp.ts';
import { type TestChannel, TestGuest, type TestPacket } from './vmbus-testing.ts';

const MAC = Uint8Array.of(0x00, 0x15, 0x5d, 0x0a, 0x1b, 0x2c);
const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };
const golden = (name: string): Uint8Array => {
  const found = vectors.find((vector) => vector.name === name);
  invariant(found, `no golden vector ${name}`);
  return Uint8Array.from(found.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};
const words = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(Math.max(40, 4 * values.length));
  new Uint32Array(bytes.buffer).set(values);
  return bytes;
};
const rndis = (type: number, ...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(8 + 4 * values.length);
  new Uint32Array(bytes.buffer).set([type, bytes.length, ...values]);
  return bytes;
};

/** A guest that writes its packets by hand. */
class Peer {
  readonly guest = new TestGuest({ memoryBytes: 1 << 25 });
  readonly network = new VirtualSwitch(this.guest.partition.root);
  readonly host = new HostPort(this.network);
  readonly netvsp = new Netvsp(this.guest.partition, this.network, { mac: MAC, maxSubChannels: 3 });
  readonly channel: TestChannel;
  receiveAt = 0;
  sendAt = 0;
  private readonly offers;
  private tid = 1;

  constructor() {
    this.guest.server.offer(this.netvsp);
    this.offers = this.guest.connect();
    this.channel = this.guest.open(this.offers[0], 15);
  }

  /** Sends a message; what came back, in order. */
  say(bytes: Uint8Array, header?: Uint8Array, type?: number): TestPacket[] {
    const kind = type ?? (header ? VM_PKT.DATA_USING_GPA_DIRECT : VM_PKT.DATA_INBAND);
    expect(this.channel.send(kind, 1, this.tid++, bytes, header)).toBe(true);
    return this.channel.receive();
  }

  share(pages: number): { id: number; at: number } {
    const list = this.guest.pages(pages);
    return { id: this.guest.gpadl(this.channel.relid, list).id, at: list[0] };
  }

  buffers(receivePages = 4, sendPages = 6): this {
    this.say(words(NVSP_MSG.INIT, NVSP_VERSION.V61, NVSP_VERSION.V61));
    const receive = this.share(receivePages);
    this.receiveAt = receive.at;
    expect(this.say(words(NVSP_MSG.SEND_RECV_BUF, receive.id, 0xcafe))[0].view.getUint32(4, true)).toBe(1);
    const send = this.share(sendPages);
    this.sendAt = send.at;
    expect(this.say(words(NVSP_MSG.SEND_SEND_BUF, send.id))[0].view.getUint32(4, true)).toBe(1);
    return this;
  }

  /** An RNDIS message in a section of the send buffer. */
  tell(message: Uint8Array, kind: number = NVSP_CHANNEL.CONTROL, section = 0): TestPacket[] {
    this.guest.memory.u8.set(message, this.sendAt + section * 6144);
    return this.say(words(NVSP_MSG.SEND_RNDIS_PKT, kind, section, message.length));
  }

  /** As {@link tell}, and the sections that came are given back. The RNDIS answers. */
  ask(message: Uint8Array): Uint8Array[] {
    return this.tell(message)
      .filter(({ type }) => type === VM_PKT.DATA_USING_XFER_PAGES)
      .map(({ tid }) => this.taken(tid));
  }

  /** Reads the section that a packet names, and gives it back. */
  taken(tid: bigint): Uint8Array {
    const at = this.receiveAt + (Number(tid) - 1) * 1728;
    const { u8, view } = this.guest.memory;
    const message = u8.slice(at, at + view.getUint32(at + 4, true));
    this.channel.send(VM_PKT.COMP, 0, tid, words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1));
    this.guest.settle();
    return message;
  }

  ready(): this {
    this.buffers();
    expect(this.ask(rndis(RNDIS_MSG.INIT, 1, 1, 0, 0x4000))).toHaveLength(1);
    const filter = RNDIS_FILTER.DIRECTED | RNDIS_FILTER.BROADCAST;
    this.ask(rndis(RNDIS_MSG.SET, 3, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, 4, 20, 0, filter));
    expect(this.netvsp).toMatchObject({ rndis: 'operational', filter });
    return this;
  }

  /** The channel is dead: it takes nothing and says nothing. */
  stopped(): void {
    expect(this.netvsp.queues[0]?.ring.dead).toBe(true);
    expect(this.netvsp.queues[0]?.counts.broken).toBeLessThanOrEqual(1);
    expect(this.channel.send(VM_PKT.DATA_INBAND, 1, 999, words(NVSP_MSG.INIT, 2, 2))).toBe(true);
    expect(this.channel.receive()).toEqual([]);
  }
}

const whoHas = (from: Uint8Array = MAC): Uint8Array =>
  Uint8Array.of(
    ...[255, 255, 255, 255, 255, 255, ...from, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, ...from],
    ...[10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1],
  );
const packet = (frame: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(44 + frame.length);
  bytes.set(rndis(RNDIS_MSG.PACKET, 36, frame.length, 0, 0, 0, 0, 0, 0, 0));
  new DataView(bytes.buffer).setUint32(4, bytes.length, true);
  bytes.set(frame, 44);
  return bytes;
};

describe('answers', () => {
  it('are those of the golden vectors', () => {
    const peer = new Peer().buffers();
    const numbered = (name: string, request: number): Uint8Array => {
      const bytes = golden(name);
      new DataView(bytes.buffer).setUint32(8, request, true);
      return bytes;
    };
    const initialised = numbered('rndis_initialize_complete', 1);
    // The longest message that it takes is a host's own business.
    new DataView(initialised.buffer).setUint32(36, RNDIS_MAX_TRANSFER, true);
    expect(peer.ask(rndis(RNDIS_MSG.INIT, 1, 1, 0, 0x4000))).toEqual([initialised]);
    const query = (oid: number): Uint8Array[] => peer.ask(rndis(RNDIS_MSG.QUERY, 2, oid, 0, 20, 0));
    expect(query(RNDIS_OID['802_3_PERMANENT_ADDRESS'])).toEqual([numbered('rndis_query_complete_mac', 2)]);
    expect(query(0x0002_0216)).toEqual([numbered('rndis_query_complete_link_status_not_supported', 2)]);
    expect(peer.ask(golden('ndis_rss_parameters_set'))).toEqual([numbered('rndis_set_complete', 12)]);
    expect(peer.ask(rndis(RNDIS_MSG.KEEPALIVE, 0x44))).toEqual([golden('rndis_keepalive_complete')]);
    peer.netvsp.setLink(false);
    peer.netvsp.setLink(true);
    const [out, back] = peer.channel.receive().map(({ tid }) => peer.taken(tid));
    expect(back).toEqual(golden('rndis_indicate_media_connect'));
    expect(new DataView(out.buffer).getUint32(8, true)).toBe(RNDIS_STATUS.MEDIA_DISCONNECT);
    expect(peer.tell(golden('rndis_halt'))[0].type).toBe(VM_PKT.COMP);
    expect(peer.netvsp.rndis).toBe('halted');
  });

  it('to a request for channels say how many, then where to send what', () => {
    const peer = new Peer().ready();
    const request = golden('nvsp_subchannel_allocate_5');
    expect(peer.say(request)[0].view.getUint32(4, true)).toBe(NVSP_STAT.FAIL);
    request[8] = 3;
    const [reply] = peer.say(request);
    expect(reply.bytes).toEqual(golden('nvsp_subchannel_complete_3'));
    const offers = peer.guest.messages().filter(({ type }) => type === 1);
    expect(offers).toHaveLength(3);
    for (const offer of offers) expect(peer.guest.open(offer, 15).status).toBe(0);
    const [table] = peer.channel.receive();
    const expected = golden('nvsp_send_indirection_table_16');
    expect(table.bytes.slice(0, 12)).toEqual(expected.slice(0, 12));
    expect([...new Uint32Array(table.bytes.buffer.slice(40))]).toEqual(
      Array.from({ length: 16 }, (_, i) => i % 4),
    );
    expect(peer.say(request)[0].view.getUint32(4, true)).toBe(NVSP_STAT.FAIL);
  });
});

describe('an order that is wrong', () => {
  it.each([
    ['a buffer', words(NVSP_MSG.SEND_RECV_BUF, 1, 1)],
    ['an NDIS version', words(NVSP_MSG.SEND_NDIS_VER, 6, 30)],
    ['something unknown', words(77)],
  ])('stops the channel: %s before a version', (_name, bytes) => {
    const peer = new Peer();
    peer.say(bytes);
    peer.stopped();
  });

  it('is refused: questions without a buffer, before RNDIS is initialised, a second version, a second buffer', () => {
    const peer = new Peer();
    expect(peer.say(words(NVSP_MSG.INIT, 7, 7))[0].view.getUint32(12, true)).toBe(NVSP_STAT.NONE);
    peer.buffers();
    expect(peer.say(words(NVSP_MSG.INIT, 2, 2))[0].view.getUint32(12, true)).toBe(NVSP_STAT.NONE);
    expect(peer.say(words(NVSP_MSG.SEND_RECV_BUF, peer.share(2).id, 1))[0].view.getUint32(4, true)).toBe(
      NVSP_STAT.FAIL,
    );
    const [early] = peer.tell(rndis(RNDIS_MSG.QUERY, 2, RNDIS_OID.GEN_LINK_SPEED, 0, 20, 0));
    expect(early.view.getUint32(4, true)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
    const [frame] = peer.tell(packet(whoHas()), NVSP_CHANNEL.DATA);
    expect(frame.view.getUint32(4, true)).toBe(NVSP_STAT.FAIL);
  });

  it('is refused: buffers that are no page list, or too small', () => {
    const peer = new Peer();
    peer.say(words(NVSP_MSG.INIT, NVSP_VERSION.V61, NVSP_VERSION.V61));
    for (const type of [NVSP_MSG.SEND_RECV_BUF, NVSP_MSG.SEND_SEND_BUF])
      expect(peer.say(words(type, 12_345, 1))[0].view.getUint32(4, true)).toBe(NVSP_STAT.FAIL);
    peer.say(words(NVSP_MSG.SEND_NDIS_CONFIG, 9014));
    expect(peer.say(words(NVSP_MSG.SEND_RECV_BUF, peer.share(2).id, 1))[0].view.getUint32(4, true)).toBe(
      NVSP_STAT.FAIL,
    );
  });
});

describe('a packet', () => {
  it.each<[string, (peer: Peer) => void]>([
    [
      'row 45: from a section that is not there',
      (peer) => peer.say(words(NVSP_MSG.SEND_RNDIS_PKT, 0, 4, 100)),
    ],
    [
      'row 45: from a section far away',
      (peer) => peer.say(words(NVSP_MSG.SEND_RNDIS_PKT, 0, 0xffff_fffe, 100)),
    ],
    ['row 45: longer than a section', (peer) => peer.say(words(NVSP_MSG.SEND_RNDIS_PKT, 0, 0, 6145))],
    ['in pages beyond memory', (peer) => peer.say(reference, buildGpaDirectHeader([gpaRange(1 << 30, 100)]))],
    ['in more pages than may be', (peer) => peer.say(reference, buildGpaDirectHeader([gpaRange(0, 0x5000)]))],
    ['in no pages', (peer) => peer.say(reference)],
    [
      'with a lying list of pages',
      (peer) => peer.say(reference, Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255)),
    ],
    ['of another type', (peer) => peer.say(reference, undefined, VM_PKT.DATA_USING_GPADL)],
    ['that is empty', (peer) => peer.say(new Uint8Array(0))],
    ['that is too long', (peer) => peer.say(new Uint8Array(4000))],
    [
      'row 52: that completes what was never sent',
      (peer) => peer.say(words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1), undefined, VM_PKT.COMP),
    ],
  ])('%s stops the channel', (_name, act) => {
    const peer = new Peer().ready();
    act(peer);
    peer.stopped();
  });

  it('row 52: that is completed twice stops the channel', () => {
    const peer = new Peer().ready();
    const [arrived] = peer
      .tell(packet(whoHas()), NVSP_CHANNEL.DATA)
      .filter(({ type }) => type === VM_PKT.DATA_USING_XFER_PAGES);
    for (let i = 0; i < 2; i++)
      peer.channel.send(VM_PKT.COMP, 0, arrived.tid, words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1));
    peer.guest.settle();
    expect(peer.netvsp.queues[0]?.counts.returned).toBe(3);
    peer.stopped();
  });

  const change = (at: number, value: number): Uint8Array => {
    const bytes = packet(whoHas());
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  it.each([
    ['of another kind', change(0, 9)],
    ['row 46: longer than what was sent', change(4, 0xffff_ffff)],
    ['row 46: shorter than itself', change(4, 8)],
    ['row 46: whose frame lies outside', change(8, 0xffff_fff0)],
    ['row 46: whose frame lies in its header', change(8, 0)],
    ['whose frame is longer than itself', change(12, 5000)],
    ['whose frame has no header', change(12, 13)],
    ['cut off', packet(whoHas()).slice(0, 30)],
  ])('%s is answered as invalid, and the next one is served', (_name, message) => {
    const peer = new Peer().ready();
    const [reply] = peer.tell(message, NVSP_CHANNEL.DATA);
    expect(reply.view.getUint32(4, true)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
    expect(peer.host.counts.arp).toBe(0);
    expect(peer.tell(packet(whoHas()), NVSP_CHANNEL.DATA)).toHaveLength(2);
    expect(peer.host.counts.arp).toBe(1);
  });

  it('with several frames sends them all, and none when the last is broken', () => {
    const peer = new Peer().ready();
    const one = packet(whoHas());
    const two = new Uint8Array(2 * one.length);
    two.set(one);
    two.set(one, one.length);
    peer.tell(two, NVSP_CHANNEL.DATA);
    expect(peer.host.counts.arp).toBe(2);
    two[one.length] = 9;
    expect(peer.tell(two, NVSP_CHANNEL.DATA)[0].view.getUint32(4, true)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
    expect(peer.host.counts.arp).toBe(2);
  });

  it('from another address goes nowhere', () => {
    const peer = new Peer().ready();
    const [reply] = peer.tell(packet(whoHas(Uint8Array.of(2, 2, 2, 2, 2, 2))), NVSP_CHANNEL.DATA);
    expect(reply.view.getUint32(4, true)).toBe(NVSP_STAT.SUCCESS);
    expect(peer.netvsp.counts.spoofed).toBe(1);
    expect(peer.host.counts.arp).toBe(0);
  });
});

describe('information with a packet (how-it-works §10.4, rows 46 and 50)', () => {
  /** A packet with so many bytes of information in front of its frame. */
  const informed = (information: Uint8Array, offset = 36, length = information.length): Uint8Array => {
    const frame = whoHas();
    const bytes = new Uint8Array(44 + information.length + frame.length);
    const at = 36 + information.length;
    bytes.set(rndis(RNDIS_MSG.PACKET, at, frame.length, 0, 0, 0, offset, length, 0, 0));
    new DataView(bytes.buffer).setUint32(4, bytes.length, true);
    bytes.set(information, 44);
    bytes.set(frame, 44 + information.length);
    return bytes;
  };
  const piece = (kind: number, ...values: readonly number[]): Uint8Array =>
    new Uint8Array(Uint32Array.of(12 + 4 * values.length, kind, 12, ...values).buffer);
  const status = (message: Uint8Array): number =>
    new Peer().ready().tell(message, NVSP_CHANNEL.DATA)[0].view.getUint32(4, true);

  it('of a known kind is skipped, and the frame goes out', () => {
    expect(status(informed(Uint8Array.of(...piece(0, 1), ...piece(9, 7))))).toBe(NVSP_STAT.SUCCESS);
  });

  it.each([
    ['row 46: that lies in the head of the packet', informed(piece(0, 1), 0)],
    ['row 46: that reaches into the frame', informed(piece(0, 1), 36, 40)],
    ['row 46: that lies outside the packet', informed(piece(0, 1), 0xffff_fff0, 16)],
    ['row 46: whose length overflows', informed(piece(0, 1), 36, 0xffff_ffff)],
    ['row 46: that is shorter than its head', informed(Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0))],
    [
      'row 46: that is longer than all of them',
      informed(new Uint8Array(Uint32Array.of(64, 0, 12, 0).buffer)),
    ],
    ['row 46: of no bytes, over and over', informed(new Uint8Array(24))],
    ['row 50: about segments whose header lies outside the frame', informed(piece(2, 0x7fff_ffff))],
    ['row 50: about segments of no bytes', informed(piece(2, 0))],
  ])('%s is answered as invalid', (_name, message) => {
    expect(status(message)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
  });
});

describe('more of how-it-works §10.4', () => {
  it('row 45: a section that is sent twice at once is served twice: the host has copied it', () => {
    const peer = new Peer().ready();
    peer.tell(packet(whoHas()), NVSP_CHANNEL.DATA);
    peer.tell(packet(whoHas()), NVSP_CHANNEL.DATA);
    expect(peer.host.counts.arp).toBe(2);
  });

  it('row 46: a header that is split over two pages is read as one', () => {
    const peer = new Peer().ready();
    const [first] = peer.guest.pages(3);
    const message = packet(whoHas());
    const at = first + PAGE_SIZE - 10;
    peer.guest.memory.u8.set(message.subarray(0, 10), at);
    // The second half lies in a page that is no neighbour.
    peer.guest.memory.u8.set(message.subarray(10), first + 2 * PAGE_SIZE);
    const pfns = [first / PAGE_SIZE, first / PAGE_SIZE + 2];
    const header = buildGpaDirectHeader([{ byteCount: message.length, byteOffset: PAGE_SIZE - 10, pfns }]);
    peer.say(reference, header);
    expect(peer.host.counts.arp).toBe(1);
  });

  it('row 47: junk behind an RNDIS packet is invalid, and so is all of it', () => {
    const peer = new Peer().ready();
    const message = Uint8Array.of(...packet(whoHas()), 1, 2, 3, 4, 5, 6, 7, 8);
    const [reply] = peer.tell(message, NVSP_CHANNEL.DATA);
    expect(reply.view.getUint32(4, true)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
    expect(peer.host.counts.arp).toBe(0);
  });

  it('row 47: a message that is no data stops the sub-channel on which it came, and no other', () => {
    const peer = new Peer().ready();
    peer.say(words(NVSP_MSG.SUBCHANNEL, 1, 1));
    const [offer] = peer.guest.messages().filter(({ type }) => type === 1);
    const second = peer.guest.open(offer, 3);
    second.send(VM_PKT.DATA_INBAND, 1, 1, words(NVSP_MSG.SEND_NDIS_CONFIG, 1514));
    expect(second.receive()).toEqual([]);
    expect(peer.netvsp.queues[1]?.ring.dead).toBe(true);
    expect(peer.ask(rndis(RNDIS_MSG.KEEPALIVE, 5))).toHaveLength(1);
  });

  it('row 48: a second receive buffer is refused, and the first one stays', () => {
    const peer = new Peer().ready();
    const { sections } = peer.netvsp;
    const [reply] = peer.say(words(NVSP_MSG.SEND_RECV_BUF, peer.share(2).id, 1));
    expect(reply.view.getUint32(4, true)).toBe(NVSP_STAT.FAIL);
    expect(peer.netvsp.sections).toBe(sections);
  });

  it('row 48: into a buffer that is revoked while sections are in flight nothing more is written', () => {
    const peer = new Peer().ready();
    const [arrived] = peer
      .tell(packet(whoHas()), NVSP_CHANNEL.DATA)
      .filter(({ type }) => type === VM_PKT.DATA_USING_XFER_PAGES);
    peer.say(words(NVSP_MSG.REVOKE_RECV_BUF, 0xcafe));
    const { u8 } = peer.guest.memory;
    const end = peer.receiveAt + 4 * PAGE_SIZE;
    u8.fill(0xa5, peer.receiveAt, end);
    peer.netvsp.receive(whoHas());
    peer.netvsp.setLink(false);
    expect(u8.subarray(peer.receiveAt, end).every((byte) => byte === 0xa5)).toBe(true);
    // What is completed now is not outstanding any more.
    peer.channel.send(VM_PKT.COMP, 0, arrived.tid, words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1));
    peer.guest.settle();
    peer.stopped();
  });

  it('row 51: objects that a guest has no business with are not supported', () => {
    const peer = new Peer().ready();
    // Statistics, protocol options, a switch’s own objects (the class of CVE-2021-28476).
    for (const oid of [0x0002_0101, 0x0001_0112, 0x0101_0209, 0xff01_0001, 0x0001_0237]) {
      for (const message of [
        rndis(RNDIS_MSG.QUERY, 2, oid, 0, 20, 0),
        rndis(RNDIS_MSG.SET, 2, oid, 8, 20, 0, 1, 2),
      ]) {
        const [answer] = peer.ask(message);
        expect(new DataView(answer.buffer).getUint32(12, true)).toBe(RNDIS_STATUS.NOT_SUPPORTED);
      }
    }
  });
});

describe('a guest', () => {
  it('that sets what does not exist or says a length that is none is told so', () => {
    const peer = new Peer().ready();
    const status = (message: Uint8Array): number =>
      new DataView(peer.ask(message)[0].buffer).getUint32(12, true);
    expect(status(rndis(RNDIS_MSG.SET, 3, 0x1234, 4, 20, 0, 0))).toBe(RNDIS_STATUS.NOT_SUPPORTED);
    expect(status(rndis(RNDIS_MSG.SET, 3, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, 2, 20, 0, 0))).toBe(
      RNDIS_STATUS.INVALID_LENGTH,
    );
    expect(status(rndis(RNDIS_MSG.SET, 3, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, 4, 0xffff_ffff, 0, 0))).toBe(
      RNDIS_STATUS.INVALID_DATA,
    );
    for (const message of [rndis(RNDIS_MSG.QUERY, 3), rndis(77, 3), new Uint8Array(4)])
      expect(peer.tell(message)[0].view.getUint32(4, true)).toBe(NVSP_STAT.INVALID_RNDIS_PKT);
  });

  it('row 49: that asks and never reads is stopped when sixty-four answers wait', () => {
    const peer = new Peer().ready();
    const sections = peer.netvsp.sections?.count ?? 0;
    for (let i = 0; i < sections + 64; i++) peer.tell(rndis(RNDIS_MSG.KEEPALIVE, i));
    expect(peer.netvsp.queues[0]?.counts.broken).toBe(0);
    peer.tell(rndis(RNDIS_MSG.KEEPALIVE, 99));
    peer.stopped();
  });

  it('that takes its buffers back hears nothing more, and may share others', () => {
    const peer = new Peer().ready();
    peer.say(words(NVSP_MSG.REVOKE_RECV_BUF, 0xcafe));
    peer.say(words(NVSP_MSG.REVOKE_SEND_BUF));
    expect(peer.netvsp).toMatchObject({ sections: undefined, sendBuffer: undefined });
    peer.netvsp.receive(whoHas());
    expect(peer.netvsp.counts.dropped).toBe(1);
    expect(peer.say(words(NVSP_MSG.SEND_RECV_BUF, peer.share(2).id, 1))[0].view.getUint32(4, true)).toBe(1);
  });

  it('that leaves begins anew', () => {
    const peer = new Peer().ready();
    peer.guest.server.reset();
    expect(peer.netvsp).toMatchObject({ version: 0, rndis: 'off', filter: 0, sections: undefined });
  });
});

const reference = words(NVSP_MSG.SEND_RNDIS_PKT, NVSP_CHANNEL.DATA, NVSP_NO_SECTION, 0);
