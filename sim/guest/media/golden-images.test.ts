/** Disks that the standard tools made once (.tools/media-images.mjs): read whole wherever these tests run. */
import { describe, expect, it } from 'vitest';
import { differences, goldenFiles, goldenImage } from '../../test/support/media-tools.ts';
import { openPartitions, openPartitionTable } from './index.ts';

const files = goldenFiles();

describe('the disk of sfdisk, mkfs.vfat, mtools and mke2fs', () => {
  const image = goldenImage('mbr');
  const { kind, diskId, partitions, notes } = image.get(openPartitionTable(image.sectors));

  it('has a primary, an extended and two logical partitions', () => {
    expect({ kind, diskId, notes }).toEqual({ kind: 'mbr', diskId: '20080626', notes: [] });
    expect(
      partitions.map(({ index, kind: sort, firstLba, sectors, type, active, problem }) => [
        index,
        sort,
        firstLba,
        sectors,
        type,
        active,
        problem,
      ]),
    ).toEqual([
      [1, 'primary', 2048, 8192, '0x0e', true, undefined],
      [2, 'extended', 10_240, 20_480, '0x0f', false, undefined],
      [5, 'logical', 12_288, 8192, '0x83', false, undefined],
      [6, 'logical', 22_528, 6144, '0x83', false, undefined],
    ]);
  });

  it.each([
    [1, 'fat16', 'BOOT', '2008-0626'],
    [5, 'ext4', 'root', '20080626-0000-4000-8000-000000000001'],
    [6, 'ext2', 'root', '20080626-0000-4000-8000-000000000001'],
  ])('partition %i holds %s with every file', (index, sort, label, id) => {
    const system = image.open(partitions.find((partition) => partition.index === index));
    expect([system.kind, system.label, system.id]).toEqual([sort, label, id]);
    expect(differences(image.files(system), files)).toEqual([]);
  });

  it('says why the extended partition has no files', () => {
    expect(() => image.open(partitions[1])).toThrow(/only holds logical partitions/);
  });
});

describe('the disk of sgdisk, mkfs.vfat, mtools and mke2fs', () => {
  const image = goldenImage('gpt');
  const { kind, diskId, partitions, notes } = image.get(openPartitionTable(image.sectors));

  it('has a system partition and a root', () => {
    expect({ kind, diskId, notes }).toEqual({
      kind: 'gpt',
      diskId: '20080626-0000-4000-8000-000000000000',
      notes: [],
    });
    expect(partitions.map(({ index, name, typeName, id }) => [index, name, typeName, id])).toEqual([
      [1, 'EFI system', 'EFI system partition', '20080626-0000-4000-8000-000000000001'],
      [2, 'root', 'Linux root, x86-64', '20080626-0000-4000-8000-000000000002'],
    ]);
    expect(image.get(openPartitions(image.sectors))).toEqual(partitions);
  });

  it.each([
    [1, 'fat32'],
    [2, 'ext4'],
  ])('partition %i holds %s with every file', (index, sort) => {
    const system = image.open(partitions.find((partition) => partition.index === index));
    expect(system.kind).toBe(sort);
    expect(differences(image.files(system), files)).toEqual([]);
  });

  it('follows the clusters of a file once, however many pieces it is read in', () => {
    const system = image.open(partitions[0]);
    const kernel = image.get(system.find('/boot/vmlinuz-6.1.0'));
    image.get(system.read(kernel, { maxBytes: 1 }));
    const before = image.sectorsRead;
    for (let offset = 0; offset < kernel.bytes; offset += 512)
      image.get(system.read(kernel, { offset, maxBytes: 512 }));
    expect(image.sectorsRead - before).toBe(Math.ceil(kernel.bytes / 512));
  });

  it('gives a loader its file in few reads', () => {
    const system = image.open(partitions[0]);
    const before = image.reads;
    const loader = image.get(system.find('\\EFI\\BOOT\\BOOTX64.EFI'));
    expect(image.get(system.read(loader)).length).toBe(13_000);
    expect(image.reads - before).toBeLessThan(12);
  });
});
