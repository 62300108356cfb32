/** Made images: the same bytes every time, little memory, read back whole, and nothing to complain about for the standard tools. */
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../core/errors.ts';
import { openFileSystem, openPartitions, openPartitionTable, runReading } from '../../guest/media/index.ts';
import { MemoryFile } from '../../host/backends/byte-file.ts';
import { type Disk, MemoryDisk } from '../../host/backends/disk.ts';
import { openImage } from '../../host/backends/image.ts';
import { createDynamicVhd } from '../../host/backends/vhd.ts';
import { CountedImage, lacks, value, Workshop } from '../../test/support/media-tools.ts';
import { type BootImagePlan, makeBootImage, makeDiskImage } from './boot-image.ts';
import { contentOf, type ImageFile, seededBytes } from './content.ts';

const MIB = 1024 * 1024;
const workshop = new Workshop();
afterAll(() => workshop.close());

const FILES: readonly ImageFile[] = [
  { path: '/bootmgr', size: 383_786, seed: 3 },
  { path: '/Windows/System32/winload.exe', size: 600_001, seed: 4 },
  { path: '/Windows/System32/config/SYSTEM', size: 4096, seed: 5 },
  { path: '/boot/a name with blanks, and a very long one.text', bytes: Uint8Array.of(1, 2, 3) },
  { path: '/boot/a name with blanks, and another.text', size: 513 },
  { path: '/empty', size: 0 },
  ...Array.from({ length: 300 }, (_, i) => ({ path: `/many/file-number-${i}.bin`, size: i, seed: i })),
];

function bytesOf({ disk }: { readonly disk: Disk }): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * 512);
  disk.read(0, disk.sectors, bytes);
  return bytes;
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(a, b) === 0;

const PLANS = [
  ['mbr', 'fat32'],
  ['gpt', 'fat32'],
  ['mbr', 'ext4'],
  ['gpt', 'ext4'],
] as const;

describe.each(PLANS)('%s with %s', (table, fileSystem) => {
  const plan: BootImagePlan = {
    table,
    fileSystem,
    files: FILES,
    label: 'BOOT',
    use: fileSystem === 'fat32' ? 'efi-system' : 'data',
  };
  const image = makeBootImage(plan);
  const bytes = bytesOf(image);

  it('is the same every time', () => {
    expect(same(bytesOf(makeBootImage(plan)), bytes)).toBe(true);
  });

  it('holds every file', () => {
    const counted = new CountedImage(bytes);
    const { partitions, notes, kind } = counted.get(openPartitionTable(counted.sectors));
    expect({ kind, notes, problems: partitions.map(({ problem }) => problem) }).toEqual({
      kind: table,
      notes: [],
      problems: [undefined],
    });
    const system = counted.open(partitions[0]);
    expect({ kind: system.kind, label: system.label, notes: system.notes }).toEqual({
      kind: fileSystem,
      label: 'BOOT',
      notes: [],
    });
    const found = counted.files(system);
    for (const file of FILES) expect(same(found.get(file.path), contentOf(file)), file.path).toBe(true);
    found.delete('/lost+found');
    expect(found.size).toBe(FILES.length);
  });

  it.skipIf(lacks('fsck.fat', 'e2fsck'))(
    'pleases fsck.fat and e2fsck (skipped where they are missing)',
    () => {
      const [{ firstLba, sectors }] = image.partitions;
      const path = workshop.save('volume', bytes.subarray(firstLba * 512, (firstLba + sectors) * 512));
      // Both exit with an error for anything that they would change.
      workshop.run(
        fileSystem === 'fat32' ? 'fsck.fat' : 'e2fsck',
        fileSystem === 'fat32' ? ['-n', path] : ['-fn', path],
      );
    },
  );

  it.skipIf(lacks('sfdisk', 'sgdisk'))('pleases sfdisk and sgdisk (skipped where they are missing)', () => {
    const path = workshop.save('disk', bytes);
    expect(workshop.run('sfdisk', ['--verify', path])).toContain('No errors detected');
    if (table === 'gpt') expect(workshop.run('sgdisk', ['--verify', path])).toContain('No problems found');
  });

  it.skipIf(fileSystem !== 'fat32' || lacks('mtype'))(
    'gives mtools its files (skipped where it is missing)',
    () => {
      const [{ firstLba, sectors }] = image.partitions;
      const path = workshop.save('volume', bytes.subarray(firstLba * 512, (firstLba + sectors) * 512));
      workshop.run('mcopy', ['-i', path, '::/windows/system32/winload.exe', workshop.path('out')]);
      expect(same(workshop.load('out'), seededBytes(600_001, 4))).toBe(true);
    },
  );
});

describe('an image', () => {
  it('takes memory only where something was written', () => {
    const { disk } = makeBootImage({
      table: 'gpt',
      fileSystem: 'fat32',
      files: [{ path: '/a', size: MIB }],
      bytes: 256 * MIB,
    });
    expect(disk.sectors * 512).toBe(256 * MIB);
    expect((disk as MemoryDisk).held).toBeLessThan(2 * MIB);
  });

  it.skipIf(lacks('e2fsck'))('of ext4 may have several block groups (skipped without e2fsck)', () => {
    const files = Array.from({ length: 40 }, (_, i) => ({ path: `/folder-${i}/file`, size: 5000, seed: i }));
    const big = { path: '/big', size: 130 * MIB, seed: 99 };
    const image = makeBootImage({
      table: 'mbr',
      fileSystem: 'ext4',
      files: [...files, big],
      bytes: 420 * MIB,
    });
    const [{ firstLba, sectors }] = image.partitions;
    workshop.run('e2fsck', ['-fn', workshop.saveDisk('volume', image.disk, firstLba, sectors)]);
    const read = (lba: number, count: number) => {
      const bytes = new Uint8Array(count * 512);
      image.disk.read(lba, count, bytes);
      return bytes;
    };
    const [partition] = value(runReading(openPartitions(image.disk.sectors), read));
    const system = value(runReading(openFileSystem(partition), read));
    const entry = value(runReading(system.find('/big'), read));
    expect(value(runReading(system.extents(entry), read)).length).toBe(2);
    expect(same(value(runReading(system.read(entry), read)), contentOf(big))).toBe(true);
  });

  it('can have boot code, a second stage behind it, and several partitions', () => {
    const bootCode = seededBytes(440, 7);
    const gap = seededBytes(30_000, 8);
    const partitions = [
      { fileSystem: 'fat32', files: [{ path: '/one', size: 10 }], label: 'FIRST' },
      { fileSystem: 'fat32', files: [{ path: '/two', size: 20 }], bytes: 100 * MIB },
    ] as const;
    const image = makeDiskImage({ table: 'mbr', partitions, bootCode, gap });
    const counted = new CountedImage(bytesOf(image));
    expect(same(counted.bytes.subarray(0, 440), bootCode)).toBe(true);
    expect(same(counted.bytes.subarray(512, 512 + gap.length), gap)).toBe(true);
    const table = counted.get(openPartitionTable(counted.sectors));
    expect(table.partitions.map(({ firstLba, sectors }) => [firstLba, sectors])).toEqual([
      [2048, 48 * 2048],
      [2048 + 48 * 2048, 100 * 2048],
    ]);
    expect(counted.open(table.partitions[1]).label).toBe('');
  });

  it('can be made on a dynamic VHD, which grows by little more than the files', () => {
    const file = new MemoryFile();
    const vhd = createDynamicVhd(file, 256 * MIB);
    if (Array.isArray(vhd)) throw new Error('no VHD');
    const image = makeBootImage({ table: 'gpt', fileSystem: 'ext4', files: FILES, disk: vhd });
    expect(image.disk).toBe(vhd);
    const disk = openImage(file);
    if (Array.isArray(disk)) throw new Error(disk[0].message);
    expect(file.size).toBeLessThan(16 * MIB);
    const counted = new CountedImage(bytesOf({ disk }));
    const found = counted.files(counted.open(counted.get(openPartitions(counted.sectors))[0]));
    expect(FILES.filter((entry) => !same(found.get(entry.path), contentOf(entry)))).toEqual([]);
  });

  it.skipIf(lacks('debugfs'))('of ext4 gives debugfs its files (skipped where it is missing)', () => {
    const image = makeBootImage({ table: 'mbr', fileSystem: 'ext4', files: FILES });
    const [{ firstLba, sectors }] = image.partitions;
    const volume = workshop.saveDisk('volume', image.disk, firstLba, sectors);
    workshop.run('debugfs', ['-R', `dump /Windows/System32/winload.exe ${workshop.path('out')}`, volume]);
    expect(same(workshop.load('out'), seededBytes(600_001, 4))).toBe(true);
  });
});

describe('what cannot be made', () => {
  const base = { table: 'mbr', fileSystem: 'fat32', files: [] } as const;
  const refusal = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      if (error instanceof UserError)
        return error.issues.map(({ path, kind }) => `${path} ${kind}`).join(', ');
      throw error;
    }
    return 'made';
  };

  it.each([
    [
      'two files of one name',
      {
        files: [
          { path: '/a', size: 1 },
          { path: '/A', size: 1 },
        ],
      },
      '/A bad-path',
    ],
    [
      'a file below a file',
      {
        files: [
          { path: '/a', size: 1 },
          { path: '/a/b', size: 1 },
        ],
      },
      '/a/b bad-path',
    ],
    ['a name that FAT forbids', { files: [{ path: '/a?', size: 1 }] }, '/a? bad-path'],
    ['no name', { files: [{ path: '/', size: 1 }] }, '/ bad-path'],
    [
      'more than the disk holds',
      { bytes: 64 * MIB, files: [{ path: '/a', size: 70 * MIB }] },
      'files too-large',
    ],
    ['FAT32 on a small disk', { bytes: 16 * MIB }, 'size too-small'],
    ['a gap with a GPT', { table: 'gpt', gap: new Uint8Array(5) }, 'gap too-large'],
    ['a disk that is too small', { disk: new MemoryDisk(100) }, 'bytes too-small'],
    ['a disk that cannot be written', { disk: new MemoryDisk(98 * 1024, { readOnly: true }) }, 'disk full'],
  ] as const)('is said: %s', (_what, change, issue) => {
    expect(refusal(() => makeBootImage({ ...base, ...change } as BootImagePlan))).toBe(issue);
  });
});
