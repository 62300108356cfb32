/** Reserved channels: opened for a crash dump, without interrupts, alive when the connection is gone. */
import { describe, expect, it } from 'vitest';
import { CHANNELMSG, DEVICE_CLASS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';
import { TestChannel, TestGuest, type TestMessage, testMessage } from './vmbus-testing.ts';

/** A device that sends every packet back. */
class Mirror implements VmbusDevice {
  readonly name = 'mirror';
  readonly offer: OfferDescription;
  answer: OpenAnswer = 'opened';
  closing: CloseAnswer = 'closed';
  channel: VmbusChannel | undefined;

  constructor(instance: number) {
    const instanceId = `00000000-0000-0000-0000-${String(instance).padStart(12, '0')}`;
    this.offer = { interfaceId: DEVICE_CLASS.KVP.guid, instanceId };
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    this.channel = channel;
    return this.answer;
  }

  onClose(): CloseAnswer {
    return this.closing;
  }

  onSignal({ ring }: VmbusChannel): void {
    for (let packet = ring?.next(); ring && packet; packet = ring.next()) {
      const bytes = new Uint8Array(packet.payloadBytes);
      ring.copyPayload(packet, bytes);
      const { tidLow, tidHigh } = packet;
      ring.take();
      ring.send(11, 0, tidLow, tidHigh, undefined, bytes);
    }
  }
}

const SPLIT = 4;

function setUp(version?: number) {
  const [mirror, other] = [new Mirror(1), new Mirror(2)];
  const guest = new TestGuest({ vps: 2 });
  for (const device of [mirror, other]) guest.server.offer(device);
  const [offer, second] = guest.connect(version);
  const relid = offer.view.getUint32(184, true);
  const pages = guest.pages(2 * SPLIT);
  const { id } = guest.gpadl(relid, pages);
  const connectionId = offer.view.getUint32(192, true);
  const channel = new TestChannel(guest, relid, connectionId, pages, SPLIT, id);
  const open = (vp = 0, sint = 2, gpadl = id) =>
    guest.ask(testMessage(CHANNELMSG.OPEN_RESERVED_CHANNEL, relid, vp, sint, gpadl, SPLIT));
  const close = (vp = 0, sint = 2) =>
    guest.ask(testMessage(CHANNELMSG.CLOSE_RESERVED_CHANNEL, relid, vp, sint));
  return { guest, mirror, offer, second, relid, channel, open, close };
}

const told = (messages: readonly TestMessage[]) =>
  messages.map(({ type, vp, view }) => ({ type, vp, words: [view.getUint32(8, true)] }));

describe('a reserved channel', () => {
  it('answers where it was asked to, carries packets, and raises nothing', () => {
    const { guest, relid, channel, open } = setUp();
    const [result] = open(1);
    expect([result.type, result.vp]).toEqual([CHANNELMSG.OPENCHANNEL_RESULT, 1]);
    expect([8, 12, 16].map((at) => result.view.getUint32(at, true))).toEqual([relid, 0, 0]);
    const before = [...guest.interrupts];
    channel.send(6, 1, 5, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(channel.receive()).toMatchObject([{ type: 11, tid: 5n }]);
    expect([guest.events(0), guest.events(1)]).toEqual([[], []]);
    expect(guest.interrupts).toEqual(before);
  });

  it('outlives UNLOAD, and is closed without a connection', () => {
    const { guest, relid, channel, open, close, second } = setUp();
    const other = guest.open(second);
    open();
    expect(guest.ask(testMessage(CHANNELMSG.UNLOAD))[0].type).toBe(CHANNELMSG.UNLOAD_RESPONSE);
    expect(guest.server.connection).toBeUndefined();
    other.send(6, 1, 1, new Uint8Array(8));
    channel.send(6, 1, 9, new Uint8Array(8));
    expect(other.receive()).toEqual([]);
    expect(channel.receive()).toMatchObject([{ tid: 9n }]);
    expect(told(close(1))).toEqual([{ type: CHANNELMSG.CLOSE_RESERVED_RESPONSE, vp: 1, words: [relid] }]);
    channel.send(6, 1, 10, new Uint8Array(8));
    expect(channel.receive()).toEqual([]);
    expect(guest.server.channels.every(({ state }) => state === 'client-released')).toBe(true);
    expect(guest.connect()).toHaveLength(2);
  });

  it('is not offered to whoever connects meanwhile, and keeps its number', () => {
    const { guest, relid, channel, open } = setUp();
    open();
    const offers = guest.connect();
    expect(offers.map(({ view }) => view.getUint32(184, true))).not.toContain(relid);
    expect(offers).toHaveLength(1);
    channel.send(6, 1, 3, new Uint8Array(8));
    expect(channel.receive()).toHaveLength(1);
  });

  it('goes with a reset of the machine', () => {
    const { guest, channel, open } = setUp();
    open();
    guest.server.reset();
    channel.send(6, 1, 3, new Uint8Array(8));
    expect(channel.receive()).toEqual([]);
    guest.powerOn();
    expect(guest.connect()).toHaveLength(2);
  });

  it('waits for a device that takes its time to close', () => {
    const { mirror, open, close, guest, relid } = setUp();
    open();
    mirror.closing = 'later';
    expect(close()).toEqual([]);
    mirror.channel?.closed();
    expect(told(guest.messages())).toEqual([
      { type: CHANNELMSG.CLOSE_RESERVED_RESPONSE, vp: 0, words: [relid] },
    ]);
  });
});

describe('a mistake with a reserved channel', () => {
  const refused = (guest: TestGuest) => guest.server.counts.refused;

  it('is refused: opened while it is open, closed as another one, moved, or by a target that is none', () => {
    const { guest, relid, offer, open, close } = setUp();
    const usual = guest.open(offer);
    expect(open()).toEqual([]);
    guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, relid));
    expect([...open(7), ...open(0, 3)]).toEqual([]);
    expect(close()).toEqual([]);
    const before = refused(guest);
    expect(open()).toHaveLength(1);
    expect(guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, relid))).toEqual([]);
    expect(told(guest.ask(testMessage(CHANNELMSG.MODIFYCHANNEL, relid, 1)))[0].type).toBe(
      CHANNELMSG.MODIFYCHANNEL_RESPONSE,
    );
    expect(close(9)).toEqual([]);
    expect(refused(guest)).toBe(before + 3);
    expect(usual.receive()).toEqual([]);
    expect(close()).toHaveLength(1);
    expect(close()).toEqual([]);
  });

  it('is answered with a failure when its page list is none', () => {
    const { open, guest, relid } = setUp();
    const [result] = open(0, 2, 0xdead);
    expect(result.view.getUint32(16, true)).not.toBe(0);
    expect(guest.server.channel(relid)?.reserved).toBeUndefined();
    expect(open()).toHaveLength(1);
  });

  it('is dropped before version 4.0, and opening without a connection always', () => {
    const { guest, open } = setUp(VMBUS_VERSION.WIN8_1);
    expect(open()).toEqual([]);
    guest.ask(testMessage(CHANNELMSG.UNLOAD));
    expect(open()).toEqual([]);
  });
});
