import { describe, expect, it } from 'vitest';
import { Streams } from '../../core/rng.ts';
import { RingView } from '../../wire/ring.ts';
import { ringMemory } from '../../wire/ring-bytes.ts';
import { ChannelRing, splitRings } from './channel-ring.ts';

const PAGES = [0, 4096, 8192, 12288];

/** Both ends of a channel with one data page each way, over bare bytes. */
class Pair {
  readonly memory = ringMemory(new Uint8Array(PAGES.length * 4096));
  readonly guestOut = new RingView(this.memory, PAGES.slice(0, 2));
  readonly guestIn = new RingView(this.memory, PAGES.slice(2));
  interrupts = 0;
  readonly host: ChannelRing;

  constructor() {
    this.guestOut.reset(1);
    this.guestIn.reset(1);
    this.host = new ChannelRing(this.memory, PAGES.slice(0, 2), PAGES.slice(2), () => {
      this.interrupts++;
    });
  }
}

describe('a channel’s rings', () => {
  it('need a data page each', () => {
    expect(splitRings(PAGES, 1)).toBeUndefined();
    expect(splitRings(PAGES, 3)).toBeUndefined();
    expect(splitRings(PAGES, 2)).toEqual({ guestToHost: [0, 4096], hostToGuest: [8192, 12288] });
  });

  it('ask for a signal when they are full, and take the request back when they are not', () => {
    const { host, guestIn } = new Pair();
    const packet = new Uint8Array(64);
    let sent = 0;
    while (host.hasRoom(64)) {
      expect(host.send(6, 0, sent++, 0, undefined, packet)).toBe(true);
    }
    expect(host.send(6, 0, sent, 0, undefined, packet)).toBe(false);
    expect(guestIn.pendingSendSize).toBe(96);
    expect(guestIn.size - guestIn.freeBytes()).toBeLessThanOrEqual(guestIn.size - 8);
    guestIn.peek();
    expect(guestIn.take().signalWriter).toBe(true);
    expect(host.hasRoom(64)).toBe(true);
    expect(guestIn.pendingSendSize).toBe(0);
    expect(host.counts.stalls).toBe(1);
  });

  it('wake a guest that waits for room, once', () => {
    const pair = new Pair();
    const { host, guestOut } = pair;
    while (guestOut.put(6, 1, 1, undefined, new Uint8Array(64)) !== 'full');
    guestOut.pendingSendSize = 256;
    for (let i = 0; i < 10; i++) {
      expect(host.next()).toBeDefined();
      host.take();
    }
    expect(pair.interrupts).toBe(1);
  });

  it('are dead after a wrong index, for good and for both directions', () => {
    const { host, guestOut } = new Pair();
    guestOut.writeIndex = 4;
    expect(host.next()).toBeUndefined();
    expect(host.dead).toBe(true);
    guestOut.writeIndex = 0;
    expect([
      host.next(),
      host.hasRoom(8),
      host.unmask(),
      host.send(6, 0, 1, 0, undefined, new Uint8Array(8)),
    ]).toEqual([undefined, false, false, false]);
  });
});

describe('no wake-up is lost', () => {
  /**
   * A guest that writes and sleeps, a host that serves when it is signalled, in any order of steps. The host's loop is the one of
   * storvsp: mask, drain, unmask, look again.
   */
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`whatever the order of steps (seed ${seed})`, () => {
      const { host, guestOut } = new Pair();
      const rng = new Streams(seed).stream('steps');
      let written = 0;
      let signals = 0;
      let transitions = 0;
      let signalled = false;
      let awake = false;
      let step = 0;
      for (let i = 0; i < 4000; i++) {
        if (rng.chance(0.5)) {
          const empty = guestOut.readIndex === guestOut.writeIndex;
          const put = guestOut.put(6, 1, written, undefined, new Uint8Array(8));
          if (typeof put === 'string') continue;
          written++;
          if (empty) transitions++;
          if (put.needSignal) {
            signals++;
            signalled = true;
          }
          continue;
        }
        if (!awake) {
          if (!signalled) continue;
          [awake, signalled, step] = [true, false, 0];
          host.mask();
        } else if (step === 0) {
          if (host.next()) host.take();
          else step = 1;
        } else {
          awake = host.unmask();
          if (awake) host.mask();
          step = 0;
        }
        // Data in the ring, nobody reading, no signal on its way: the state that must not exist.
        const waiting = guestOut.readIndex !== guestOut.writeIndex;
        expect(waiting && !awake && !signalled, `step ${i}`).toBe(false);
      }
      expect(signals).toBeLessThanOrEqual(transitions);
      expect(signals).toBeGreaterThan(0);
      expect(host.counts.received).toBeGreaterThan(1000);
    });
  }
});
