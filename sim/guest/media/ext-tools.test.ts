/** Volumes that mke2fs made, in the sets of features that a guest may meet: every file is found and has its bytes. */
import { closeSync, linkSync, mkdirSync, openSync, symlinkSync, truncateSync, writeSync } from 'node:fs';
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

/** Pieces of a file with a hole behind each. */
const PIECES = 900;
const files = sampleFiles();

beforeAll(() => {
  if (lacks('mke2fs')) return;
  for (const [path, bytes] of files) workshop.save(`content${path}`, bytes);
  const at = (path: string) => workshop.path(`content${path}`);
  mkdirSync(at('/links'));
  symlinkSync('../boot/vmlinuz', at('/links/relative'));
  symlinkSync('/boot/vmlinuz', at('/links/absolute'));
  symlinkSync(`${'../links/'.repeat(20)}relative`, at('/links/long'));
  symlinkSync('../boot', at('/links/folder'));
  symlinkSync('circle', at('/links/circle'));
  symlinkSync('nowhere', at('/links/dangling'));
  linkSync(at('/boot/vmlinuz'), at('/links/hard'));
  const holes = openSync(at('/holes'), 'w');
  for (let i = 0; i < PIECES; i++) writeSync(holes, noise(i, 4096), 0, 4096, i * 8192);
  closeSync(holes);
  truncateSync(at('/holes'), PIECES * 8192 + 12_345);
  const full = new Uint8Array(PIECES * 8192 + 12_345);
  for (let i = 0; i < PIECES; i++) full.set(noise(i, 4096), i * 8192);
  files.set('/holes', full);
  files.set('/links/hard', files.get('/boot/vmlinuz') as Uint8Array);
});

function volume(type: string, options: readonly string[], megabytes = 32): CountedImage {
  const path = workshop.blank('volume', megabytes * 1024 * 1024);
  workshop.run('mke2fs', [
    '-q',
    '-F',
    '-t',
    type,
    '-d',
    workshop.path('content'),
    '-L',
    'root',
    ...options,
    path,
  ]);
  return new CountedImage(workshop.load('volume'));
}

type FeatureSet = readonly [title: string, type: string, options: readonly string[], kind: string];
const SETS: readonly FeatureSet[] = [
  ['ext4 as by default', 'ext4', [], 'ext4'],
  ['ext4, blocks of 1 KiB', 'ext4', ['-b', '1024'], 'ext4'],
  ['ext4, blocks of 2 KiB', 'ext4', ['-b', '2048'], 'ext4'],
  [
    'ext4 without 64bit and checksums',
    'ext4',
    ['-O', '^64bit,^metadata_csum,uninit_bg', '-b', '1024'],
    'ext4',
  ],
  [
    'ext4 without journal and flex_bg',
    'ext4',
    ['-O', '^has_journal,^flex_bg,^resize_inode', '-b', '1024'],
    'ext4',
  ],
  ['ext4 with meta_bg', 'ext4', ['-O', 'meta_bg,^resize_inode', '-b', '1024', '-g', '1024'], 'ext4'],
  [
    'ext4 with sparse_super2 and meta_bg',
    'ext4',
    ['-O', 'sparse_super2,meta_bg,^resize_inode,^64bit', '-b', '1024', '-g', '1024'],
    'ext4',
  ],
  ['ext4 with metadata_csum_seed', 'ext4', ['-O', 'metadata_csum_seed'], 'ext4'],
  ['ext4 with bigalloc', 'ext4', ['-O', 'bigalloc', '-C', '16384'], 'ext4'],
  ['ext4 with small inodes', 'ext4', ['-I', '128'], 'ext4'],
  ['ext4 with large inodes', 'ext4', ['-I', '1024'], 'ext4'],
  ['ext4 without dir_index and filetype', 'ext4', ['-O', '^dir_index,^filetype'], 'ext4'],
  ['ext4 with block maps', 'ext4', ['-O', '^extent,^64bit'], 'ext4'],
  ['ext3', 'ext3', [], 'ext3'],
  ['ext2', 'ext2', ['-b', '1024'], 'ext2'],
  ['ext2, blocks of 4 KiB', 'ext2', ['-b', '4096'], 'ext2'],
  ['ext2 of revision 0', 'ext2', ['-r', '0', '-b', '1024'], 'ext2'],
];

describe.skipIf(lacks('mke2fs'))('volumes of mke2fs (skipped where it is missing)', () => {
  it.each(SETS)('%s: every file has its bytes', (_title, type, options, kind) => {
    const image = volume(type, options);
    const before = image.bytes.slice();
    const system = image.open();
    expect({ kind: system.kind, notes: system.notes }).toEqual({ kind, notes: [] });
    if (!options.includes('-r')) expect(system.label).toBe('root');
    expect(differences(image.files(system), files)).toEqual([]);
    expect(Buffer.compare(image.bytes, before)).toBe(0);
  });

  it('blocks of 64 KiB, which no x86 kernel mounts, are read as well', () => {
    const image = volume('ext4', ['-b', '65536', '-O', '^has_journal'], 192);
    expect(differences(image.files(image.open()), files)).toEqual([]);
  });

  it.skipIf(lacks('e2fsck', 'debugfs'))(
    'a hashed directory is read as a linear one (skipped without e2fsck and debugfs)',
    () => {
      volume('ext4', ['-b', '1024']);
      const path = workshop.path('volume');
      workshop.run('e2fsck', ['-fyD', path]);
      expect(workshop.run('debugfs', ['-R', 'htree_dump /many', path])).toContain('Indirect levels: ');
      const image = new CountedImage(workshop.load('volume'));
      expect(differences(image.files(image.open()), files)).toEqual([]);
    },
  );

  it('symbolic links lead where they say, and circles end', () => {
    const image = volume('ext4', []);
    const system = image.open();
    const kernel = image.get(system.find('/boot/vmlinuz'));
    for (const link of [
      'relative',
      'absolute',
      'long',
      'hard',
      'folder/vmlinuz',
      'folder/../links/./relative',
    ])
      expect(image.get(system.find(`/links/${link}`)).id, link).toBe(kernel.id);
    expect(image.problem(system.find('/links/circle'))).toMatchObject({ kind: 'loop' });
    expect(image.problem(system.find('/links/dangling'))).toMatchObject({ kind: 'not-found' });
    expect(image.problem(system.find('/boot/vmlinuz/x'))).toMatchObject({ kind: 'not-a-directory' });
    const listed = image.get(system.list(image.get(system.find('/links'))));
    expect(
      listed
        .filter(({ kind }) => kind === 'link')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['absolute', 'circle', 'dangling', 'folder', 'long', 'relative']);
  });

  it('parts of a file are read without the rest', () => {
    const image = volume('ext4', []);
    const system = image.open();
    const kernel = image.get(system.find('/boot/vmlinuz'));
    const whole = files.get('/boot/vmlinuz') as Uint8Array;
    for (const [offset, maxBytes] of [
      [0, 1],
      [511, 2],
      [100_000, 70_000],
      [1_499_999, 100],
      [1_500_000, 5],
      [9e9, 5],
    ]) {
      const before = image.sectorsRead;
      const part = image.get(system.read(kernel, { offset, maxBytes }));
      expect(Buffer.compare(part, whole.subarray(offset, offset + maxBytes))).toBe(0);
      expect(image.sectorsRead - before).toBeLessThan(maxBytes / 512 + 30);
    }
  });

  it('what is asked of the wrong kind is a problem', () => {
    const image = volume('ext4', []);
    const system = image.open();
    const root = image.get(system.find('/'));
    const kernel = image.get(system.find('/boot/vmlinuz'));
    expect(image.problem(system.read(root))).toMatchObject({ kind: 'not-a-file' });
    expect(image.problem(system.list(kernel))).toMatchObject({ kind: 'not-a-directory' });
  });

  it.each([
    ['inline_data', ['-O', 'inline_data']],
    ['casefold', ['-O', 'casefold']],
    ['encrypt', ['-O', 'encrypt']],
  ])('%s is refused by its name', (feature, options) => {
    const path = workshop.blank('volume', 16 * 1024 * 1024);
    workshop.run('mke2fs', ['-q', '-F', '-t', 'ext4', ...options, path]);
    const image = new CountedImage(workshop.load('volume'));
    expect(() => image.open()).toThrow(new RegExp(`unsupported.*${feature}`));
  });

  it.skipIf(lacks('debugfs'))(
    'a journal that waits is said, and the volume is read as it lies (skipped without debugfs)',
    () => {
      volume('ext4', []);
      workshop.run('debugfs', ['-w', '-R', 'feature needs_recovery', workshop.path('volume')]);
      const image = new CountedImage(workshop.load('volume'));
      const system = image.open();
      expect(system.notes.map(({ kind }) => kind)).toEqual(['needs-recovery']);
      expect(differences(image.files(system), files)).toEqual([]);
    },
  );
});
