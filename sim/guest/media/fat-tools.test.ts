/** Volumes that mkfs.vfat made and mtools filled: every file is found and has its bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CountedImage,
  differences,
  lacks,
  noise,
  sampleFiles,
  Workshop,
} from '../../test/support/media-tools.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

/** mtools has no mark for characters outside its code page. */
const files = new Map([...sampleFiles()].filter(([path]) => !path.includes('☃')));
const tops = new Set([...files.keys()].map((path) => path.split('/')[1]));

beforeAll(() => {
  if (lacks('mcopy')) return;
  for (const [path, bytes] of files) workshop.save(`content${path}`, bytes);
});

function format(megabytes: number, options: readonly string[]): string {
  const path = workshop.blank('volume', megabytes * 1024 * 1024);
  workshop.run('mkfs.vfat', ['-n', 'MY DISK', '-i', 'cafe0815', ...options, path]);
  return path;
}

function volume(megabytes: number, options: readonly string[]): CountedImage {
  const path = format(megabytes, options);
  const sources = [...tops].map((name) => workshop.path(`content/${name}`));
  workshop.run('mcopy', ['-s', '-i', path, ...sources, '::/']);
  return new CountedImage(workshop.load('volume'));
}

const KINDS: readonly (readonly [
  title: string,
  megabytes: number,
  options: readonly string[],
  kind: string,
])[] = [
  ['FAT32', 48, ['-F', '32'], 'fat32'],
  ['FAT32 with clusters of 2 KiB, one FAT', 160, ['-F', '32', '-s', '4', '-f', '1'], 'fat32'],
  ['FAT32 with a root directory behind others', 48, ['-F', '32', '-R', '99'], 'fat32'],
  ['FAT32 with sectors of 4 KiB', 300, ['-F', '32', '-S', '4096', '-s', '1'], 'fat32'],
  ['FAT16', 16, ['-F', '16'], 'fat16'],
  ['FAT16 with many entries in the root', 16, ['-F', '16', '-r', '1024'], 'fat16'],
  ['FAT12', 8, ['-F', '12', '-s', '8'], 'fat12'],
];

describe.skipIf(lacks('mkfs.vfat', 'mcopy'))(
  'volumes of mkfs.vfat and mtools (skipped where one is missing)',
  () => {
    it.each(KINDS)('%s: every file has its bytes', (_title, megabytes, options, kind) => {
      const image = volume(megabytes, options);
      const before = image.bytes.slice();
      const system = image.open();
      expect({ kind: system.kind, label: system.label, id: system.id, notes: system.notes }).toEqual({
        kind,
        label: 'MY DISK',
        id: 'CAFE-0815',
        notes: [],
      });
      expect(differences(image.files(system), files)).toEqual([]);
      expect(Buffer.compare(image.bytes, before)).toBe(0);
    });

    it('FAT32 with too few clusters is read as Linux reads it, and said', () => {
      format(16, ['-F', '32']);
      const image = new CountedImage(workshop.load('volume'));
      const system = image.open();
      expect({ kind: system.kind, label: system.label }).toEqual({ kind: 'fat32', label: 'MY DISK' });
      expect(system.notes.map(({ message }) => message).join()).toMatch(/too few for FAT32/);
      expect(image.files(system).size).toBe(0);
    });

    it('names are found whatever their case, by either slash, and by their short form', () => {
      const image = volume(48, ['-F', '32']);
      const system = image.open();
      const entry = image.get(system.find('/Mixed Case Name with blanks and a very long tail.Extension'));
      for (const path of [
        '\\mixed case name WITH blanks and a very long tail.extension',
        '/mixedc~1.ext',
        '//boot/../MIXEDC~1.EXT',
      ])
        expect(image.get(system.find(path)), path).toEqual(entry);
      expect(image.problem(system.find('/boot/vmlinux'))).toMatchObject({ kind: 'not-found' });
      expect(image.problem(system.find('/boot/vmlinuz/x'))).toMatchObject({ kind: 'not-a-directory' });
      expect(image.problem(system.read(image.get(system.find('/boot'))))).toMatchObject({
        kind: 'not-a-file',
      });
      expect(image.problem(system.list(entry))).toMatchObject({ kind: 'not-a-directory' });
    });

    it('a file in many pieces comes together, and a part of it is read without the rest', () => {
      const path = format(5, ['-F', '16', '-s', '1']);
      // Small files with gaps between them and a full volume leave a large file no run of clusters.
      const small = workshop.save('small', noise(5, 1500));
      for (let i = 0; i < 120; i++) workshop.run('mcopy', ['-i', path, small, `::/small-${i}`]);
      const free = Number(
        /([\d\s]+) bytes free/.exec(workshop.run('mdir', ['-i', path, '::']))?.[1].replace(/\s/g, ''),
      );
      workshop.run('mcopy', ['-i', path, workshop.save('filler', noise(8, free - 320_000)), '::/filler']);
      for (let i = 0; i < 120; i += 2) workshop.run('mdel', ['-i', path, `::/small-${i}`]);
      const content = noise(6, 400_001);
      workshop.run('mcopy', ['-i', path, workshop.save('large', content), '::/large']);
      const image = new CountedImage(workshop.load('volume'));
      const system = image.open();
      const large = image.get(system.find('/large'));
      expect(image.get(system.extents(large)).length).toBeGreaterThan(20);
      expect(Buffer.compare(image.get(system.read(large)), content)).toBe(0);
      for (const [offset, maxBytes] of [
        [1, 1],
        [1535, 3],
        [50_000, 30_000],
        [400_000, 9],
      ]) {
        const before = image.sectorsRead;
        const part = image.get(system.read(large, { offset, maxBytes }));
        expect(Buffer.compare(part, content.subarray(offset, offset + maxBytes))).toBe(0);
        expect(image.sectorsRead - before).toBeLessThan(maxBytes / 512 + 70);
      }
      expect(image.get(system.list(image.get(system.find('/')))).length).toBe(62);
    });

    it.skipIf(lacks('mattrib'))('hidden and system files are files (skipped without mattrib)', () => {
      const path = format(48, ['-F', '32']);
      workshop.run('mcopy', ['-i', path, workshop.save('loader', noise(7, 9000)), '::/IO.SYS']);
      workshop.run('mattrib', ['-i', path, '+h', '+s', '+r', '::/IO.SYS']);
      const image = new CountedImage(workshop.load('volume'));
      const system = image.open();
      expect(image.get(system.find('/io.sys'))).toMatchObject({ kind: 'file', bytes: 9000 });
    });
  },
);
