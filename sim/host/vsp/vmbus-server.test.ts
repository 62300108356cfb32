import { describe, expect, it } from 'vitest';
import { CHANNELMSG, DEVICE_CLASS, LINUX_VMBUS_VERSIONS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { VmbusChannel } from './channel.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';
import { TestGuest, testMessage } from './vmbus-testing.ts';
import { SPOKEN_VERSIONS } from './vmbus-versions.ts';

/** A device that echoes every packet. */
class Echo implements VmbusDevice {
  readonly name = 'echo';
  readonly offer: OfferDescription;
  answer: OpenAnswer = 'opened';
  closing: CloseAnswer = 'closed';
  channel: VmbusChannel | undefined;
  opened = 0;
  closed = 0;
  signals = 0;

  constructor(instance = 1, offer: Partial<OfferDescription> = {}) {
    const instanceId = `00000000-0000-0000-0000-${String(instance).padStart(12, '0')}`;
    this.offer = { interfaceId: DEVICE_CLASS.KVP.guid, instanceId, ...offer };
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    this.channel = channel;
    this.opened++;
    return this.answer;
  }

  onClose(): CloseAnswer {
    this.closed++;
    return this.closing;
  }

  onSignal({ ring }: VmbusChannel): void {
    this.signals++;
    for (let packet = ring?.next(); ring && packet; packet = ring.next()) {
      const bytes = new Uint8Array(packet.payloadBytes);
      ring.copyPayload(packet, bytes);
      const { tidLow, tidHigh } = packet;
      ring.take();
      ring.send(11, 0, tidLow, tidHigh, undefined, bytes);
    }
  }
}

const types = (messages: readonly { type: number }[]): number[] => messages.map(({ type }) => type);

function machine(...devices: VmbusDevice[]): TestGuest {
  const guest = new TestGuest({ vps: 2 });
  for (const device of devices) guest.server.offer(device);
  return guest;
}

describe('connecting', () => {
  for (const { code, name } of SPOKEN_VERSIONS) {
    it(`speaks ${name}: offers, opens, carries a packet both ways`, () => {
      const echo = new Echo();
      const guest = machine(echo);
      const [offer] = guest.connect(code);
      expect(offer.bytes.length).toBe(196);
      const channel = guest.open(offer);
      expect(channel.status).toBe(0);
      const payload = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      expect(channel.outgoing.put(6, 1, 77, undefined, payload)).toEqual({ needSignal: true });
      if (code < VMBUS_VERSION.WIN7) {
        expect(offer.view.getUint32(192, true)).toBe(0);
        guest.setInterruptBit(channel.relid);
        expect(guest.signal(2)).toBe(0);
      } else {
        expect(channel.signal()).toBe(0);
      }
      const [packet] = channel.receive();
      expect(packet).toMatchObject({ type: 11, tid: 77n });
      expect(packet.bytes).toEqual(payload);
      expect(guest.events()).toEqual([code < VMBUS_VERSION.WIN8 ? 0 : channel.relid]);
      expect(guest.takeInterruptBit(channel.relid)).toBe(code < VMBUS_VERSION.WIN8);
      expect(echo.signals).toBe(1);
    });
  }

  it('names connection 4 from 5.0 on, and the version before', () => {
    const guest = machine();
    for (const { code } of SPOKEN_VERSIONS) {
      const [response] = guest.ask(guest.contact(code));
      expect(response.bytes.length).toBe(16);
      expect(response.view.getUint32(12, true)).toBe(code >= VMBUS_VERSION.WIN10_V5 ? 4 : code);
    }
  });

  it('lets a guest walk down to the version that the host speaks', () => {
    const guest = new TestGuest({ newestVersion: VMBUS_VERSION.WIN10 });
    const tried = LINUX_VMBUS_VERSIONS.map((version) => guest.ask(guest.contact(version))[0].bytes[8]);
    expect(tried).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it('sends messages to the processor that the guest names, from 3.0 on', () => {
    const guest = machine();
    expect(guest.ask(guest.contact(VMBUS_VERSION.WIN8_1, { vp: 1 }))[0].vp).toBe(1);
    expect(guest.ask(guest.contact(VMBUS_VERSION.WIN8, { vp: 1 }))[0].vp).toBe(0);
  });

  it('ends with UNLOAD, and begins again', () => {
    const echo = new Echo();
    const guest = machine(echo);
    guest.open(guest.connect()[0]);
    expect(types(guest.ask(testMessage(CHANNELMSG.UNLOAD)))).toEqual([CHANNELMSG.UNLOAD_RESPONSE]);
    expect(echo.closed).toBe(1);
    expect(guest.server.connection).toBeUndefined();
    expect(guest.open(guest.connect()[0]).status).toBe(0);
  });

  it('waits with UNLOAD for a device that is still busy', () => {
    const echo = new Echo();
    const guest = machine(echo);
    echo.closing = 'later';
    guest.open(guest.connect()[0]);
    expect(guest.ask(testMessage(CHANNELMSG.UNLOAD))).toEqual([]);
    echo.channel?.closed();
    expect(types(guest.messages())).toEqual([CHANNELMSG.UNLOAD_RESPONSE]);
  });
});

describe('a reset of the machine', () => {
  it('closes everything, waits for devices, and lets the next guest connect', () => {
    const echo = new Echo();
    const guest = machine(echo);
    guest.open(guest.connect()[0]);
    echo.closing = 'later';
    guest.partition.reset();
    expect(guest.server.connection).toBeUndefined();
    guest.powerOn();
    guest.post(guest.contact(VMBUS_VERSION.WIN10_V5_3));
    expect(guest.messages()).toEqual([]);
    echo.channel?.closed();
    expect(types(guest.messages())).toEqual([CHANNELMSG.VERSION_RESPONSE]);
    const offers = guest.ask(testMessage(CHANNELMSG.REQUESTOFFERS));
    expect(guest.open(offers[0]).status).toBe(0);
  });
});

describe('offers', () => {
  it('come in full, then the end of the list, however many wait for the slot', () => {
    const guest = machine(...Array.from({ length: 60 }, (_, i) => new Echo(i + 1)));
    guest.ask(guest.contact(VMBUS_VERSION.WIN10_V5_3));
    const messages = guest.ask(testMessage(CHANNELMSG.REQUESTOFFERS));
    expect(messages).toHaveLength(61);
    expect(messages.at(-1)?.type).toBe(CHANNELMSG.ALLOFFERS_DELIVERED);
    expect(new Set(messages.slice(0, -1).map(({ view }) => view.getUint32(184, true))).size).toBe(60);
  });

  it('come at any time later, and go', () => {
    const guest = machine();
    guest.connect();
    const echo = new Echo();
    guest.server.offer(echo);
    const [offer] = guest.messages();
    const { relid } = guest.open(offer);
    guest.server.revoke(echo);
    expect(types(guest.messages())).toEqual([CHANNELMSG.RESCIND_CHANNELOFFER]);
    expect(echo.closed).toBe(1);
    expect(guest.server.channel(relid)?.state).toBe('revoked');
    guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, relid));
    expect(guest.server.channel(relid)).toBeUndefined();
    expect(guest.server.channels).toHaveLength(0);
  });

  it('wait for the release of the old channel id', () => {
    const echo = new Echo();
    const guest = machine(echo);
    const relid = guest.connect()[0].view.getUint32(184, true);
    guest.server.revoke(echo);
    guest.server.offer(new Echo());
    expect(types(guest.messages())).toEqual([CHANNELMSG.RESCIND_CHANNELOFFER]);
    const answers = guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, relid));
    expect(types(answers)).toEqual([CHANNELMSG.OFFERCHANNEL]);
  });

  it('wait, too, for the old device', () => {
    const echo = new Echo();
    echo.closing = 'later';
    const guest = machine(echo);
    const { relid } = guest.open(guest.connect()[0]);
    const old = echo.channel;
    guest.server.revoke(echo);
    guest.server.offer(new Echo());
    expect(types(guest.ask(testMessage(CHANNELMSG.RELID_RELEASED, relid)))).toEqual([
      CHANNELMSG.RESCIND_CHANNELOFFER,
    ]);
    old?.closed();
    expect(types(guest.messages())).toEqual([CHANNELMSG.OFFERCHANNEL]);
  });

  it('carry a monitor id when the device and the guest want one, and the page then signals', () => {
    const echo = new Echo(1, { monitorLatency: 1000 });
    const guest = machine(echo);
    guest.ask(guest.contact(VMBUS_VERSION.WIN10_V5_3));
    const [offer] = guest.ask(testMessage(CHANNELMSG.REQUESTOFFERS));
    expect([offer.bytes[188], offer.bytes[189]]).toEqual([0, 1]);
    const relid = offer.view.getUint32(184, true);
    const pages = guest.pages(8);
    const { id } = guest.gpadl(relid, pages);
    guest.post(guest.openMessage(relid, id, 4));
    const { engine } = guest.hypervisor;
    engine.run(engine.now + 1_000_000);
    const signals = guest.partition.counters.total('signals');
    guest.trigger(0);
    engine.run(engine.now + 1_000_000);
    expect(echo.signals).toBe(1);
    expect(guest.partition.counters.total('signals')).toBe(signals);
    expect(guest.partition.counters.passed('monitor-scan')).toBeGreaterThan(1);
    guest.server.reset();
    engine.run();
    expect(engine.pending).toBe(0);
  });
});

describe('channels', () => {
  it('open again at once, even while the device is closing', () => {
    const echo = new Echo();
    const guest = machine(echo);
    const channel = guest.open(guest.connect()[0]);
    echo.closing = 'later';
    guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, channel.relid));
    expect(guest.ask(guest.openMessage(channel.relid, channel.gpadl, 4))).toEqual([]);
    echo.channel?.closed();
    expect(types(guest.messages())).toEqual([CHANNELMSG.OPENCHANNEL_RESULT]);
    expect(echo.opened).toBe(2);
  });

  it('tell the guest when the device refuses', () => {
    const echo = new Echo();
    echo.answer = 'refused';
    const guest = machine(echo);
    expect(guest.open(guest.connect()[0]).status).not.toBe(0);
    echo.answer = 'opened';
    expect(guest.server.channels[0].state).toBe('closed');
  });

  it('are rescinded before the device has answered the opening', () => {
    const echo = new Echo();
    echo.answer = 'later';
    const guest = machine(echo);
    const relid = guest.connect()[0].view.getUint32(184, true);
    const { id } = guest.gpadl(relid, guest.pages(8));
    guest.ask(guest.openMessage(relid, id, 4));
    guest.server.revoke(echo);
    echo.channel?.opened(true);
    expect(types(guest.messages())).toEqual([CHANNELMSG.RESCIND_CHANNELOFFER]);
    expect(echo.closed).toBe(1);
  });

  it('move their interrupts to another processor from 4.1 on, with an answer from 5.3 on', () => {
    const guest = machine(new Echo());
    const channel = guest.open(guest.connect()[0]);
    const [answer] = guest.ask(testMessage(CHANNELMSG.MODIFYCHANNEL, channel.relid, 1));
    expect([answer.type, answer.view.getUint32(12, true)]).toEqual([CHANNELMSG.MODIFYCHANNEL_RESPONSE, 0]);
    channel.send(6, 1, 1, new Uint8Array(8));
    channel.receive();
    expect([guest.events(0), guest.events(1)]).toEqual([[], [channel.relid]]);
    expect(guest.ask(guest.contact(VMBUS_VERSION.WIN10_V4_1), 1)).toHaveLength(1);
    const [offer] = guest.ask(testMessage(CHANNELMSG.REQUESTOFFERS));
    const relid = guest.open(offer).relid;
    expect(guest.ask(testMessage(CHANNELMSG.MODIFYCHANNEL, relid, 1))).toEqual([]);
    expect(guest.server.channel(relid)?.targetVp).toBe(1);
  });

  it('give their page lists back after the close, and not before', () => {
    const guest = machine(new Echo());
    const { relid, gpadl } = guest.open(guest.connect()[0]);
    const teardown = testMessage(CHANNELMSG.GPADL_TEARDOWN, relid, gpadl);
    expect(guest.ask(teardown)).toEqual([]);
    expect(guest.ask(testMessage(CHANNELMSG.CLOSECHANNEL, relid))).toEqual([]);
    expect(types(guest.ask(teardown))).toEqual([CHANNELMSG.GPADL_TORNDOWN]);
  });

  it('refuse sockets, where the version has a word for it', () => {
    const guest = machine();
    guest.connect();
    const request = new Uint8Array(40);
    request.set(testMessage(CHANNELMSG.TL_CONNECT_REQUEST));
    const [answer] = guest.ask(request);
    expect([answer.type, answer.view.getUint32(40, true)]).toEqual([
      CHANNELMSG.TL_CONNECT_RESULT,
      0xc0000236,
    ]);
  });
});

describe('signals', () => {
  it('go to the guest only when its ring was empty and it was not reading', () => {
    const echo = new Echo();
    const guest = machine(echo);
    const channel = guest.open(guest.connect()[0]);
    for (let tid = 0; tid < 5; tid++) channel.outgoing.put(6, 1, tid, undefined, new Uint8Array(8));
    channel.signal();
    guest.settle();
    expect(echo.channel?.ring?.counts).toMatchObject({
      received: 5,
      sent: 5,
      interrupts: 1,
      interruptsSpared: 4,
    });
    expect(channel.receive()).toHaveLength(5);
    expect(guest.interrupts[0]).toBeGreaterThan(0);
  });

  it('that the guest sends for nothing are counted', () => {
    const echo = new Echo();
    const guest = machine(echo);
    const channel = guest.open(guest.connect()[0]);
    for (let i = 0; i < 10; i++) {
      channel.signal();
      guest.settle();
    }
    expect(echo.channel?.ring?.counts).toMatchObject({ signals: 10, needlessSignals: 10 });
  });
});
