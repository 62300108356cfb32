/** Synthetic video against a guest that writes its packets by hand, and breaks the rules. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../core/errors.ts';
import { SYNTHVID, SYNTHVID_VERSION } from '../../wire/synthvid-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { Synthvid } from './synthvid.ts';
import { type TestChannel, TestGuest } from './vmbus-testing.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };
const golden = (name: string): Uint8Array => {
  const found = vectors.find((vector) => vector.name === name);
  invariant(found, `no golden vector ${name}`);
  return Uint8Array.from(Buffer.from(found.hex, 'hex'));
};

const PLACE = 0x20_0000;

/** A body as bytes: numbers with their sizes. */
function body(...fields: readonly (readonly [size: 1 | 4 | 8, value: number | bigint])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 1) view.setUint8(at, Number(value));
    else if (size === 4) view.setUint32(at, Number(value), true);
    else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
    at += size;
  }
  return bytes;
}

const rect = (...corners: readonly number[]): readonly (readonly [4, number])[] =>
  corners.map((corner) => [4, corner >>> 0] as const);

class Peer {
  readonly guest = new TestGuest();
  readonly video: Synthvid;
  readonly channel: TestChannel;

  constructor(options: ConstructorParameters<typeof Synthvid>[1] = {}) {
    this.video = new Synthvid(this.guest.partition, options);
    this.guest.server.offer(this.video);
    const [offer] = this.guest.connect();
    expect(offer.view.getUint16(58, true) + offer.view.getUint16(182, true)).toBeGreaterThan(0);
    this.channel = this.guest.open(offer, 7);
  }

  /** Sends a message behind both headers; the messages that come back. */
  say(type: number, content: Uint8Array = new Uint8Array(0)): Uint8Array[] {
    const bytes = new Uint8Array(16 + content.length);
    new Uint32Array(bytes.buffer, 0, 4).set([1, content.length + 8, type, content.length + 8]);
    bytes.set(content, 16);
    return this.send(bytes);
  }

  send(bytes: Uint8Array): Uint8Array[] {
    expect(this.channel.send(VM_PKT.DATA_INBAND, 0, 1, bytes)).toBe(true);
    return this.hear();
  }

  hear(): Uint8Array[] {
    return this.channel.receive().map(({ bytes, view }) => bytes.slice(0, 8 + view.getUint32(4, true)));
  }

  agree(version: number = SYNTHVID_VERSION.WIN10): this {
    expect(this.say(SYNTHVID.VERSION_REQUEST, body([4, version]))[0][20]).toBe(1);
    return this;
  }

  locate(gpa: number | bigint, specified = 1): Uint8Array[] {
    return this.say(SYNTHVID.VRAM_LOCATION, body([8, 77], [1, specified], [8, gpa]));
  }

  situate(width: number, height: number, pitch: number, depth = 32, offset = 0, count = 1): Uint8Array[] {
    return this.say(
      SYNTHVID.SITUATION_UPDATE,
      body([8, 5], [1, count], [1, 1], [4, offset], [1, depth], [4, width], [4, height], [4, pitch]),
    );
  }

  shown(): this {
    this.agree();
    this.locate(PLACE);
    expect(this.situate(64, 48, 256)).toHaveLength(1);
    this.video.picture.takeDamage();
    return this;
  }

  stopped(): void {
    expect(this.video.alive).toBe(false);
    expect(this.video.counts.broken).toBe(1);
  }
}

describe('the handshake', () => {
  it('says what the golden vectors say', () => {
    const peer = new Peer();
    const version = body([4, SYNTHVID_VERSION.WIN10]);
    expect(peer.say(SYNTHVID.VERSION_REQUEST, version)).toEqual([golden('vid_version_response_accepted')]);
    const location = body([8, 0xf800_0000], [1, 1], [8, PLACE]);
    expect(peer.say(SYNTHVID.VRAM_LOCATION, location)).toEqual([golden('vid_vram_location_ack')]);
    peer.video.watch({ dirt: true, pointerPosition: false, pointerShape: true, situation: true });
    expect(peer.hear()).toEqual([golden('vid_feature_change')]);
  });

  it('understands what the golden vectors ask', () => {
    const peer = new Peer({ resolutions: [[1024, 768]] }).agree();
    const [modes] = peer.send(golden('vid_resolution_request'));
    expect([...modes.slice(16 + 128)]).toEqual([1, 0, 0, 0, 4, 0, 3]);
    peer.locate(PLACE);
    expect(peer.send(golden('vid_situation_update_1920x1080'))).toHaveLength(1);
    expect(peer.video.picture.mode).toMatchObject({ width: 1920, height: 1080, pitch: 7680, depth: 32 });
    peer.send(golden('vid_pointer_position_negative'));
    expect(peer.video.pointer).toMatchObject({ visible: true, x: -16, y: 540 });
    peer.send(golden('vid_pointer_shape_1x1'));
    expect(peer.video.pointer.image?.pixels).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it.each(Object.entries(SYNTHVID_VERSION))('takes %s when it is not too new', (_name, version) => {
    const peer = new Peer({ newestVersion: version }).agree(version);
    expect(peer.video.version).toBe(version);
    const older = new Peer({ newestVersion: SYNTHVID_VERSION.WIN7 });
    const accepted = older.say(SYNTHVID.VERSION_REQUEST, body([4, version]))[0][20];
    expect(accepted).toBe(version === SYNTHVID_VERSION.WIN7 ? 1 : 0);
  });

  it('says as many modes as the guest has room for', () => {
    const peer = new Peer().agree();
    for (const most of [0, 1, 2, 64, 255]) {
      const [answer] = peer.say(SYNTHVID.RESOLUTION_REQUEST, body([1, most]));
      const count = Math.min(most, 4);
      expect(answer[16 + 128]).toBe(count);
      expect(answer).toHaveLength(16 + 131 + 4 * count);
    }
  });

  it('answers what only Windows asks, with zeros where nothing is said', () => {
    const peer = new Peer().agree();
    expect([...peer.say(SYNTHVID.BIOS_INFO_REQUEST)[0].slice(16)]).toEqual([1, ...Array(15).fill(0)]);
    expect([...peer.say(SYNTHVID.CAPABILITY_REQUEST)[0].slice(16)]).toEqual(Array(64).fill(0));
  });
});

describe('a guest that breaks the rules (how-it-works §10.4, row 53)', () => {
  it.each<[string, (peer: Peer) => void]>([
    ['anything before a version', (peer) => peer.locate(PLACE)],
    ['a second version', (peer) => peer.agree().say(SYNTHVID.VERSION_REQUEST, body([4, 5]))],
    ['half a version', (peer) => peer.say(SYNTHVID.VERSION_REQUEST, body([1, 3]))],
    ['an unknown kind', (peer) => peer.agree().say(99)],
    ['an answer of the host', (peer) => peer.agree().say(SYNTHVID.VRAM_LOCATION_ACK, body([8, 0]))],
    ['half a place', (peer) => peer.agree().say(SYNTHVID.VRAM_LOCATION, body([8, 0], [1, 1]))],
    ['half a situation', (peer) => peer.agree().say(SYNTHVID.SITUATION_UPDATE, body([8, 0], [1, 1]))],
    ['half a position', (peer) => peer.agree().say(SYNTHVID.POINTER_POSITION, body([1, 0]))],
    ['half a shape', (peer) => peer.agree().say(SYNTHVID.POINTER_SHAPE, body([1, 0]))],
    [
      'fewer rectangles than it says',
      (peer) => peer.shown().say(SYNTHVID.DIRT, body([1, 0], [1, 255], ...rect(0, 0, 1, 1))),
    ],
    ['no number of rectangles', (peer) => peer.shown().say(SYNTHVID.DIRT, body([1, 0]))],
    ['no number of resolutions', (peer) => peer.agree().say(SYNTHVID.RESOLUTION_REQUEST)],
    [
      'a message longer than the longest',
      (peer) => peer.agree().say(SYNTHVID.POINTER_SHAPE, new Uint8Array(8300)),
    ],
  ])('row 53: %s stops the channel', (_name, act) => {
    const peer = new Peer();
    act(peer);
    peer.stopped();
  });

  it.each([
    ['beyond memory', 1 << 24],
    ['far beyond memory', 0xffff_ffff_ffff_f000n],
    ['in the last byte, for any mode', (1 << 24) - 1],
  ])('row 53: a picture %s is not shown and not acknowledged', (_name, gpa) => {
    const peer = new Peer().agree();
    const acknowledged = peer.locate(gpa).length;
    expect(peer.situate(64, 48, 256)).toHaveLength(0);
    expect(peer.video.video.refused).toBe(acknowledged === 0 ? 2 : 1);
    expect(peer.video.picture.toRgba()).toBeUndefined();
    expect(peer.video.alive).toBe(true);
    peer.locate(PLACE);
    expect(peer.situate(64, 48, 256)).toHaveLength(1);
  });

  it.each([
    ['without pixels', [0, 48, 256]],
    ['without rows', [64, 0, 256]],
    ['whose rows overlap', [64, 48, 255]],
    ['larger than the adapter’s memory', [4096, 4096, 16_384]],
    ['whose size overflows', [0xffff_ffff, 0xffff_ffff, 0xffff_ffff]],
    ['with pixels of 24 bits', [64, 48, 256, 24]],
    ['that begins beyond the adapter’s memory', [64, 48, 256, 32, 0xffff_ff00]],
    ['on two outputs', [64, 48, 256, 32, 0, 2]],
    ['on none', [64, 48, 256, 32, 0, 0]],
  ] as const)('row 53: a mode %s changes nothing', (_name, [width, height, pitch, depth, offset, count]) => {
    const peer = new Peer().shown();
    const before = peer.video.picture.mode;
    expect(peer.situate(width, height, pitch, depth, offset, count)).toHaveLength(0);
    expect(peer.video.picture.mode).toEqual(before);
    expect(peer.video.video.refused).toBe(1);
  });

  it('row 53: rectangles are cut to the screen; none, inverted and far ones are refused', () => {
    const peer = new Peer().shown();
    peer.say(SYNTHVID.DIRT, body([1, 0], [1, 0]));
    expect(peer.video.picture.takeDamage()).toEqual([]);
    const rects = [
      rect(-10, -10, 5, 5),
      rect(60, 40, 0x7fff_ffff, 0x7fff_ffff),
      rect(9, 9, 3, 3),
      rect(64, 0, 70, 5),
      rect(-0x8000_0000, -0x8000_0000, -1, -1),
    ].flat();
    peer.say(SYNTHVID.DIRT, body([1, 0], [1, 5], ...rects));
    expect(peer.video.picture.takeDamage()).toEqual([
      { left: 0, top: 0, right: 5, bottom: 5 },
      { left: 60, top: 40, right: 64, bottom: 48 },
    ]);
    expect(peer.video.video).toMatchObject({ dirt: 2, rectangles: 2, refusedRectangles: 3 });
  });

  it('row 53: 255 rectangles in every message are remembered as few', () => {
    const peer = new Peer().shown();
    const many = Array.from({ length: 255 }, (_, i) => rect(i % 64, 0, (i % 64) + 1, 2)).flat();
    for (let i = 0; i < 20; i++) peer.say(SYNTHVID.DIRT, body([1, 0], [1, 255], ...many));
    const damage = peer.video.picture.takeDamage();
    expect(damage.length).toBeLessThanOrEqual(32);
    expect(damage[0]).toEqual({ left: 0, top: 0, right: 64, bottom: 2 });
  });

  it('row 53: a pointer too large, too short or out of turn leaves the old one', () => {
    const peer = new Peer().shown();
    const shape = (part: number, width: number, height: number, pixels: number, colour = 1): void => {
      const head = body([1, part], [1, colour], [4, width], [4, height], [4, 0], [4, 0]);
      peer.say(SYNTHVID.POINTER_SHAPE, Uint8Array.of(...head, ...new Uint8Array(pixels).fill(part)));
    };
    shape(255, 2, 2, 16);
    const first = peer.video.pointer.image;
    for (const [width, height, pixels] of [
      [97, 1, 400],
      [1, 0xffff_ffff, 8],
      [0, 1, 8],
      [2, 2, 15],
    ])
      shape(255, width, height, pixels);
    shape(1, 2, 2, 8);
    expect(peer.video.pointer.image).toBe(first);
    expect(peer.video.video.refused).toBe(5);
    // The largest comes in five parts.
    for (const part of [0, 1, 2, 3]) shape(part, 96, 96, 8192);
    shape(255, 96, 96, 36_864 - 4 * 8192);
    expect(peer.video.pointer.image).toMatchObject({ width: 96, height: 96, colour: true });
    expect(peer.video.pointer.image?.pixels[8192]).toBe(1);
    // Parts without end do not grow.
    for (let i = 0; i < 20; i++) shape(i, 96, 96, 8192);
    expect(peer.video.pointer.image).toMatchObject({ width: 96 });
    shape(255, 12, 3, 2 * 2 * 3, 0);
    expect(peer.video.pointer.image).toMatchObject({ width: 12, colour: false });
  });

  it('that takes the picture away shows nothing', () => {
    const peer = new Peer().shown();
    expect(peer.video.picture.toRgba()?.pixels).toHaveLength(4 * 64 * 48);
    peer.locate(0, 0);
    expect(peer.video.picture.toRgba()).toBeUndefined();
    peer.locate(PLACE);
    peer.situate(64, 48, 256);
    expect(peer.video.picture.toRgba()?.pixels).toHaveLength(4 * 64 * 48);
    peer.guest.server.reset();
    expect(peer.video.picture.toRgba()).toBeUndefined();
    expect(peer.video).toMatchObject({ version: 0, alive: false });
  });

  it('writes nothing into the guest but its answers', () => {
    const peer = new Peer().shown();
    const { u8 } = peer.guest.memory;
    u8.fill(0xa5, PLACE, PLACE + 256 * 48);
    peer.say(SYNTHVID.DIRT, body([1, 0], [1, 1], ...rect(0, 0, 64, 48)));
    peer.video.picture.toRgba();
    expect(u8.subarray(PLACE, PLACE + 256 * 48).every((byte) => byte === 0xa5)).toBe(true);
  });
});
