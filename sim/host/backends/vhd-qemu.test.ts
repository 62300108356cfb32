/** Images that qemu-img makes, and ours read by it. Without qemu-img these tests are skipped by name. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vhdGeometry } from '../../wire/vhd.ts';
import { MemoryFile } from './byte-file.ts';
import { SECTOR_BYTES } from './disk.ts';
import { contents, firstDifference, opened, pattern, random } from './testing.ts';
import { createDynamicVhd, createFixedVhd, openVhd, repairVhd, type VhdDisk } from './vhd.ts';

const QEMU_IMG = '/usr/bin/qemu-img';
const QEMU_IO = '/usr/bin/qemu-io';

describe.skipIf(!existsSync(QEMU_IMG))('images of qemu-img (skipped where it is not installed)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringside-vhd-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const path = (name: string) => join(folder, name);
  const load = (name: string) => new MemoryFile(readFileSync(path(name)));
  const save = (name: string, file: MemoryFile) => writeFileSync(path(name), file.bytes());
  const qemu = (...args: string[]) => execFileSync(QEMU_IMG, args, { encoding: 'utf8', stdio: 'pipe' });
  const sizeInQemu = (name: string) =>
    JSON.parse(qemu('info', '-f', 'vpc', '--output=json', path(name)))['virtual-size'];

  /** The disk's content as qemu-img reads the file. */
  function convert(name: string): Uint8Array {
    qemu('convert', '-f', 'vpc', '-O', 'raw', path(name), path('raw'));
    return readFileSync(path('raw'));
  }

  /** Writes here and there with the same seed every time. */
  function scribble(disk: VhdDisk, seed: number): void {
    const next = random(seed);
    for (let round = 0; round < 30; round++) {
      const lba = next(disk.sectors);
      const count = Math.min(disk.sectors - lba, 1 + next(100));
      expect(disk.write(lba, count, pattern(seed + round, count))).toBe(true);
    }
  }

  const WAYS = [
    ['fixed', 'off'],
    ['fixed', 'on'],
    ['dynamic', 'off'],
    ['dynamic', 'on'],
  ];

  it.each(WAYS)(
    'made %s with force_size=%s: same size, and same content after writes from both sides',
    (kind, force) => {
      qemu('create', '-f', 'vpc', '-o', `subformat=${kind},force_size=${force}`, path('image'), '10M');
      const file = load('image');
      const disk = opened(openVhd(file));
      expect(disk.info).toMatchObject({ kind, creator: force === 'on' ? 'qem2' : 'qemu' });
      expect(disk.notes).toEqual([]);
      expect(sizeInQemu('image')).toBe(disk.sectors * SECTOR_BYTES);
      scribble(disk, 5);
      save('image', file);
      expect(firstDifference(convert('image'), contents(disk))).toBe(-1);

      if (!existsSync(QEMU_IO)) return;
      const commands = ['write -P 0x5a 1M 3M', 'write -P 0x11 9M 64k'].flatMap((c) => ['-c', c]);
      execFileSync(QEMU_IO, ['-f', 'vpc', ...commands, path('image')], { stdio: 'pipe' });
      const again = opened(openVhd(load('image')));
      expect(again.notes).toEqual([]);
      expect(firstDifference(contents(again), convert('image'))).toBe(-1);
      const five = new Uint8Array(SECTOR_BYTES);
      again.read(2048, 1, five);
      expect(five.every((b) => b === 0x5a)).toBe(true);
    },
  );

  it.each(['fixed', 'dynamic'])(
    'made by us, %s: qemu-img reads the same size and bytes, and can write on',
    (kind) => {
      const file = new MemoryFile();
      const make = kind === 'fixed' ? createFixedVhd : createDynamicVhd;
      const disk = opened(make(file, 7 * 2 ** 20 + 512));
      scribble(disk, 9);
      save('ours', file);
      expect(sizeInQemu('ours')).toBe(disk.sectors * SECTOR_BYTES);
      expect(firstDifference(convert('ours'), contents(disk))).toBe(-1);
    },
  );

  it('converted from a raw disk, dynamic: the same sectors', () => {
    const raw = new Uint8Array(9 * 2 ** 20);
    raw.set(pattern(1, 3000), 2 ** 20);
    raw.set(pattern(2, 8), raw.length - 4096);
    writeFileSync(path('source'), raw);
    qemu('convert', '-f', 'raw', '-O', 'vpc', '-o', 'force_size=on', path('source'), path('converted'));
    expect(firstDifference(contents(opened(openVhd(load('converted')))), raw)).toBe(-1);
  });

  it('repaired by us after its end was cut off: qemu-img reads the same bytes', () => {
    const file = new MemoryFile();
    scribble(opened(createDynamicVhd(file, 2 ** 23)), 4);
    const whole = contents(opened(openVhd(file)));
    file.resize(file.size - 512);
    expect(repairVhd(file)).toEqual([]);
    save('repaired', file);
    expect(firstDifference(convert('repaired'), whole)).toBe(-1);
  });

  it.each([3, 100, 300, 1500, 5000, 40_000, 130_000])(
    '%i MiB: the geometry is the one that qemu-img writes',
    (mebibytes) => {
      qemu('create', '-f', 'vpc', path('geometry'), `${mebibytes}M`);
      const disk = opened(openVhd(load('geometry')));
      expect(disk.info.geometry).toEqual(vhdGeometry(disk.sectors));
      expect(opened(openVhd(load('geometry'), { sizeFrom: 'geometry' })).sectors).toBe(disk.sectors);
    },
  );
});
