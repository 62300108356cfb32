/** Partition tables that sfdisk and sgdisk wrote: what they say of themselves is what is read. */
import { afterAll, describe, expect, it } from 'vitest';
import { CountedImage, lacks, Workshop } from '../../test/support/media-tools.ts';
import { openPartitionTable } from './index.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const MIB = 1024 * 1024;
const load = () => new CountedImage(workshop.load('disk'));
const table = (image: CountedImage) => image.get(openPartitionTable(image.sectors));

/** What `sfdisk --json` says: partitions as number, start, size. */
function sfdiskSays(path: string): { label: string; id: string; rows: number[][]; types: string[] } {
  const { partitiontable } = JSON.parse(workshop.run('sfdisk', ['--json', path]));
  const { label, id, partitions } = partitiontable;
  return {
    label,
    id: id.toLowerCase().replace(/^0x/, ''),
    rows: partitions.map(({ node, start, size }: { node: string; start: number; size: number }) => [
      Number(/(\d+)$/.exec(node)?.[1]),
      start,
      size,
    ]),
    types: partitions.map(({ type }: { type: string }) => type.toLowerCase()),
  };
}

function weSay(image: CountedImage) {
  const { kind, diskId, partitions, notes } = table(image);
  expect(notes).toEqual([]);
  expect(partitions.filter(({ problem }) => problem)).toEqual([]);
  return {
    label: kind === 'mbr' ? 'dos' : kind,
    id: diskId,
    rows: partitions.map(({ index, firstLba, sectors }) => [index, firstLba, sectors]),
    types: partitions.map(({ type }) => type.replace(/^0x0?/, '')),
  };
}

describe.skipIf(lacks('sfdisk'))('tables of sfdisk (skipped where it is missing)', () => {
  it.each([
    [
      'primary partitions',
      'label: dos\nlabel-id: 0x12345678\nsize=10M, type=c, bootable\nsize=20M, type=83\n,,7\n',
    ],
    [
      'a chain of logical ones',
      `label: dos\nsize=5M, type=83\nsize=50M, type=f\n${'size=2M, type=83\n'.repeat(9)}`,
    ],
    ['an extended one addressed by CHS', `label: dos\nsize=50M, type=5\n${'size=3M, type=82\n'.repeat(3)}`],
    ['gaps between the slots', 'label: dos\n2: size=5M, type=83\n4: size=6M, type=83\n'],
    [
      'a GPT',
      'label: gpt\nsize=10M, type=U, name="EFI system"\nsize=20M, type=L, name="Wurzel ü"\n5: size=1M, type=S\n',
    ],
    ['a GPT of one', 'label: gpt\n,\n'],
  ])('%s', (_title, script) => {
    const path = workshop.blank('disk', 64 * MIB);
    workshop.run('sfdisk', ['-q', path], script);
    const image = load();
    const before = image.bytes.slice();
    expect(weSay(image)).toEqual(sfdiskSays(path));
    expect(Buffer.compare(image.bytes, before)).toBe(0);
    expect(image.reads).toBeLessThan(16);
  });

  it('names, types and marks', () => {
    const path = workshop.blank('disk', 64 * MIB);
    workshop.run(
      'sfdisk',
      ['-q', path],
      'label: gpt\nsize=10M, type=U, name="Wurzel ü", attrs=LegacyBIOSBootable\n',
    );
    expect(table(load()).partitions[0]).toMatchObject({
      name: 'Wurzel ü',
      typeName: 'EFI system partition',
      active: true,
    });
    workshop.run('sfdisk', ['-q', path], 'label: dos\nlabel-id: 0xcafe0001\nsize=10M, type=c, bootable\n');
    expect(table(load()).partitions[0]).toMatchObject({
      id: 'cafe0001-01',
      typeName: 'FAT32',
      active: true,
      kind: 'primary',
    });
  });
});

describe.skipIf(lacks('sgdisk'))('tables of sgdisk (skipped where it is missing)', () => {
  const make = (...options: string[]) => {
    const path = workshop.blank('disk', 64 * MIB);
    workshop.run('sgdisk', [...options, path]);
    return load();
  };
  const PARTITIONS = [
    '-n',
    '1:2048:+8M',
    '-t',
    '1:EF00',
    '-c',
    '1:ESP',
    '-n',
    '2:0:+16M',
    '-t',
    '2:8300',
    '-n',
    '7:0:0',
  ];

  it('a GPT with gaps in its numbers', () => {
    const { kind, partitions } = table(make(...PARTITIONS));
    expect({ kind, numbers: partitions.map(({ index }) => index) }).toEqual({
      kind: 'gpt',
      numbers: [1, 2, 7],
    });
    expect(partitions[0]).toMatchObject({ firstLba: 2048, sectors: 16_384, name: 'ESP' });
  });

  it('more entries than usual', () => {
    const { partitions } = table(make('-S', '256', ...PARTITIONS, '-n', '200:0:0'));
    expect(partitions.map(({ index }) => index)).toContain(7);
  });

  it.each([
    ['the header', 512 + 40, 1],
    ['the header is gone', 512, 512],
    ['the entries', 1024 + 40, 1],
    ['all of the table', 512, 33 * 512],
  ])('damage to %s: the copy at the end of the disk is used, and said', (_what, at, length) => {
    const image = make(...PARTITIONS);
    const whole = table(image).partitions;
    for (let i = 0; i < length; i++) image.bytes[at + i] ^= 0x55;
    const { partitions, notes } = table(image);
    expect(partitions).toEqual(whole);
    expect(notes.map(({ kind }) => kind)).toEqual(['recovered']);
    workshop.save('disk', image.bytes);
    expect(workshop.run('sgdisk', ['-p', workshop.path('disk')])).toMatch(/ESP/);
  });

  it('damage to both: a problem that names both', () => {
    const image = make(...PARTITIONS);
    image.bytes[512 + 16] ^= 1;
    image.bytes[image.bytes.length - 512 + 16] ^= 1;
    const { kind, message, hint } = image.problem(openPartitionTable(image.sectors));
    expect(kind).toBe('damaged');
    expect(message).toMatch(/sector 1 .*copy at the end/);
    expect(hint).not.toBe('');
  });

  it('a disk that was cut short: what lies beyond its end is not read', () => {
    const image = new CountedImage(make(...PARTITIONS).bytes.slice(0, 20 * MIB));
    const result = image.problem(openPartitionTable(image.sectors));
    expect(result).toMatchObject({ kind: 'damaged' });
    expect(result.message).toMatch(/allows sectors 34 to 131038 of a disk of 40960/);
  });
});
