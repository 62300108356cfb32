import { describe, expect, it } from 'vitest';
import { vhdChecksum } from '../../wire/vhd.ts';
import { MemoryFile } from './byte-file.ts';
import { SECTOR_BYTES } from './disk.ts';
import { contents, firstDifference, opened, pattern, random, refused } from './testing.ts';
import { createDynamicVhd, createFixedVhd, openVhd, repairVhd } from './vhd.ts';

const BLOCK = 4096;
const SECTORS = 64;
const TABLE = 1536;
/** First block: table of eight entries in one sector, then the blocks. */
const FIRST_BLOCK = TABLE + 512;

/** A dynamic VHD of eight blocks of 4 KiB, five of them present. */
function dynamicImage(): Uint8Array {
  const file = new MemoryFile();
  const disk = opened(createDynamicVhd(file, SECTORS * SECTOR_BYTES, { blockBytes: BLOCK }));
  disk.write(4, 36, pattern(3, 36));
  return file.bytes();
}

function fixedImage(): Uint8Array {
  const file = new MemoryFile();
  opened(createFixedVhd(file, SECTORS * SECTOR_BYTES)).write(0, SECTORS, pattern(4, SECTORS));
  return file.bytes();
}

/** Puts a big-endian number of `width` bytes and mends the checksum of the structure at `base`. */
function put(
  bytes: Uint8Array,
  base: number,
  length: number,
  checksumAt: number,
  at: number,
  width: number,
  value: bigint,
) {
  for (let i = 0; i < width; i++)
    bytes[base + at + i] = Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn);
  const part = bytes.subarray(base, base + length);
  new DataView(part.buffer, part.byteOffset).setUint32(checksumAt, vhdChecksum(part, checksumAt));
}

/** Changes both footers, so that the change is what is read. */
function footers(bytes: Uint8Array, at: number, width: number, value: bigint): Uint8Array {
  put(bytes, bytes.length - 512, 512, 64, at, width, value);
  if (bytes[0] === 0x63) put(bytes, 0, 512, 64, at, width, value);
  return bytes;
}

const header = (bytes: Uint8Array, at: number, width: number, value: bigint): Uint8Array => {
  put(bytes, 512, 1024, 36, at, width, value);
  return bytes;
};

const entry = (bytes: Uint8Array, index: number, sector: number): Uint8Array => {
  new DataView(bytes.buffer).setUint32(TABLE + index * 4, sector);
  return bytes;
};

const without = (bytes: Uint8Array, at: number): Uint8Array => {
  bytes[at] ^= 0xff;
  return bytes;
};

/** Every class of damage that cannot be opened: how it is made, and the path and kind that are reported. */
const REFUSED: [string, () => Uint8Array, string, string][] = [
  ['an empty file', () => new Uint8Array(0), 'footer.cookie', 'not-vhd'],
  ['a file shorter than a footer', () => dynamicImage().slice(0, 300), 'footer.cookie', 'not-vhd'],
  ['a file of zeros', () => new Uint8Array(8192), 'footer.cookie', 'not-vhd'],
  ['a fixed disk without its end', () => fixedImage().slice(0, -512), 'footer.cookie', 'not-vhd'],
  [
    'a fixed disk with a wrong checksum',
    () => without(fixedImage(), SECTORS * 512 + 64),
    'footer.checksum',
    'damaged',
  ],
  ['a fixed disk cut in the middle', () => fixedImage().slice(512), 'footer.currentSize', 'truncated'],
  [
    'a dynamic disk with both footers wrong',
    () => without(without(dynamicImage(), 20), dynamicImage().length - 1),
    'footer.checksum',
    'damaged',
  ],
  ['version 2.0', () => footers(dynamicImage(), 12, 4, 0x20000n), 'footer.version', 'unsupported'],
  ['an unknown feature', () => footers(dynamicImage(), 8, 4, 6n), 'footer.version', 'unsupported'],
  ['disk type 0', () => footers(dynamicImage(), 60, 4, 0n), 'footer.type', 'unsupported'],
  ['disk type 6', () => footers(fixedImage(), 60, 4, 6n), 'footer.type', 'unsupported'],
  ['a differencing disk', () => footers(dynamicImage(), 60, 4, 4n), 'footer.type', 'unsupported'],
  ['size 0', () => footers(dynamicImage(), 48, 8, 0n), 'footer.currentSize', 'damaged'],
  [
    'size 2^64 - 512',
    () => footers(dynamicImage(), 48, 8, 2n ** 64n - 512n),
    'footer.currentSize',
    'damaged',
  ],
  ['half a sector', () => footers(fixedImage(), 48, 8, 256n), 'footer.currentSize', 'damaged'],
  [
    'a size beyond the table',
    () => footers(dynamicImage(), 48, 8, 2n ** 40n),
    'header.maxTableEntries',
    'damaged',
  ],
  [
    'a fixed size beyond the file',
    () => footers(fixedImage(), 48, 8, 2n ** 40n),
    'footer.currentSize',
    'truncated',
  ],
  ['no header', () => footers(dynamicImage(), 16, 8, 2n ** 64n - 1n), 'footer.dataOffset', 'damaged'],
  [
    'a header outside the file',
    () => footers(dynamicImage(), 16, 8, 2n ** 63n),
    'footer.dataOffset',
    'damaged',
  ],
  ['a header that is none', () => footers(dynamicImage(), 16, 8, 1024n), 'header.cookie', 'damaged'],
  ['a header with a wrong checksum', () => without(dynamicImage(), 512 + 900), 'header.checksum', 'damaged'],
  ['header version 3', () => header(dynamicImage(), 24, 4, 0x30000n), 'header.version', 'damaged'],
  ['block size 0', () => header(dynamicImage(), 32, 4, 0n), 'header.blockSize', 'damaged'],
  ['block size 3000', () => header(dynamicImage(), 32, 4, 3000n), 'header.blockSize', 'damaged'],
  ['block size 2 GiB', () => header(dynamicImage(), 32, 4, 2n ** 31n), 'header.blockSize', 'damaged'],
  ['too few entries', () => header(dynamicImage(), 28, 4, 7n), 'header.maxTableEntries', 'damaged'],
  [
    'four thousand million entries',
    () => header(dynamicImage(), 28, 4, 2n ** 32n - 1n),
    'header.tableOffset',
    'damaged',
  ],
  [
    'a table outside the file',
    () => header(dynamicImage(), 16, 8, 2n ** 64n - 8n),
    'header.tableOffset',
    'damaged',
  ],
  [
    'a table over the footer copy',
    () => header(dynamicImage(), 16, 8, 500n),
    'header.tableOffset',
    'damaged',
  ],
  [
    'a table over the footer',
    () => header(dynamicImage(), 16, 8, BigInt(dynamicImage().length - 100)),
    'header.tableOffset',
    'damaged',
  ],
  ['a block outside the file', () => entry(dynamicImage(), 2, 0x7fff_ffff), 'bat[2]', 'damaged'],
  [
    'a block over the end footer',
    () => entry(dynamicImage(), 7, dynamicImage().length / 512 - 9),
    'bat[7]',
    'damaged',
  ],
  ['a block over the table', () => entry(dynamicImage(), 6, 3), 'bat[6]', 'damaged'],
  ['a block over the footer copy', () => entry(dynamicImage(), 6, 0), 'bat[6]', 'damaged'],
  ['a block over another', () => entry(dynamicImage(), 6, FIRST_BLOCK / 512 + 1), 'bat[6]', 'damaged'],
  ['one block for two entries', () => entry(dynamicImage(), 6, FIRST_BLOCK / 512), 'bat[6]', 'damaged'],
  [
    'a dynamic disk cut in a block',
    () => dynamicImage().slice(0, FIRST_BLOCK + 2 * (BLOCK + 512)),
    'bat[2]',
    'damaged',
  ],
];

describe('damage that cannot be opened', () => {
  it.each(REFUSED)('%s', (_, make, path, kind) => {
    const bytes = make();
    const file = new MemoryFile(bytes);
    const issues = refused(openVhd(file));
    const named = issues.find((issue) => issue.path === path);
    expect(named, JSON.stringify(issues)).toMatchObject({ kind });
    for (const issue of issues) {
      expect(issue.message).toMatch(/^[A-Z0-9].*\.$/);
      expect(issue.hint).toMatch(/^[A-Z].*\.$/);
    }
    expect(repairVhd(file)).toEqual(issues);
    expect(firstDifference(file.bytes(), bytes)).toBe(-1);
  });

  it('says what to do with a differencing disk', () => {
    const [issue] = refused(openVhd(new MemoryFile(footers(dynamicImage(), 60, 4, 4n))));
    expect(issue.hint).toContain('Merge-VHD');
  });

  it('reports many wrong blocks without a flood', () => {
    const file = new MemoryFile();
    opened(createDynamicVhd(file, 2 ** 20, { blockBytes: BLOCK }));
    file.write(TABLE, new Uint8Array(256 * 4).fill(0x7f));
    const issues = refused(openVhd(file));
    expect(issues.length).toBe(9);
    expect(issues[8].message).toBe('248 more blocks are wrong.');
  });
});

/** Damage that the format survives: the disk opens read-only with a note, and repair makes it whole. */
const SURVIVED: [string, () => Uint8Array, string][] = [
  ['the footer at the end', () => without(dynamicImage(), dynamicImage().length - 512 + 30), 'footer'],
  ['the cookie at the end', () => without(dynamicImage(), dynamicImage().length - 512), 'footer'],
  ['the whole footer cut off', () => dynamicImage().slice(0, -512), 'footer'],
  ['half the footer cut off', () => dynamicImage().slice(0, -300), 'footer'],
  ['the footer copy', () => without(dynamicImage(), 3), 'footerCopy'],
  ['the checksum of the copy', () => without(dynamicImage(), 65), 'footerCopy'],
  [
    'a copy of another size',
    () => {
      const bytes = dynamicImage();
      put(bytes, 0, 512, 64, 48, 8, 512n);
      return bytes;
    },
    'footerCopy',
  ],
];

describe('damage that the second footer heals', () => {
  it.each(SURVIVED)('%s', (_, make, path) => {
    const bytes = make();
    const file = new MemoryFile(bytes);
    const disk = opened(openVhd(file));
    expect(disk.readOnly).toBe(true);
    expect(disk.notes).toMatchObject([{ path, kind: 'recovered' }]);
    const whole = contents(opened(openVhd(new MemoryFile(dynamicImage()))));
    expect(firstDifference(contents(disk), whole)).toBe(-1);
    expect(disk.write(0, 1, pattern(1, 1))).toBe(false);
    expect(firstDifference(file.bytes(), bytes)).toBe(-1);

    expect(repairVhd(file)).toEqual([]);
    const repaired = opened(openVhd(file));
    expect([repaired.readOnly, repaired.notes.length]).toEqual([false, 0]);
    expect(firstDifference(contents(repaired), whole)).toBe(-1);
    expect(repaired.write(60, 4, pattern(8, 4))).toBe(true);
  });

  it('keeps a disk of a saved machine read-only, and repair does not lift that', () => {
    const bytes = footers(fixedImage(), 84, 1, 1n);
    const disk = opened(openVhd(new MemoryFile(bytes)));
    expect([disk.readOnly, disk.notes[0].kind]).toEqual([true, 'saved-state']);
    const file = new MemoryFile(bytes);
    repairVhd(file);
    expect(firstDifference(file.bytes(), bytes)).toBe(-1);
  });

  it('reads the 511-byte footer of Virtual PC before 2004', () => {
    const bytes = fixedImage().slice(0, -1);
    const disk = opened(openVhd(new MemoryFile(bytes)));
    expect([disk.sectors, disk.notes.length]).toEqual([SECTORS, 0]);
    expect(firstDifference(contents(disk), pattern(4, SECTORS))).toBe(-1);
  });
});

describe('sizes', () => {
  it('come from the footer, or from the geometry when asked', () => {
    const file = new MemoryFile(footers(footers(fixedImage(), 56, 4, 0x0003_0402n), 28, 4, 0x76706320n));
    expect(opened(openVhd(file)).sectors).toBe(SECTORS);
    expect(opened(openVhd(file, { sizeFrom: 'geometry' })).sectors).toBe(3 * 4 * 2);
    expect(
      refused(openVhd(new MemoryFile(footers(fixedImage(), 56, 4, 0n)), { sizeFrom: 'geometry' })),
    ).toMatchObject([{ path: 'footer.currentSize' }]);
  });
});

describe('flipped bytes', () => {
  it('anywhere in the metadata never throw, never write and never take memory', () => {
    const next = random(11);
    const image = dynamicImage();
    const metadata = [
      ...Array(FIRST_BLOCK).keys(),
      ...Array.from({ length: 512 }, (_, i) => image.length - 512 + i),
    ];
    for (let round = 0; round < 3000; round++) {
      const bytes = image.slice();
      for (let n = 1 + next(4); n > 0; n--) bytes[metadata[next(metadata.length)]] = next(256);
      const file = new MemoryFile(bytes);
      const result = openVhd(file);
      if (!Array.isArray(result)) contents(result);
      expect(firstDifference(file.bytes(), bytes)).toBe(-1);
    }
  });
});
