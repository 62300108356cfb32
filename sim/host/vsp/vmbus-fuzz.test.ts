/**
 * Anything at all, from a guest that has lost its mind: random messages, random rings, random packets. The host must not throw, must
 * not remember without bound, must come to rest, and must serve a second controller as before.
 */
import { describe, expect, it } from 'vitest';
import { type Rng, Streams } from '../../core/rng.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { Attack, vstorPacket } from './storvsp-testing.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
/** Numbers that tend to be one too many. */
const EDGES = [
  0, 1, 2, 7, 8, 11, 24, 64, 2047, 2048, 4095, 4096, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
];

function number(rng: Rng, likely: readonly number[]): number {
  const kind = rng.int(0, 2);
  if (kind === 0) return likely[rng.int(0, likely.length - 1)];
  return kind === 1 ? EDGES[rng.int(0, EDGES.length - 1)] : rng.u32();
}

/** A message whose fields are often plausible. */
function message(rng: Rng, likely: readonly number[]): Uint8Array {
  const words = new Uint32Array(60);
  words[0] = rng.int(0, 30);
  for (let i = 2; i < words.length; i++) words[i] = number(rng, likely);
  return new Uint8Array(words.buffer).slice(0, rng.chance(0.7) ? 240 : rng.int(0, 240));
}

describe('a guest that has lost its mind', () => {
  for (const seed of SEEDS) {
    it(`posts random messages (seed ${seed})`, () => {
      const attack = new Attack({ vps: 2 });
      const { guest, victim } = attack;
      const rng = new Streams(seed).stream('messages');
      const likely = [victim.channel.relid, victim.channel.gpadl, 4, 0x5_0003];
      for (let i = 0; i < 800; i++) {
        const bytes = message(rng, likely);
        // Not these three: they would end the bystander's connection by right, or close its channel.
        const ends = [14, 16].includes(bytes[0]) || (bytes[0] === 7 && bytes[8] !== victim.channel.relid);
        const hitsBystander = bytes[0] === 22 && bytes[8] !== victim.channel.relid;
        if (!ends && !hitsBystander) guest.post(bytes, rng.chance(0.9) ? 4 : 1);
        if (i % 50 === 0) guest.settle();
      }
      guest.messages();
      expect(guest.server.counts.messages).toBeGreaterThan(500);
      expect(guest.server.connection?.gpadls.unfinishedCount).toBeLessThanOrEqual(128);
      expect(attack.unharmed()).toBe(1);
    });

    it(`connects and leaves at random (seed ${seed})`, () => {
      const { guest } = new Attack({ vps: 2 });
      const rng = new Streams(seed).stream('connections');
      for (let i = 0; i < 300; i++) {
        const version = [0xd, 0x1_0001, 0x2_0004, 0x3_0000, 0x4_0000, 0x5_0003, rng.u32()][rng.int(0, 6)];
        if (rng.chance(0.2)) guest.post(guest.contact(version, { vp: rng.int(0, 3) }));
        else guest.post(message(rng, [1, 2, 0xe1e10, 4, version]));
      }
      guest.messages();
      expect(guest.connect()).toHaveLength(2);
    });

    it(`writes random bytes into its rings (seed ${seed})`, () => {
      const attack = new Attack();
      const { guest, victim } = attack;
      victim.initialise();
      const rng = new Streams(seed).stream('rings');
      const { pages, outgoing } = victim.channel;
      for (let i = 0; i < 200; i++) {
        const page = pages[rng.int(0, pages.length - 1)];
        // Control pages get numbers at their fields, data pages anywhere.
        const control = page === pages[0] || page === pages[pages.length / 2];
        const at = control ? [0, 4, 8, 12, 64][rng.int(0, 4)] : rng.int(0, 1022) * 4;
        guest.memory.write32(page + at, number(rng, [0, 8, 64, outgoing.writeIndex]));
        if (rng.chance(0.3)) victim.channel.signal();
        if (rng.chance(0.1)) guest.settle();
      }
      guest.settle();
      expect(attack.unharmed()).toBe(1);
    });

    it(`sends random packets (seed ${seed})`, () => {
      const attack = new Attack();
      const { guest, victim } = attack;
      victim.initialise();
      const rng = new Streams(seed).stream('packets');
      const { channel } = victim;
      let answers = 0;
      for (let i = 0; i < 400; i++) {
        const packet = vstorPacket(rng.chance(0.9) ? 3 : rng.int(0, 16), 0, 8 * rng.int(6, 9));
        for (let at = 12; at < packet.length; at++) if (rng.chance(0.5)) packet[at] = rng.int(0, 255);
        new DataView(packet.buffer).setUint32(24, rng.chance(0.5) ? 0 : rng.int(0, 8192), true);
        const header = new Uint32Array(4 + 2 * rng.int(1, 3));
        header.set([0, rng.chance(0.9) ? 1 : rng.u32(), rng.int(0, 12_288), rng.int(0, 4096)]);
        for (let word = 4; word < header.length; word += 2)
          header[word] = rng.chance(0.8) ? rng.int(128, 200) : rng.u32();
        const direct = rng.chance(0.7);
        const type = direct ? VM_PKT.DATA_USING_GPA_DIRECT : VM_PKT.DATA_INBAND;
        channel.send(type, 1, rng.u32(), packet, direct ? new Uint8Array(header.buffer) : undefined);
        answers += channel.receive().length;
        if (guest.server.channel(channel.relid)?.ring?.dead) {
          guest.ask(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, channel.relid, 0, 0, 0));
          channel.outgoing.reset(1);
          channel.incoming.reset(1);
          guest.ask(guest.openMessage(channel.relid, channel.gpadl, 4));
          victim.initialise();
        }
      }
      expect(answers).toBeGreaterThan(0);
      expect(attack.unharmed()).toBe(1);
    });
  }
});
