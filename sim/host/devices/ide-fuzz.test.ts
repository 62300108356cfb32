/**
 * Arbitrary accesses of a hostile guest: whatever it writes where, the drive stays in a legal state, the host's file is never touched
 * outside the disk, and nothing throws. (OpenVMM holds its IDE device to the same by `fuzz_ide`.)
 */
import { describe, expect, it } from 'vitest';
import { random } from '../backends/testing.ts';
import { benchDisk, DeviceBench, oneDrive } from './testing.ts';

const SECTORS = 600;
const STEPS = 400;
const TABLE = 0x8000;
const COMMANDS = [
  0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39, 0x40, 0x42, 0x90, 0x91, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xce,
  0xe7, 0xec, 0xef,
];
const PORTS = [
  0x1e0, 0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6, 0x1f7, 0x3f6, 0xffa0, 0xffa2, 0xffa4, 0xffa6,
  0xffa8, 0x170, 0x177, 0x376,
];
const WIDTHS = [1, 2, 4] as const;

type Next = (bound: number) => number;

/** A number that is often a sector of the disk, or just beyond. */
const small = (next: Next) => (next(4) === 0 ? next(0x1_0000_0000) : next(SECTORS + 20));
const oneOf = <T>(next: Next, list: readonly T[]): T => list[next(list.length)];

/** Things that a guest might do. Many make some sense, so that the deeper states are reached. */
const ACTS: readonly ((at: DeviceBench, next: Next) => unknown)[] = [
  (at, next) => at.command(oneOf(next, COMMANDS), small(next), next(260), next(8) === 0 ? next(256) : 0xe0),
  (at, next) => at.command48(oneOf(next, COMMANDS), small(next), next(3) === 0 ? next(0x1_0000) : next(300)),
  (at, next) => at.in(oneOf(next, PORTS), oneOf(next, WIDTHS)),
  (at, next) => at.out(oneOf(next, PORTS), next(next(2) === 0 ? 256 : 0x1_0000_0000), oneOf(next, WIDTHS)),
  (at, next) => at.ins(0x1f0, oneOf(next, WIDTHS), small(next) * 1024, next(1025)),
  (at, next) => at.outs(0x1f0, oneOf(next, WIDTHS), small(next) * 1024, next(1025)),
  (at, next) => at.startDma(next(3) === 0 ? small(next) : TABLE, next(2) === 0),
  (at, next) =>
    at.table(
      TABLE,
      [0, 1].map(() => [small(next) * 512, next(0x1_0000)] as const),
    ),
  (at, next) => {
    at.command(0xc8, 0, 1 + next(128));
    at.startDma(TABLE, true);
  },
  (at, next) => {
    for (let i = 0; i < 24; i++) at.memory.u8[0x500 + i] = next(256);
    at.memory.u8[0x500] = oneOf(next, [0xc8, 0xca, 0x25, 0x35]);
    at.out(0x1e0, next(4) === 0 ? small(next) : 0x500, 4);
  },
  (at) => at.answer(),
  (at) => at.answer(),
];

function check(at: DeviceBench): void {
  for (const drive of at.ide.channels[0].drives) {
    if (!drive) continue;
    const s = drive.state;
    const status = drive.status;
    expect(s.position).toBeLessThanOrEqual(s.length);
    expect(s.length).toBeLessThanOrEqual(s.buffer.length);
    expect(s.remaining).toBeGreaterThanOrEqual(0);
    // BSY and DRQ exclude each other; an open buffer always has bytes left; a file I/O belongs to a command or a pending reset.
    expect((status & 0x80) !== 0 && (status & 0x08) !== 0).toBe(false);
    expect(s.transfer === 'none' || s.position < s.length).toBe(true);
    expect(s.mediaBusy && s.opcode === 0).toBe(false);
  }
  for (const { operation, lba, sectors } of at.files) {
    if (operation !== 'flush') expect(lba >= 0 && sectors > 0 && lba + sectors <= SECTORS).toBe(true);
  }
  at.files.length = 0;
}

describe('arbitrary accesses', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('leave the drives in a legal state (seed %i)', (seed) => {
    const next = random(seed);
    const disk = benchDisk(SECTORS);
    const second = seed % 2 === 0 ? benchDisk(SECTORS) : undefined;
    const cable = [oneDrive(disk).primary?.[0], second && oneDrive(second).primary?.[0]] as const;
    const at = new DeviceBench({ primary: [...cable] });
    for (let step = 0; step < STEPS; step++) {
      oneOf(next, ACTS)(at, next);
      check(at);
    }
    // Once the disk has answered everything, no intercept is left open, and the drive can be used again.
    for (let i = 0; i < 2000; i++) at.answer();
    expect(at.deferred).toBe(0);
    at.out(0x1f6, 0xa0);
    at.softReset();
    for (let i = 0; i < 4; i++) at.answer();
    expect(at.status()).toBe(0x50);
    at.command(0x20, 0, 1);
    at.answer();
    expect(at.ins(0x1f0, 2, 0x2000, 256)).toBe(256);
    const sector = new Uint8Array(512);
    disk.read(0, 1, sector);
    expect(at.memory.read(0x2000, 512)).toEqual(sector);
  });
});
