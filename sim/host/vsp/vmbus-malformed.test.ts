/**
 * What the bus does with wrong messages, by the row number of the project's table of malformed inputs (facts, §10.4). Each row also
 * asserts that a second controller in the same machine is served as fast as before.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { HV_STATUS } from '../../wire/hypercall.ts';
import { CHANNELMSG, VMBUS_STATUS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import { Attack } from './storvsp-testing.ts';
import { TestGuest, testMessage } from './vmbus-testing.ts';

let attack: Attack;

/** A machine with a victim and a bystander. */
function begin(): TestGuest {
  attack = new Attack({ vps: 2 });
  attack.victim.initialise();
  return attack.guest;
}

/** Refused messages since the machine was built. */
const refused = (): number => attack.guest.server.counts.refused;
const types = (messages: readonly { type: number }[]): number[] => messages.map(({ type }) => type);
const relid = (): number => attack.victim.channel.relid;
const gpadl = (): number => attack.victim.channel.gpadl;

/** GPADL_HEADER with these announced numbers and this list. */
function header(
  id: number,
  listBytes: number,
  ranges: number,
  list: Uint8Array,
  channel = relid(),
): Uint8Array {
  const bytes = new Uint8Array(20 + list.length);
  bytes.set(testMessage(CHANNELMSG.GPADL_HEADER, channel, id));
  new DataView(bytes.buffer).setUint16(16, listBytes, true);
  new DataView(bytes.buffer).setUint16(18, ranges, true);
  bytes.set(list, 20);
  return bytes;
}

function range(byteCount: number, byteOffset: number, pfns: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + 8 * pfns.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, byteCount, true);
  view.setUint32(4, byteOffset, true);
  pfns.forEach((pfn, i) => {
    view.setBigUint64(8 + 8 * i, BigInt(pfn), true);
  });
  return bytes;
}

function closeVictim(): void {
  attack.guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, relid()));
}

describe('wrong messages', () => {
  afterEach(() => {
    expect(attack.unharmed()).toBe(1);
  });

  it('row 1: a message shorter than its header or its type needs is dropped', () => {
    const guest = begin();
    const before = refused();
    for (const bytes of [0, 4, 7]) expect(guest.ask(new Uint8Array(bytes))).toEqual([]);
    const shortest: [number, number][] = [
      [CHANNELMSG.OPENCHANNEL, 147],
      [CHANNELMSG.CLOSECHANNEL, 11],
      [CHANNELMSG.GPADL_HEADER, 19],
      [CHANNELMSG.GPADL_BODY, 15],
      [CHANNELMSG.GPADL_TEARDOWN, 15],
      [CHANNELMSG.RELID_RELEASED, 11],
      [CHANNELMSG.INITIATE_CONTACT, 39],
      [CHANNELMSG.TL_CONNECT_REQUEST, 39],
      [CHANNELMSG.MODIFYCHANNEL, 15],
    ];
    for (const [type, length] of shortest) {
      const bytes = new Uint8Array(length);
      bytes[0] = type;
      expect(guest.ask(bytes), `type ${type}`).toEqual([]);
    }
    expect(refused() - before).toBe(12);
  });

  it('row 2: an unknown type, or one newer than the version, is dropped', () => {
    const guest = begin();
    const before = refused();
    for (const type of [0, 25, 30, 255, 0xffff_ffff])
      expect(guest.ask(testMessage(type, 1, 1, 1, 1, 1, 1, 1, 1))).toEqual([]);
    expect(refused() - before).toBe(5);
    const old = new TestGuest();
    old.connect(VMBUS_VERSION.WIN8_1);
    expect(old.ask(testMessage(CHANNELMSG.MODIFYCHANNEL, 1, 0))).toEqual([]);
    expect(old.ask(testMessage(CHANNELMSG.TL_CONNECT_REQUEST, 1, 2, 3, 4, 5, 6, 7, 8))).toEqual([]);
    expect(old.server.counts.refused).toBe(2);
  });

  it('row 3: anything but INITIATE_CONTACT while disconnected is dropped', () => {
    begin();
    const guest = new TestGuest();
    for (let type = 0; type < 32; type++) {
      if (type === CHANNELMSG.INITIATE_CONTACT) continue;
      const bytes = new Uint8Array(240);
      bytes[0] = type;
      expect(guest.ask(bytes), `type ${type}`).toEqual([]);
    }
    expect(guest.server.counts).toEqual({ messages: 31, refused: 31 });
  });

  it('row 4: messages that only a host sends are dropped', () => {
    const guest = begin();
    const before = refused();
    const host = [1, 2, 4, 6, 10, 12, 15, 17, 20, 23, 24, 26, 28];
    for (const type of host) {
      const bytes = new Uint8Array(240);
      bytes[0] = type;
      expect(guest.ask(bytes), `type ${type}`).toEqual([]);
    }
    expect(refused() - before).toBe(host.length);
  });

  it('row 5: an unsupported version is refused, and the connection is over', () => {
    begin();
    const guest = new TestGuest();
    for (const version of [0, 12, 14, 0x1_0000, 0x5_0004, 0x6_0000, 0xffff_ffff]) {
      const [response] = guest.ask(guest.contact(version));
      expect([response.type, response.bytes[8]], `version ${version}`).toEqual([
        CHANNELMSG.VERSION_RESPONSE,
        0,
      ]);
      expect(guest.server.connection).toBeUndefined();
    }
  });

  it('row 6: one monitor page without the other: supported, but failed', () => {
    begin();
    const guest = new TestGuest();
    for (const pages of [
      { monitor1: 0 },
      { monitor2: 0 },
      { monitor1: 0x4001 },
      { monitor2: 0xff_f000_0000 },
    ]) {
      const [response] = guest.ask(guest.contact(VMBUS_VERSION.WIN10_V5_3, pages));
      expect([response.bytes[8], response.bytes[9]]).toEqual([1, 2]);
      expect(guest.server.connection).toBeUndefined();
    }
    const [old] = guest.ask(guest.contact(VMBUS_VERSION.WIN7, { monitor1: 0 }));
    expect(old.bytes[8]).toBe(0);
  });

  it('row 7: INITIATE_CONTACT in mid-session closes everything first, then answers', () => {
    const guest = new Attack().guest;
    const [channel] = guest.server.channels;
    expect(types(guest.ask(guest.contact(VMBUS_VERSION.WIN10)))).toEqual([CHANNELMSG.VERSION_RESPONSE]);
    expect(guest.server.channels.map(({ state }) => state)).toEqual(['client-released', 'client-released']);
    expect(channel.ring).toBeUndefined();
    expect(guest.server.connection?.gpadls.size).toBe(0);
    begin();
  });

  it('row 8: REQUESTOFFERS a second time gets no second list', () => {
    const guest = begin();
    const before = refused();
    expect(guest.ask(testMessage(CHANNELMSG.REQUESTOFFERS))).toEqual([]);
    expect(refused() - before).toBe(1);
  });

  it('row 9: an unknown channel id in open, close, release and page lists is dropped, the list with an answer', () => {
    const guest = begin();
    const before = refused();
    for (const id of [0, 99, 2047, 2048, 0xffff_ffff]) {
      expect(guest.ask(guest.openMessage(id, gpadl(), 4))).toEqual([]);
      expect(guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, id))).toEqual([]);
      expect(guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, id))).toEqual([]);
      expect(guest.ask(testMessage(CHANNELMSG.GPADL_TEARDOWN, id, gpadl()))).toEqual([]);
      const [created] = guest.ask(header(5, 16, 1, range(4096, 0, [64]), id));
      expect(created.view.getUint32(16, true)).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    }
    expect(refused() - before).toBe(25);
    expect(attack.victim.ask(new Uint8Array(64).fill(6, 0, 1))).toHaveLength(1);
  });

  it('row 10: a second open changes nothing', () => {
    const guest = begin();
    expect(guest.ask(guest.openMessage(relid(), gpadl(), 2))).toEqual([]);
    expect(attack.victim.ask(new Uint8Array(64).fill(6, 0, 1))).toHaveLength(1);
  });

  it('row 11: a close of a closed channel has no reply', () => {
    const guest = begin();
    closeVictim();
    const before = refused();
    expect(guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, relid()))).toEqual([]);
    expect(refused() - before).toBe(1);
  });

  it('row 12: opening with an unknown, foreign or incomplete page list fails', () => {
    const guest = begin();
    closeVictim();
    guest.post(header(77, 24, 1, range(8192, 0, [64])));
    const foreign = guest.server.channels[1].request?.gpadl ?? 0;
    for (const id of [0, 0xdead, 77, foreign]) {
      const [result] = guest.ask(guest.openMessage(relid(), id, 4));
      expect([result.type, result.view.getUint32(16, true)]).toEqual([
        CHANNELMSG.OPENCHANNEL_RESULT,
        VMBUS_STATUS.UNSUCCESSFUL,
      ]);
    }
    expect(guest.server.channel(relid())?.state).toBe('closed');
  });

  it('row 13: rings without a data page, or beyond the page list, or of part pages, cannot be opened', () => {
    const guest = begin();
    closeVictim();
    for (const split of [0, 1, 7, 8, 9, 0xffff_ffff]) {
      const [result] = guest.ask(guest.openMessage(relid(), gpadl(), split));
      expect(result.view.getUint32(16, true), `split at ${split}`).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    }
    guest.ask(header(78, 40, 1, range(3 * 4096 + 1, 0, [64, 65, 66, 67])));
    expect(guest.ask(guest.openMessage(relid(), 78, 2))[0].view.getUint32(16, true)).toBe(
      VMBUS_STATUS.UNSUCCESSFUL,
    );
    expect(guest.ask(guest.openMessage(relid(), gpadl(), 4))[0].view.getUint32(16, true)).toBe(0);
  });

  it('row 14: a virtual processor that does not exist is refused', () => {
    const guest = begin();
    const [modified] = guest.ask(testMessage(CHANNELMSG.MODIFYCHANNEL, relid(), 2));
    expect(modified.view.getUint32(12, true)).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    closeVictim();
    expect(guest.ask(guest.openMessage(relid(), gpadl(), 4, 2))[0].view.getUint32(16, true)).toBe(
      VMBUS_STATUS.UNSUCCESSFUL,
    );
    expect(guest.ask(guest.openMessage(relid(), gpadl(), 4, 1))[0].view.getUint32(16, true)).toBe(0);
    const [contact] = new TestGuest().ask(guest.contact(VMBUS_VERSION.WIN10_V5_3, { vp: 9 }));
    expect([contact.bytes[8], contact.bytes[9], contact.vp]).toEqual([1, 2, 0]);
  });

  it('row 15: a page list with a handle that is in use fails, the first one stays', () => {
    const guest = begin();
    const [created] = guest.ask(header(gpadl(), 16, 1, range(4096, 0, [64])));
    expect(created.view.getUint32(16, true)).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    expect(attack.victim.ask(new Uint8Array(64).fill(6, 0, 1))).toHaveLength(1);
  });

  it('row 16: page lists whose numbers contradict each other fail, and nothing is kept', () => {
    const guest = begin();
    const before = guest.server.connection?.gpadls.size;
    const wrong: [number, number, Uint8Array][] = [
      [16, 0, range(4096, 0, [64])],
      [16, 2, range(4096, 0, [64])],
      [12, 1, range(4096, 0, [64])],
      [16, 1, range(0, 0, [64])],
      [16, 1, range(4096, 4096, [64])],
      [16, 1, range(4096, 1, [64])],
      [16, 1, range(0xffff_ffff, 0xfff, [64])],
      [24, 1, range(4096, 0, [64, 65])],
      [0, 1, range(4096, 0, [64])],
    ];
    for (const [i, [listBytes, ranges, list]] of wrong.entries()) {
      const [created] = guest.ask(header(1000 + i, listBytes, ranges, list));
      expect(created?.view.getUint32(16, true), `list ${i}`).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    }
    expect(guest.server.connection?.gpadls.size).toBe(before);
  });

  it('row 17: bodies for unknown and finished page lists are dropped, surplus bytes are ignored', () => {
    const guest = begin();
    const body = (id: number, list: Uint8Array): Uint8Array => {
      const bytes = new Uint8Array(16 + list.length);
      bytes.set(testMessage(CHANNELMSG.GPADL_BODY, 0, id));
      bytes.set(list, 16);
      return bytes;
    };
    expect(guest.ask(body(4711, new Uint8Array(8)))).toEqual([]);
    expect(guest.ask(body(gpadl(), new Uint8Array(8)))).toEqual([]);
    expect(guest.ask(header(80, 24, 1, range(8192, 0, [64])))).toEqual([]);
    const surplus = new Uint8Array(224).fill(0xff);
    surplus.set([65, 0, 0, 0, 0, 0, 0, 0]);
    const [created] = guest.ask(body(80, surplus));
    expect(created.view.getUint32(16, true)).toBe(VMBUS_STATUS.SUCCESS);
    expect(guest.server.connection?.gpadls.get(80)?.ranges[0].pages).toEqual([64 * 4096, 65 * 4096]);
  });

  it('row 18: page lists that are never finished take bounded memory', () => {
    const guest = begin();
    const table = guest.server.connection?.gpadls;
    for (let id = 0; id < 1000; id++) guest.post(header(0x5000 + id, 65_528, 1, new Uint8Array(216)));
    guest.settle();
    expect(table?.unfinishedCount).toBe(128);
    expect(table?.size).toBeLessThanOrEqual(130);
  });

  it('row 19: the page list of another channel, or of a ring in use, stays', () => {
    const guest = begin();
    const foreign = guest.server.channels[1].request?.gpadl ?? 0;
    expect(guest.ask(testMessage(CHANNELMSG.GPADL_TEARDOWN, relid(), foreign))).toEqual([]);
    expect(guest.ask(testMessage(CHANNELMSG.GPADL_TEARDOWN, relid(), gpadl()))).toEqual([]);
    expect(guest.ask(testMessage(CHANNELMSG.GPADL_TEARDOWN, relid(), 0xbad))).toEqual([]);
    expect(attack.victim.ask(new Uint8Array(64).fill(6, 0, 1))).toHaveLength(1);
  });

  it('row 20: pages outside guest memory are not mapped', () => {
    const guest = begin();
    const pages = guest.memory.size / 4096;
    for (const pfn of [pages, 0xfee00, 2 ** 40 - 1, 2 ** 51]) {
      const [created] = guest.ask(header(90, 24, 1, range(8192, 0, [64, pfn])));
      expect(created.view.getUint32(16, true), `page ${pfn}`).toBe(VMBUS_STATUS.UNSUCCESSFUL);
    }
  });

  it('row 21: the release of a channel that was not rescinded changes nothing', () => {
    const guest = begin();
    const before = refused();
    expect(guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, relid()))).toEqual([]);
    closeVictim();
    expect(guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, relid()))).toEqual([]);
    expect(refused() - before).toBe(2);
    expect(guest.server.channel(relid())?.state).toBe('closed');
  });

  it('row 22: pausing belongs to a version that is not spoken here, so nothing pauses', () => {
    const guest = begin();
    const before = refused();
    for (const type of [CHANNELMSG.PAUSE, CHANNELMSG.RESUME])
      expect(guest.ask(testMessage(type))).toEqual([]);
    expect(refused() - before).toBe(2);
    expect(attack.victim.ask(new Uint8Array(64).fill(6, 0, 1))).toHaveLength(1);
  });

  it('row 23: a post of more than 240 bytes or to an unknown connection gets its status', () => {
    const guest = begin();
    expect(guest.post(new Uint8Array(241))).toBe(HV_STATUS.INVALID_PARAMETER);
    expect(guest.post(testMessage(CHANNELMSG.REQUESTOFFERS), 99)).toBe(HV_STATUS.INVALID_CONNECTION_ID);
  });

  it('a guest that posts faster than the root reads is told to wait, and then heard', () => {
    const guest = begin();
    // Forty processors at the same instant.
    const statuses = Array.from({ length: 40 }, (_, i) =>
      guest.partition.synic.post(0, 4, 1, header(0x7000 + i, 16, 1, range(4096, 0, [64]))),
    );
    expect(statuses.slice(0, 16)).toEqual(new Array(16).fill(HV_STATUS.SUCCESS));
    expect(statuses.slice(16)).toEqual(new Array(24).fill(HV_STATUS.INSUFFICIENT_BUFFERS));
    expect(types(guest.messages())).toEqual(new Array(16).fill(CHANNELMSG.GPADL_CREATED));
    expect(guest.ask(header(0x7020, 16, 1, range(4096, 0, [64])))).toHaveLength(1);
  });

  it('a guest that never reads its messages makes the host remember a bounded number', () => {
    const guest = begin();
    let waits = 0;
    for (let i = 0; i < 5000; i++) {
      if (guest.post(header(0x9000 + i, 16, 0, range(4096, 0, [64]))) !== HV_STATUS.SUCCESS) waits++;
      guest.ignore();
    }
    expect(waits).toBeGreaterThan(0);
    expect(guest.server.pendingMessages).toBeLessThanOrEqual(2304);
    expect(guest.messages().length).toBe(5000 - waits);
  });
});
