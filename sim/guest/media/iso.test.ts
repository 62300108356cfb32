/** A disc of our own, one of a standard tool where it is installed, and spoiled ones. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Disk } from '../../host/backends/disk.ts';
import { makeIso } from '../../lab/media/iso-maker.ts';
import { lacks, Workshop } from '../../test/support/media-tools.ts';
import { openFileSystem } from './open.ts';
import { wholeDisk } from './partitions.ts';
import { runReading, SECTOR } from './reads.ts';
import { readTree } from './tree.ts';

const FILES = [
  { path: '/README.TXT', bytes: Uint8Array.from('Integration', (letter) => letter.charCodeAt(0)) },
  { path: '/AMD64/SETUP.EXE', size: 70_001, seed: 4 },
  { path: '/AMD64/EMPTY', bytes: new Uint8Array(0) },
  { path: '/X86/SETUP.EXE', size: 2048, seed: 5 },
] as const;

const bytesOf = (disk: Disk): Uint8Array => {
  const bytes = new Uint8Array(disk.sectors * SECTOR);
  disk.read(0, disk.sectors, bytes);
  return bytes;
};

function open(bytes: Uint8Array) {
  const sectors = Math.floor(bytes.length / SECTOR);
  const answer = (lba: number, count: number) => bytes.subarray(lba * SECTOR, (lba + count) * SECTOR);
  const run = <T>(reading: Parameters<typeof runReading<T>>[0]): T => runReading(reading, answer, 2000);
  return { run, system: run(openFileSystem(wholeDisk(sectors))) };
}

const workshop = new Workshop();
afterAll(() => workshop.close());

describe('a data disc', () => {
  const disk = makeIso({ label: 'VMGUEST', files: FILES });

  it('is read as it was made', () => {
    const { run, system } = open(bytesOf(disk));
    if (!system.ok) throw new Error(system.problem.message);
    expect([system.value.kind, system.value.label]).toEqual(['iso9660', 'VMGUEST']);
    for (const file of FILES) {
      const found = run(system.value.find(file.path.toLowerCase()));
      if (!found.ok) throw new Error(found.problem.message);
      const read = run(system.value.read(found.value));
      if (!read.ok) throw new Error(read.problem.message);
      expect(read.value.length).toBe('size' in file ? file.size : file.bytes.length);
      if ('bytes' in file) expect(read.value).toEqual(file.bytes);
    }
    const missing = run(system.value.find('/AMD64/NOTHING.EXE'));
    expect(missing).toMatchObject({ ok: false, problem: { kind: 'not-found' } });
  });

  it('cannot be written', () => {
    expect(disk.readOnly).toBe(true);
    expect(disk.write(0, 1, new Uint8Array(512))).toBe(false);
  });

  it('has no names that level 1 does not know', () => {
    for (const path of ['/readme.txt', '/TOOLONGNAME.TXT', '/A/B/C.TXT', '/A.B.C']) {
      expect(() => makeIso({ label: 'X', files: [{ path, size: 1 }] })).toThrow(/name|level/);
    }
  });

  it.skipIf(lacks('isoinfo'))('is listed by isoinfo (skipped where it is missing)', () => {
    workshop.save('disc.iso', bytesOf(disk));
    const listing = workshop.run('isoinfo', ['-f', '-i', workshop.path('disc.iso')]);
    for (const { path } of FILES) expect(listing).toContain(path);
  });

  it.skipIf(lacks('genisoimage'))('of genisoimage is read (skipped where it is missing)', () => {
    workshop.save('tree/README.TXT', FILES[0].bytes);
    workshop.save('tree/SUB/DEEP/FILE.BIN', new Uint8Array(5000).fill(7));
    const path = workshop.path('tool.iso');
    workshop.run('genisoimage', ['-quiet', '-V', 'TOOL', '-o', path, workshop.path('tree')]);
    const { run, system } = open(new Uint8Array(readFileSync(path)));
    if (!system.ok) throw new Error(system.problem.message);
    const found = run(system.value.find('/SUB/DEEP/FILE.BIN'));
    if (!found.ok) throw new Error(found.problem.message);
    expect(run(system.value.read(found.value))).toEqual({ ok: true, value: new Uint8Array(5000).fill(7) });
  });

  it('that was spoiled is a problem, never an exception and never endless', () => {
    const good = bytesOf(disk);
    const problems = new Set<string>();
    for (let at = 16 * 2048; at < 23 * 2048; at++) {
      if (good[at] === 0) continue;
      for (const value of [0, 0xff, good[at] ^ 0x80]) {
        const bytes = good.slice();
        bytes[at] = value;
        const { run, system } = open(bytes);
        if (!system.ok) {
          problems.add(system.problem.kind);
          continue;
        }
        const tree = run(readTree(system.value, { maxEntries: 100 }));
        if (tree.ok) for (const { problem } of tree.value.problems) problems.add(problem.kind);
        else problems.add(tree.problem.kind);
      }
    }
    expect(problems).toContain('damaged');
    expect(problems).toContain('beyond-disk');
  });

  it('that was cut is larger than itself', () => {
    const { system } = open(bytesOf(disk).slice(0, 30 * 2048));
    expect(system).toMatchObject({ ok: false, problem: { kind: 'beyond-disk' } });
  });
});
