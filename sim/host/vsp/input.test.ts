/** Keyboard and mouse against a guest that writes its packets by hand, and breaks the rules. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../core/errors.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { Keyboard } from './keyboard.ts';
import { type MessageDevice, MOST_WAITING } from './message-device.ts';
import { Mouse } from './mouse.ts';
import { type TestChannel, TestGuest } from './vmbus-testing.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };
const golden = (name: string): string => {
  const found = vectors.find((vector) => vector.name === name);
  invariant(found, `no golden vector ${name}`);
  return found.hex;
};
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const words = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(values).buffer.slice(0));

/** One device, and a guest without a driver. */
class Peer<D extends MessageDevice> {
  readonly guest = new TestGuest();
  readonly device: D;
  readonly channel: TestChannel;

  constructor(make: (guest: TestGuest) => D, dataPages = 2) {
    this.device = make(this.guest);
    this.guest.server.offer(this.device);
    const [offer] = this.guest.connect();
    this.channel = this.guest.open(offer, dataPages);
  }

  /** Sends a message; what the host says, as hexadecimal text cut to the lengths that are meant. */
  say(message: Uint8Array, type: number = VM_PKT.DATA_INBAND): string[] {
    expect(this.channel.send(type, 1, 7, message)).toBe(true);
    return this.hear();
  }

  hear(): string[] {
    return this.channel.receive().map((packet) => Buffer.from(packet.bytes).toString('hex'));
  }

  stopped(): void {
    expect(this.device.alive).toBe(false);
    expect(this.device.counts.broken).toBe(1);
  }
}

const keyboard = (dataPages?: number): Peer<Keyboard> =>
  new Peer((guest) => new Keyboard(guest.partition), dataPages);
const mouse = (): Peer<Mouse> => new Peer((guest) => new Mouse(guest.partition));
const KEYBOARD_REQUEST = words(1, 0x1_0000);
const MOUSE_REQUEST = bytes(golden('hid_protocol_request_v2'));
/** The ring pads to 8 bytes; the message is what its own size says. */
const pad = (hex: string): string => hex.padEnd(Math.ceil(hex.length / 16) * 16, '0');

describe('the keyboard', () => {
  it('says what the golden vectors say', () => {
    const peer = keyboard();
    expect(peer.say(words(1, 0xbad))).toEqual([golden('kbd_protocol_response_rejected')]);
    expect(peer.say(KEYBOARD_REQUEST)).toEqual([golden('kbd_protocol_response_accepted')]);
    peer.device.key(0x1e, true);
    peer.device.key(0x1e, false);
    peer.device.key(0xe11d, false);
    peer.device.character(0x20ac, true);
    expect(peer.hear()).toEqual(
      ['kbd_a_down', 'kbd_a_up', 'kbd_pause_up_e1', 'kbd_unicode_euro'].map((name) => pad(golden(name))),
    );
  });

  it('knows which lights the guest has on', () => {
    const peer = keyboard();
    peer.say(KEYBOARD_REQUEST);
    expect(peer.say(words(4, 0x5))).toEqual([]);
    expect(peer.device.leds).toBe(5);
    expect(peer.device.alive).toBe(true);
  });

  it.each([
    ['lights before a version', [words(4, 1)]],
    ['an event of the host', [KEYBOARD_REQUEST, words(3, 0x1e, 0)]],
    ['a second version', [KEYBOARD_REQUEST, KEYBOARD_REQUEST]],
    ['an unknown kind', [KEYBOARD_REQUEST, words(99, 0)]],
    ['nothing at all', [new Uint8Array(0)]],
    ['more than a message may have', [new Uint8Array(264).fill(1)]],
  ])('is stopped by %s', (_name, messages) => {
    const peer = keyboard();
    for (const message of messages) peer.say(message);
    peer.stopped();
    expect(peer.device.key(0x1e, true)).toBe(false);
  });

  it.each([VM_PKT.COMP, VM_PKT.DATA_USING_GPA_DIRECT, VM_PKT.DATA_USING_XFER_PAGES])(
    'is stopped by a packet of type %s',
    (type) => {
      const peer = keyboard();
      peer.say(KEYBOARD_REQUEST, type);
      peer.stopped();
    },
  );

  it('that nobody listens to loses its keys, and says so', () => {
    const peer = keyboard();
    expect(peer.device.key(0x1e, true)).toBe(false);
    expect(peer.device.counts.lost).toBe(1);
    expect(peer.hear()).toEqual([]);
  });

  it('remembers few keys for a guest that does not read, and the first ones', () => {
    const peer = keyboard(1);
    peer.say(KEYBOARD_REQUEST);
    let told = 0;
    while (peer.device.key(0x10 + (told % 10), true)) {
      told++;
      peer.guest.ignore();
    }
    // One page of packets of 16 + 16 + 8 bytes, and the list behind it.
    const fits = Math.floor((4096 - 8) / 40);
    expect(told).toBeGreaterThanOrEqual(fits + MOST_WAITING - 1);
    expect(told).toBeLessThanOrEqual(fits + MOST_WAITING);
    const heard: string[] = [];
    for (let more = peer.hear(); more.length > 0; more = peer.hear()) heard.push(...more);
    expect(heard).toHaveLength(told);
    expect(heard.map((hex) => Number.parseInt(hex.slice(8, 10), 16))).toEqual(
      Array.from({ length: told }, (_, i) => 0x10 + (i % 10)),
    );
  });

  it('serves no requests of a guest that does not read the answers, until it does', () => {
    const peer = keyboard(1);
    const refused = words(1, 0xbad);
    for (let i = 0; i < 90; i++) peer.channel.send(VM_PKT.DATA_INBAND, 0, i, refused);
    for (let i = 0; i < 90; i++) {
      peer.guest.ignore();
      peer.channel.send(VM_PKT.DATA_INBAND, 0, i, refused);
    }
    const served = peer.device.counts.received;
    expect(served).toBeLessThan(180);
    let heard = 0;
    for (let more = peer.hear(); more.length > 0; more = peer.hear()) heard += more.length;
    expect(heard).toBe(peer.device.counts.received);
    expect(heard).toBeGreaterThan(served);
    expect(peer.device.alive).toBe(true);
  });

  it('begins anew when the guest does', () => {
    const peer = keyboard();
    peer.say(KEYBOARD_REQUEST);
    peer.device.key(0x1e, true);
    peer.guest.server.reset();
    expect(peer.device).toMatchObject({ version: 0, alive: false });
    peer.guest.ignore();
    expect(peer.device.key(0x1e, true)).toBe(false);
  });
});

describe('the mouse', () => {
  const ack = bytes('0100000009000000030000000100000000');

  it('says what the golden vectors say', () => {
    const peer = mouse();
    const [response, info] = peer.say(MOUSE_REQUEST);
    expect(response).toBe(pad('010000000d00000001000000050000000000020001'));
    expect(info).toBe(pad(golden('hid_initial_device_info')));
    expect(peer.say(ack)).toEqual([]);
    expect(peer.device.move(0x1234, 0x5678, 1)).toBe(true);
    expect(peer.hear()).toEqual([pad(golden('hid_input_report_move_left_button'))]);
  });

  it('takes the three stray bytes that Linux sends', () => {
    const peer = mouse();
    expect(peer.say(bytes(golden('hid_protocol_request_v2_as_linux_sends_23_bytes')))).toHaveLength(2);
  });

  it('refuses another version, and takes the right one after that', () => {
    const peer = mouse();
    const wrong = MOUSE_REQUEST.slice();
    wrong[18] = 1;
    expect(peer.say(wrong)).toEqual([pad('010000000d00000001000000050000000000020000')]);
    expect(peer.say(MOUSE_REQUEST)).toHaveLength(2);
  });

  const change = (at: number, value: number): Uint8Array => {
    const message = new Uint8Array(24);
    message.set(MOUSE_REQUEST);
    new DataView(message.buffer).setUint32(at, value, true);
    return message;
  };
  it.each([
    ['a pipe header of another type', [change(0, 2)]],
    ['a pipe header that is longer than the packet', [change(4, 17)]],
    ['a pipe header that is as long as memory', [change(4, 0xffff_ffff)]],
    ['a message shorter than its header', [change(4, 4)]],
    ['a request without a version', [change(4, 8)]],
    ['an acknowledgement before anything', [ack]],
    ['two acknowledgements', [MOUSE_REQUEST, ack, ack]],
    ['a request when the device is known', [MOUSE_REQUEST, MOUSE_REQUEST]],
    ['a report of its own', [MOUSE_REQUEST, ack, bytes(golden('hid_input_report_move_left_button'))]],
    ['half a pipe header', [new Uint8Array(0)]],
  ])('is stopped by %s', (_name, messages) => {
    const peer = mouse();
    for (const message of messages) peer.say(message);
    peer.stopped();
  });

  it('is silent until the guest has understood what it is', () => {
    const peer = mouse();
    peer.say(MOUSE_REQUEST);
    expect(peer.device.move(1, 1)).toBe(false);
    expect(peer.device.counts.lost).toBe(1);
  });
});
