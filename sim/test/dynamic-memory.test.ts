/** Dynamic memory over a real channel: pages leave the guest and come back, and both accounts agree. */
import { describe, expect, it } from 'vitest';
import type { BalloonOptions } from '../guest/drivers/hv-balloon.ts';
import { balloonFloor } from '../guest/drivers/hv-balloon.ts';
import { PAGE_SIZE } from '../guest/drivers/page-allocator.ts';
import type { MemoryAnswer } from '../host/vsp/dynmem.ts';
import { ServicedMachine } from '../lab/integration.ts';
import { Lab } from '../lab/lab.ts';
import { DM_VERSIONS, dmVersionText } from '../wire/dynmem-codes.ts';

const MIB = 1024 * 1024;
const pages = (mib: number): number => (mib * MIB) / PAGE_SIZE;
const BLOCK = pages(2);

interface Bench {
  readonly one: ServicedMachine;
  /** What each operation came to. */
  readonly ended: MemoryAnswer[];
  readonly note: (answer: MemoryAnswer) => void;
}

function bench(
  options: { most?: number; newestVersion?: number; balloon?: BalloonOptions; hang?: number } = {},
): Bench {
  const most = options.most ?? 256;
  const one = new ServicedMachine(new Lab(1).machine({ era: '2020', memory: most * MIB }), {
    heartbeat: {},
    memory: { startPages: pages(128), newestVersion: options.newestVersion },
  });
  expect(one.boot({ balloon: { reportDelay: 0, ...options.balloon } })).toBe('ready');
  const { hang } = options;
  one.live(hang === undefined ? undefined : () => one.services.hangAfter(0.5, hang));
  one.runFor(1);
  const ended: MemoryAnswer[] = [];
  return { one, ended, note: (answer) => ended.push(answer) };
}

/** Pages that neither side claims, or that both do. */
function disagreement({ one }: Bench): number {
  const { balloon } = one.services;
  const host = one.memory?.pages.backed ?? 0;
  const guest = one.guest.pages.managed + pages(1) - (balloon?.ballooned ?? 0);
  return host - guest;
}

describe('the beginning', () => {
  it.each(DM_VERSIONS)('agrees on the newest version of the host, %s', (newestVersion) => {
    const { one } = bench({ newestVersion });
    expect(one.memory).toMatchObject({
      state: 'ready',
      version: newestVersion,
      canBalloon: true,
      canHotAdd: true,
    });
    expect(one.services.balloon).toMatchObject({ state: 'initialized', version: newestVersion });
    expect(one.services.balloon?.mostByHost).toBe(newestVersion >= 0x1_0000 ? pages(256) : 0);
  });

  it('ends when there is no common version', () => {
    const { one } = bench({ newestVersion: 1 });
    expect(one.memory?.state).toBe('closed');
    expect(one.services.balloon).toMatchObject({ state: 'error', version: 0 });
    expect(dmVersionText(DM_VERSIONS[2])).toBe('0.3');
  });

  it('is followed by a report every second, after 45 that are left out', () => {
    const { one } = bench({ balloon: { reportDelay: 45 } });
    one.runFor(44.5);
    expect(one.memory?.counts.statuses).toBe(0);
    one.runFor(10);
    expect(one.memory?.counts.statuses).toBe(one.services.balloon?.reports);
    expect(one.memory?.counts.statuses).toBeGreaterThanOrEqual(9);
    expect(one.memory?.counts.statuses).toBeLessThanOrEqual(10);
    expect(one.memory?.available).toBe(one.guest.pages.free);
  });
});

describe('the floor', () => {
  it.each([
    [16, 16],
    [32, 24],
    [128, 72],
    [512, 168],
    [2048, 360],
    [8192, 744],
    [32768, 1512],
  ])('of %s MiB is %s MiB', (mib, floor) => {
    expect(balloonFloor(pages(mib))).toBe(pages(floor));
  });
});

describe('the balloon', () => {
  it('takes pages out of the guest and out of the host’s account', () => {
    const b = bench();
    const { one, ended, note } = b;
    const free = one.guest.pages.free;
    expect(one.memory?.balloon(pages(16), note)).toBe(true);
    expect(one.memory?.balloon(pages(16), note)).toBe(false);
    one.runFor(1);
    expect(ended).toMatchObject([{ kind: 'answer', pages: pages(16) }]);
    expect(one.guest.pages.free).toBe(free - pages(16));
    expect(one.memory?.pages.backed).toBe(pages(128 - 16));
    expect(one.memory?.ballooned).toBe(pages(16));
    expect(disagreement(b)).toBe(0);
  });

  it('stops at the floor, in blocks of 2 MiB', () => {
    const b = bench();
    const { one, ended, note } = b;
    one.memory?.balloon(pages(120), note);
    one.runFor(1);
    const { free } = one.guest.pages;
    const floor = one.services.balloon?.floor ?? 0;
    expect(ended[0].pages % BLOCK).toBe(0);
    expect(free).toBeGreaterThanOrEqual(floor);
    expect(free).toBeLessThan(floor + BLOCK);
    one.memory?.balloon(pages(2), note);
    one.runFor(1);
    expect(ended[1]).toMatchObject({ kind: 'answer', pages: 0 });
    expect(one.services.balloon?.partly).toBe(2);
    expect(disagreement(b)).toBe(0);
  });

  it('comes back, empty, and can go again', () => {
    const b = bench();
    const { one, ended, note } = b;
    const { free } = one.guest.pages;
    const { u8 } = one.machine.partition.memory;
    u8.fill(7, 100 * MIB, 128 * MIB);
    for (let round = 0; round < 3; round++) {
      one.memory?.balloon(pages(20), note);
      one.runFor(1);
      one.memory?.unballoon(pages(20), note);
      one.runFor(1);
      expect(one.guest.pages.free).toBe(free);
      expect(disagreement(b)).toBe(0);
    }
    expect(ended.map((answer) => answer.pages)).toEqual(Array(6).fill(pages(20)));
    expect(u8.subarray(110 * MIB, 128 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(u8[105 * MIB]).toBe(7);
  });

  it('goes in many messages when no block is whole', () => {
    const b = bench();
    const { one, ended, note } = b;
    const { pages: allocator } = one.guest;
    const held: number[] = [];
    for (let block = allocator.twoMegabytes(); block !== undefined; block = allocator.twoMegabytes())
      held.push(block);
    for (const block of held)
      for (let i = 0; i < BLOCK; i++) if (i !== 9) allocator.release([block + i * PAGE_SIZE]);
    const { received } = one.memory?.counts ?? { received: 0 };
    one.memory?.balloon(pages(16), note);
    one.runFor(5);
    expect(ended).toMatchObject([{ kind: 'answer', pages: pages(16) }]);
    expect((one.memory?.counts.received ?? 0) - received).toBeGreaterThanOrEqual(Math.ceil(pages(16) / 510));
    one.memory?.unballoon(pages(16), note);
    one.runFor(5);
    expect(ended[1]).toMatchObject({ kind: 'answer', pages: pages(16) });
    expect(one.memory?.ballooned).toBe(0);
    expect(one.services.balloon?.ballooned).toBe(0);
    expect(disagreement(b)).toBe(0);
  });

  it('is counted as needed: the more the guest gave, the more it says it needs', () => {
    const { one, note } = bench();
    one.runFor(3);
    const before = one.memory?.committed ?? 0;
    one.memory?.balloon(pages(10), note);
    one.runFor(3);
    expect(one.memory?.committed).toBe(before + pages(10));
  });

  it('is waited for, and taken when it comes late', () => {
    const b = bench({ hang: 60 });
    const { one, ended, note } = b;
    one.memory?.balloon(pages(16), note);
    one.runFor(40);
    expect(ended).toMatchObject([{ kind: 'time-out', pages: 0 }]);
    expect(one.memory?.ballooned).toBe(0);
    one.runFor(40);
    expect(one.memory?.counts).toMatchObject({ late: 1, broken: 0 });
    expect(one.memory?.ballooned).toBe(pages(16));
    expect(disagreement(b)).toBe(0);
  });
});

it('two questions that the guest finds after a long sleep are both answered, and no page is lost', () => {
  const b = bench({ hang: 100 });
  const { one, ended, note } = b;
  one.memory?.balloon(pages(16), note);
  one.runFor(40);
  one.memory?.balloon(pages(8), note);
  one.runFor(40);
  one.memory?.balloon(pages(4), note);
  one.runFor(30);
  expect(ended.map(({ kind }) => kind)).toEqual(['time-out', 'time-out', 'answer']);
  expect(one.memory?.ballooned).toBe(pages(28));
  expect(one.memory?.counts).toMatchObject({ late: 2, broken: 0, stray: 0 });
  expect(disagreement(b)).toBe(0);
});

describe('more memory', () => {
  it('is added above what there is, and used', () => {
    const b = bench();
    const { one, ended, note } = b;
    const { free } = one.guest.pages;
    const floor = one.services.balloon?.floor ?? 0;
    expect(one.memory?.hotAdd(pages(128), note)).toBe(true);
    one.runFor(1);
    expect(ended).toMatchObject([{ kind: 'answer', pages: pages(128) }]);
    expect(one.guest.pages.free).toBe(free + pages(128));
    expect(one.services.balloon).toMatchObject({ added: pages(128) });
    expect(one.services.balloon?.floor).toBeGreaterThan(floor);
    expect(disagreement(b)).toBe(0);
    expect(one.memory?.hotAdd(pages(1), note)).toBe(false);
  });

  it('is refused for good by a driver that was told not to', () => {
    const b = bench({ balloon: { hotAdd: false } });
    const { one, ended, note } = b;
    one.memory?.hotAdd(pages(128), note);
    one.runFor(1);
    expect(ended).toMatchObject([{ kind: 'answer', pages: 0 }]);
    expect(one.memory?.hotAddEnded).toBe(true);
    expect(one.memory?.hotAdd(pages(128), note)).toBe(false);
    expect(disagreement(b)).toBe(0);
  });
});

it('a guest that shuts down gives everything back to its next start', () => {
  const { one, note } = bench();
  one.memory?.balloon(pages(16), note);
  one.runFor(1);
  one.machine.vmbus.reset();
  expect(one.memory?.pages.backed).toBe(pages(128));
  expect(one.memory?.ballooned).toBe(0);
});
