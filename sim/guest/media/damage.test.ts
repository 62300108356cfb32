/** Tables and file systems that lie: each has its problem, every walk ends, and the image is as it was. */
import { describe, expect, it } from 'vitest';
import { CountedImage, goldenImage, value } from '../../test/support/media-tools.ts';
import { crc32 } from '../../wire/crc.ts';
import { openFileSystem, openPartitionTable, type Partition, type Problem } from './index.ts';

const MBR = goldenImage('mbr').bytes;
const GPT = goldenImage('gpt').bytes;
const FAT16_AT = 2048 * 512;
const EXT4_AT = 12_288 * 512;
const EXT2_AT = 22_528 * 512;

/** A copy of an image that a test may spoil. */
class Spoiled extends CountedImage {
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    super(bytes.slice());
    this.view = new DataView(this.bytes.buffer);
  }

  u8(at: number, byte: number): this {
    this.bytes[at] = byte;
    return this;
  }

  u16(at: number, number: number): this {
    this.view.setUint16(at, number, true);
    return this;
  }

  u32(at: number, number: number): this {
    this.view.setUint32(at, number, true);
    return this;
  }

  table() {
    return this.get(openPartitionTable(this.sectors));
  }

  partition(index: number): Partition {
    return this.table().partitions.find((partition) => partition.index === index) as Partition;
  }

  /** What `path` in a partition gives: its bytes, or the problem. */
  read(index: number, path: string): Uint8Array | Problem {
    const before = this.bytes.slice();
    const result = this.#read(index, path);
    expect(Buffer.compare(this.bytes, before), 'the image was written').toBe(0);
    return result;
  }

  #read(index: number, path: string): Uint8Array | Problem {
    const opened = this.run(openFileSystem(this.partition(index)), 1000);
    if (!opened.ok) return opened.problem;
    const entry = this.run(opened.value.find(path), 20_000);
    if (!entry.ok) return entry.problem;
    if (entry.value.kind === 'directory') {
      const list = this.run(opened.value.list(entry.value), 20_000);
      return list.ok ? new Uint8Array(list.value.length) : list.problem;
    }
    const content = this.run(opened.value.read(entry.value), 20_000);
    return content.ok ? content.value : content.problem;
  }
}

/** A problem whose message says so. */
const says = (text: string) => ({ kind: 'damaged', message: expect.stringMatching(new RegExp(text)) });

const RECORD = (slot: number) => 446 + slot * 16;
const START = 8;
const SIZE = 12;

describe('an MBR', () => {
  it.each([
    ['a partition that ends beyond the disk', RECORD(0) + SIZE, 0xffff_ffff, 1, 'beyond-disk'],
    ['a partition that starts beyond the disk', RECORD(0) + START, 0x7fff_ffff, 1, 'beyond-disk'],
    ['a partition of no sectors', RECORD(0) + SIZE, 0, 1, 'empty'],
    ['a partition that starts in the table', RECORD(0) + START, 0, 1, 'overlap'],
    ['a partition that reaches into another', RECORD(0) + SIZE, 12_000, 1, 'overlap'],
    [
      'a logical partition that ends beyond the disk',
      10_240 * 512 + RECORD(0) + SIZE,
      0x00ff_ffff,
      5,
      'beyond-disk',
    ],
  ])('%s is listed with its problem and not read', (_what, at, number, index, kind) => {
    const image = new Spoiled(MBR).u32(at, number);
    expect(image.partition(index).problem?.kind).toBe(kind);
    expect(image.read(index, '/')).toMatchObject({ kind });
  });

  it('both of two partitions that overlap are kept from being read', () => {
    const image = new Spoiled(MBR).u32(RECORD(0) + SIZE, 12_000);
    expect(image.table().partitions.map(({ index, problem }) => [index, problem?.kind])).toEqual([
      [1, 'overlap'],
      [2, undefined],
      [5, 'overlap'],
      [6, undefined],
    ]);
  });

  it.each([
    ['that comes back to its start', (image: Spoiled, next: number) => image.u32(next, 0), 'loop'],
    [
      'that leaves the extended partition',
      (image: Spoiled, next: number) => image.u32(next, 0x00ff_0000),
      'beyond-disk',
    ],
    [
      'with a link that is none',
      (image: Spoiled) => image.u16(22_528 * 512 - 2048 * 512 + 510, 0),
      'damaged',
    ],
  ] as const)('a chain %s ends, and says so', (_what, spoil, kind) => {
    const image = new Spoiled(MBR);
    spoil(image, 10_240 * 512 + RECORD(1) + START);
    const { partitions, notes } = image.table();
    expect(notes.map((note) => note.kind)).toEqual([kind]);
    expect(partitions.map(({ index }) => index)).toEqual([1, 2, 5]);
    expect(image.reads).toBeLessThan(10);
  });

  it('a chain of many links ends', () => {
    const image = new Spoiled(MBR);
    const first = 10_240;
    for (let i = 0; i < 400; i++) {
      const at = (first + i) * 512;
      image.bytes.copyWithin(at, first * 512, (first + 1) * 512);
      image
        .u32(at + RECORD(1) + START, i + 1)
        .u32(at + RECORD(0) + START, 1000)
        .u32(at + RECORD(0) + SIZE, 1);
    }
    const { partitions, notes } = image.table();
    expect(notes.map((note) => note.kind)).toEqual(['too-large']);
    expect(partitions.length).toBe(130);
  });

  it.each([
    ['is blank', (image: Spoiled) => image.bytes.fill(0, 0, 70_000), 'no-table'],
    ['has lost its signature', (image: Spoiled) => image.u16(510, 0), 'no-table'],
    ['names nothing', (image: Spoiled) => image.bytes.fill(0, 446, 510), 'no-table'],
  ] as const)('a disk that %s has no table', (_what, spoil, kind) => {
    const image = new Spoiled(MBR);
    spoil(image);
    expect(image.problem(openPartitionTable(image.sectors))).toMatchObject({ kind });
  });

  it('a disk of no sectors, and one that does not answer, are said', () => {
    expect(new Spoiled(MBR).problem(openPartitionTable(0))).toMatchObject({ kind: 'empty' });
    const reading = openPartitionTable(100);
    reading.next();
    expect(reading.next(new Uint8Array(0)).value).toMatchObject({
      ok: false,
      problem: { kind: 'unreadable' },
    });
  });
});

/** Writes a GPT header's checksum anew, and that of its entries: a lie that nobody can tell by sums. */
function sum(image: Spoiled, at: number, entriesAt: number): Spoiled {
  image.u32(at + 88, crc32(image.bytes.subarray(entriesAt, entriesAt + 128 * 128)));
  image.u32(at + 16, 0);
  return image.u32(at + 16, crc32(image.bytes.subarray(at, at + 92)));
}

describe('a GPT with checksums that hold', () => {
  const ENTRY = 1024;
  it.each([
    ['that ends beyond the usable sectors', ENTRY + 40, 0x00ff_ffff, 'beyond-disk'],
    ['that starts before them', ENTRY + 32, 1, 'beyond-disk'],
    ['whose end lies before its start', ENTRY + 40, 5, 'empty'],
    ['that reaches into another', ENTRY + 32, 3000, 'overlap'],
  ])('a partition %s has its problem', (_what, at, number, kind) => {
    const image = sum(new Spoiled(GPT).u32(at, number), 512, ENTRY);
    expect(image.partition(1).problem?.kind).toBe(kind);
    expect(image.table().notes).toEqual([]);
  });

  it.each([
    ['lies elsewhere', 24, 7],
    ['has entries beyond the disk', 72, 0x7fff_ffff],
    ['has entries in the first sector', 72, 0],
    ['has a million entries', 80, 1_000_000],
    ['has entries of 100 bytes', 84, 100],
    ['has entries of 2 GiB', 84, 0x8000_0000],
    ['allows sectors beyond the disk', 48, 0x7fff_ffff],
    ['has a size of 0', 12, 0],
    ['has a size of 4 GiB', 12, 0xffff_ffff],
    ['has another revision', 8, 0x0002_0000],
  ])('a header that %s gives way to the copy', (_what, field, number) => {
    const image = new Spoiled(GPT).u32(512 + field, number);
    image.u32(512 + 16, 0);
    image.u32(512 + 16, crc32(image.bytes.subarray(512, 512 + 92)));
    const { partitions, notes } = image.table();
    expect(notes.map(({ kind }) => kind)).toEqual(['recovered']);
    expect(partitions.map(({ index }) => index)).toEqual([1, 2]);
    expect(image.reads).toBeLessThan(6);
  });
});

/** Places in the FAT16 volume: sectors of 512 bytes, one per cluster, one reserved. */
const fat = (image: CountedImage) => {
  const view = new DataView(image.bytes.buffer, FAT16_AT);
  const reserved = view.getUint16(14, true);
  const rootAt = FAT16_AT + (reserved + 2 * view.getUint16(22, true)) * 512;
  /** Entry of the first FAT. */
  const entry = (cluster: number) => FAT16_AT + reserved * 512 + cluster * 2;
  /** The directory entry with a short name. */
  const named = (short: string) => {
    for (let at = rootAt; ; at += 32)
      if (Buffer.from(image.bytes.subarray(at, at + 11)).toString('latin1') === short) return at;
  };
  return { entry, named };
};

describe('a FAT volume', () => {
  it.each([
    ['sectors of 0 bytes', 11, 0],
    ['sectors of 513 bytes', 11, 513],
    ['sectors of 32 KiB', 11, 0x8000],
    ['clusters of 3 sectors', 13, 0x0103],
    ['no reserved sectors', 14, 0],
    ['65535 reserved sectors', 14, 0xffff],
    ['255 FATs', 16, 0x02ff],
    ['a FAT of 65535 sectors', 22, 0xffff],
    ['a FAT of one sector', 22, 1],
    ['65535 sectors', 19, 0xffff],
    ['3 sectors', 19, 3],
  ])('of %s is refused', (_what, at, number) => {
    const image = new Spoiled(MBR).u16(FAT16_AT + at, number);
    if (at === 19) image.u32(FAT16_AT + 32, 0);
    const { kind } = image.problem(openFileSystem(image.partition(1)));
    expect(['damaged', 'no-file-system']).toContain(kind);
    expect(image.reads).toBeLessThan(20);
  });

  const SPOILS: readonly (readonly [string, (image: Spoiled, cluster: number) => unknown, string])[] = [
    [
      'that comes back to itself',
      (image, cluster) => image.u16(fat(image).entry(cluster + 2), cluster),
      'loop',
    ],
    ['that names itself', (image, cluster) => image.u16(fat(image).entry(cluster), cluster), 'loop'],
    ['that leaves the volume', (image, cluster) => image.u16(fat(image).entry(cluster), 0xfff0), 'damaged'],
    [
      'that goes on at a free cluster',
      (image, cluster) => image.u16(fat(image).entry(cluster), 0),
      'damaged',
    ],
    [
      'that goes on at a bad cluster',
      (image, cluster) => image.u16(fat(image).entry(cluster), 0xfff7),
      'damaged',
    ],
    ['that ends too early', (image, cluster) => image.u16(fat(image).entry(cluster + 1), 0xffff), 'damaged'],
  ];

  it.each(SPOILS)('a chain of clusters %s is a problem', (_what, spoil, kind) => {
    const image = new Spoiled(MBR);
    const cluster = image.view.getUint16(fat(image).named('EXACT      ') + 26, true);
    spoil(image, cluster);
    expect(image.read(1, '/exact')).toMatchObject({ kind });
    expect(image.read(1, '/empty')).toEqual(new Uint8Array(0));
  });

  it.each([
    ['a file of 4 GiB', 28, 0xffff_ffff, 'damaged'],
    ['a file one byte longer than its clusters', 28, 4097, 'damaged'],
    ['a file that starts beyond the volume', 26, 0xfff0_1000 >>> 16, 'damaged'],
  ])('%s is a problem', (_what, at, number, kind) => {
    const image = new Spoiled(MBR);
    const entry = fat(image).named('EXACT      ');
    if (at === 28) image.u32(entry + at, number);
    else image.u16(entry + at, number);
    expect(image.read(1, '/exact')).toMatchObject({ kind });
  });

  it('a directory that is its own child ends with the path', () => {
    const image = new Spoiled(MBR);
    const entry = fat(image).named('A          ');
    const cluster = image.view.getUint16(entry + 26, true);
    const data = image.get(image.open(image.partition(1)).find('/a')).id;
    expect(data).toBe(cluster);
    // The entry of /a/b names /a.
    const { rootAt, dataAt } = fatPlaces(image);
    expect(rootAt).toBeLessThan(dataAt);
    for (let at = dataAt + (cluster - 2) * 512; ; at += 32)
      if (image.bytes[at] === 0x42 && image.bytes[at + 1] === 0x20) {
        image.u16(at + 26, cluster);
        break;
      }
    expect(image.read(1, `/a${'/b'.repeat(200)}`)).toBeInstanceOf(Uint8Array);
    expect(image.read(1, `/a${'/b'.repeat(2000)}`)).toMatchObject({ kind: 'bad-path' });
  });

  it('a file whose size says nothing is empty, and clusters shared with another file are read as they are', () => {
    const image = new Spoiled(MBR);
    const places = fat(image);
    const exact = image.read(1, '/exact');
    image.u16(places.named('EMPTY      ') + 26, image.view.getUint16(places.named('EXACT      ') + 26, true));
    image.u32(places.named('EMPTY      ') + 28, 4096);
    expect(image.read(1, '/empty')).toEqual(exact);
  });
});

function fatPlaces(image: Spoiled): { rootAt: number; dataAt: number } {
  const at = (offset: number) => image.view.getUint16(FAT16_AT + offset, true);
  const rootAt = FAT16_AT + (at(14) + 2 * at(22)) * 512;
  return { rootAt, dataAt: rootAt + at(17) * 32 };
}

describe('an ext volume', () => {
  const SUPER = EXT2_AT + 1024;
  it.each([
    ['blocks of 2^42 bytes', 24, 32],
    ['more blocks than its partition', 4, 0x00ff_ffff],
    ['no blocks', 4, 0],
    ['no blocks in a group', 32, 0],
    ['a billion blocks in a group', 32, 1_000_000_000],
    ['no inodes in a group', 40, 0],
    ['more inodes than its groups', 0, 0x7fff_ffff],
    ['no inodes', 0, 0],
    ['inodes of 3 bytes', 88, 3],
    ['inodes of 32 KiB', 88, 0x8000],
    ['another first block', 20, 77],
    ['a feature of the future', 96, 0x8000_0002],
    ['no magic number', 56, 0],
  ])('with %s is refused', (_what, at, number) => {
    const image = new Spoiled(MBR);
    if (at === 88 || at === 56) image.u16(SUPER + at, number);
    else image.u32(SUPER + at, number);
    const { kind } = image.problem(openFileSystem(image.partition(6)));
    expect(['damaged', 'unsupported', 'no-file-system']).toContain(kind);
    expect(image.reads).toBeLessThan(20);
  });

  it('under checksum says which part does not match', () => {
    const places = ext(new Spoiled(MBR), EXT4_AT);
    const spoiled = (at: number) => {
      const image = new Spoiled(MBR);
      return image.u8(at, image.bytes[at] ^ 1).read(5, '/exact');
    };
    expect(spoiled(EXT4_AT + 1024 + 12)).toMatchObject(says('superblock does not match its checksum'));
    expect(spoiled(places.descriptor)).toMatchObject(says('descriptor of group 0 does not match'));
    expect(spoiled(places.inode(places.number('/exact')) + 4)).toMatchObject(
      says('Inode \\d+ does not match'),
    );
    expect(spoiled(places.block('/') + 60)).toMatchObject(says('Block 0 of the directory / does not match'));
  });

  /** A volume without checksums, in which a lie is not told by its sum. */
  const lie = (path: string, spoil: (image: Spoiled, inode: number) => unknown) => {
    const image = new Spoiled(MBR);
    const places = ext(image, EXT2_AT);
    spoil(image, places.inode(places.number(path)));
    return image.read(6, path);
  };

  it.each([
    [
      'an inode table beyond the volume',
      (image: Spoiled) => image.u32(ext(image, EXT2_AT).descriptor + 8, 0x00ff_ffff),
    ],
    [
      'a file in blocks beyond the volume',
      (image: Spoiled, inode: number) => image.u32(inode + 40, 0x00ff_ffff),
    ],
    ['an inode that is not in use', (image: Spoiled, inode: number) => image.u16(inode, 0)],
    [
      'a file with extents of no magic number',
      (image: Spoiled, inode: number) => image.u32(inode + 32, 0x8_0000),
    ],
  ])('%s is a problem', (_what, spoil) => {
    expect(lie('/exact', spoil)).toMatchObject({ kind: 'damaged' });
  });

  it('a table of blocks that names itself ends', () => {
    const kernel = lie('/boot/initrd.img-6.1.0', (image, inode) => {
      const table = image.view.getUint32(inode + 40 + 12 * 4, true);
      image.u32(inode + 4, 2 ** 31 - 1);
      image.u32(inode + 40 + 13 * 4, table);
      for (let i = 0; i < 256; i++) image.u32(EXT2_AT + table * 1024 + i * 4, table);
    });
    expect(kernel).toMatchObject({ kind: 'loop' });
  });

  it('a file that says it has terabytes is not read at once, and a part of it can be', () => {
    const image = new Spoiled(MBR);
    const places = ext(image, EXT2_AT);
    image.u32(places.inode(places.number('/exact')) + 108, 0x40);
    expect(image.read(6, '/exact')).toMatchObject({ kind: 'too-large' });
    const system = image.open(image.partition(6));
    expect(image.get(system.read(image.get(system.find('/exact')), { maxBytes: 4096 }))).toEqual(
      goldenImage('mbr').get(system.read(image.get(system.find('/exact')), { maxBytes: 4096 })),
    );
  });

  it('a directory entry that names no inode, a slash or too long a record is a problem', () => {
    const spoiled = (spoil: (image: Spoiled, at: number) => unknown) => {
      const image = new Spoiled(MBR);
      spoil(image, ext(image, EXT2_AT).block('/'));
      return image.read(6, '/');
    };
    for (const spoil of [
      (image: Spoiled, at: number) => image.u32(at + 24, 0x00ff_ffff),
      (image: Spoiled, at: number) => image.u16(at + 4, 0),
      (image: Spoiled, at: number) => image.u16(at + 4, 0xfffc),
      (image: Spoiled, at: number) => image.u16(at + 4, 13),
      (image: Spoiled, at: number) => image.u8(at + 24 + 6, 255),
      (image: Spoiled, at: number) => image.u8(at + 24 + 8, 0x2f),
    ])
      expect(spoiled(spoil)).toMatchObject({ kind: 'damaged' });
  });

  it('a directory that is its own child ends with the path', () => {
    const image = new Spoiled(MBR);
    const places = ext(image, EXT2_AT);
    const a = places.number('/a');
    const block = places.block('/a');
    image.u32(block + 24, a);
    expect(image.read(6, `/a${'/b'.repeat(200)}`)).toBeInstanceOf(Uint8Array);
    expect(image.read(6, `/a${'/b'.repeat(2000)}`)).toMatchObject({ kind: 'bad-path' });
  });

  it.each([
    ['beyond the volume', (image: Spoiled, extent: number) => image.u32(extent + 8, 0x00ff_ffff)],
    ['of no blocks', (image: Spoiled, extent: number) => image.u16(extent + 4, 0)],
    ['of a depth that is a lie', (image: Spoiled, extent: number) => image.u16(extent - 12 + 6, 5)],
    ['of a depth that cannot be', (image: Spoiled, extent: number) => image.u16(extent - 12 + 6, 500)],
    ['with more entries than fit', (image: Spoiled, extent: number) => image.u16(extent - 12 + 2, 5)],
    ['with room for more than fit', (image: Spoiled, extent: number) => image.u16(extent - 12 + 4, 400)],
    ['without magic number', (image: Spoiled, extent: number) => image.u16(extent - 12, 0)],
  ])('an extent tree %s is a problem', (_what, spoil) => {
    const image = withoutChecksums();
    const places = ext(image, EXT4_AT);
    spoil(image, places.inode(places.number('/exact')) + 40 + 12);
    expect(image.read(5, '/exact')).toMatchObject({ kind: 'damaged' });
  });
});

/** The ext4 volume without metadata_csum: what its sums said no longer counts. */
function withoutChecksums(): Spoiled {
  const image = new Spoiled(MBR);
  const at = EXT4_AT + 1024 + 100;
  return image.u32(at, image.view.getUint32(at, true) & ~0x410);
}

/** Places in an ext volume with blocks of 1 KiB and one group. */
function ext(image: Spoiled, at: number) {
  const clean = new CountedImage(MBR);
  const index = at === EXT4_AT ? 5 : 6;
  const { partitions } = clean.get(openPartitionTable(clean.sectors));
  const system = clean.open(partitions.find((partition) => partition.index === index));
  const inodeBytes = image.view.getUint16(at + 1024 + 88, true);
  const descriptor = at + 2048;
  const table = at + image.view.getUint32(descriptor + 8, true) * 1024;
  const number = (path: string) => clean.get(system.find(path)).id;
  const inode = (id: number) => table + (id - 1) * inodeBytes;
  const block = (path: string) => {
    const place = inode(number(path)) + 40;
    const extents = (image.view.getUint32(place - 8, true) & 0x8_0000) !== 0;
    return at + image.view.getUint32(extents ? place + 12 + 8 : place, true) * 1024;
  };
  return { descriptor, number, inode, block };
}

describe('other contents', () => {
  it.each([
    ['NTFS', 3, 'NTFS    '],
    ['exFAT', 3, 'EXFAT   '],
    ['XFS', 0, 'XFSB'],
    ['LUKS', 0, 'LUKS'],
    ['Btrfs', 65_600, '_BHRfS_M'],
  ])('%s is called by its name', (name, at, mark) => {
    const image = new Spoiled(MBR);
    image.bytes.set(new TextEncoder().encode(mark), FAT16_AT + at);
    const { kind, message } = image.problem(openFileSystem(image.partition(1)));
    expect(kind).toBe('unsupported');
    expect(message).toContain(name);
  });

  it('a disk that is one file system has a table of kind none', () => {
    for (const at of [FAT16_AT, EXT2_AT]) {
      const image = new CountedImage(
        MBR.slice(at, at + 3 * 1024 * 1024 + (at === FAT16_AT ? 1024 * 1024 : 0)),
      );
      const { kind, partitions } = image.get(openPartitionTable(image.sectors));
      expect(kind).toBe('none');
      expect(value(image.run(image.open(partitions[0]).find('/exact'))).bytes).toBe(4096);
    }
  });
});
