/**
 * Thousands of spoiled images: single bytes turned and fields replaced by numbers that have broken readers before, in the sectors that
 * hold tables. Whatever they say, no reader throws, none reads outside the disk or without end, and none writes.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { CountedImage, goldenImage } from '../../test/support/media-tools.ts';
import { openFileSystem, openPartitionTable, readTree } from './index.ts';

/** Reads that one image may take: tens of times what a whole one takes. */
const MOST_READS = 3000;
const CASES = 1500;
const NUMBERS = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000,
  0x0fff_fff8,
];

/** What came of reading everything: counts, to see that the cases reach the code behind the first check. */
interface Outcome {
  files: number;
  problems: Map<string, number>;
}

/** Reads all there is: table, every partition, every directory, every file. */
function readAll(image: CountedImage, outcome: Outcome): void {
  const say = (kind: string): void => {
    outcome.problems.set(kind, (outcome.problems.get(kind) ?? 0) + 1);
  };
  const table = image.run(openPartitionTable(image.sectors), MOST_READS);
  if (!table.ok) {
    say(table.problem.kind);
    return;
  }
  for (const { kind } of table.value.notes) say(kind);
  for (const partition of table.value.partitions) {
    const system = image.run(openFileSystem(partition), MOST_READS);
    if (!system.ok) {
      say(system.problem.kind);
      continue;
    }
    const tree = image.run(readTree(system.value, { checkBlocks: true, maxEntries: 200 }), MOST_READS);
    if (!tree.ok) {
      say(tree.problem.kind);
      continue;
    }
    for (const { problem } of tree.value.problems) say(problem.kind);
    for (const entry of tree.value.entries.slice(0, 40)) {
      const read = image.run(system.value.read(entry, { maxBytes: 300_000 }), MOST_READS);
      if (read.ok) outcome.files++;
    }
  }
}

/** Where a listing reads numbers that are not zero: tables, directories, inodes. */
function tableWords(image: CountedImage): number[] {
  const sectors = new Set<number>();
  const watched = new (class extends CountedImage {
    override onRead(lba: number, count: number): void {
      for (let i = 0; i < count; i++) sectors.add(lba + i);
    }
  })(image.bytes);
  const contents = new Set<number>();
  const table = watched.get(openPartitionTable(watched.sectors));
  for (const partition of table.partitions) {
    if (partition.kind === 'extended') continue;
    const system = watched.open(partition);
    for (const entry of watched.get(readTree(system, { checkBlocks: true })).entries) {
      if (entry.kind !== 'file') continue;
      for (const { lba, sectors: count } of image.get(system.extents(entry)))
        for (let i = 0; i < count; i++) contents.add(lba + i);
    }
  }
  const view = new DataView(image.bytes.buffer);
  const tables = [...sectors].filter((lba) => !contents.has(lba));
  const words = tables.flatMap((lba) => Array.from({ length: 128 }, (_, i) => lba * 512 + i * 4));
  return words.filter((at) => view.getUint32(at) !== 0);
}

/** Spoils a few places; returns what puts them back. */
function spoil(image: CountedImage, words: readonly number[], rng: Rng): () => void {
  const pick = <T>(list: readonly T[]): T => list[rng.int(0, list.length - 1)];
  const undo: (() => void)[] = [];
  const view = new DataView(image.bytes.buffer);
  for (let i = rng.int(0, 4); i >= 0; i--) {
    const at = pick(words);
    const before = view.getUint32(at);
    undo.push(() => view.setUint32(at, before));
    const kind = rng.int(0, 4);
    if (kind === 0) view.setUint8(at + rng.int(0, 3), rng.int(0, 255));
    else if (kind === 1) view.setUint16(at + 2 * rng.int(0, 1), pick(NUMBERS) & 0xffff, true);
    else if (kind === 2) view.setUint32(at, pick(NUMBERS), true);
    else if (kind === 3) view.setUint32(at, view.getUint32(pick(words)));
    else view.setUint8(at + rng.int(0, 3), view.getUint8(at) ^ (1 << rng.int(0, 7)));
  }
  return () => {
    for (const step of undo.reverse()) step();
  };
}

/** The golden disk of the MBR with no checksums in its ext4 volume: what is said there is believed. */
function withoutChecksums(): CountedImage {
  const image = goldenImage('mbr');
  const view = new DataView(image.bytes.buffer);
  const at = 12_288 * 512 + 1024 + 100;
  view.setUint32(at, view.getUint32(at, true) & ~0x410, true);
  return image;
}

const IMAGES: readonly (readonly [title: string, make: () => CountedImage])[] = [
  ['MBR, FAT16, ext4, ext2', () => goldenImage('mbr')],
  ['MBR, FAT16, ext4 without checksums, ext2', withoutChecksums],
  ['GPT, FAT32, ext4', () => goldenImage('gpt')],
];

describe('readers under damage', () => {
  it.each(IMAGES)(`%s: ${CASES} spoiled images, each with an end and an answer`, (_title, make) => {
    const image = make();
    const whole = image.bytes.slice();
    const words = tableWords(image);
    expect(words.length).toBeGreaterThan(500);
    const outcome: Outcome = { files: 0, problems: new Map() };
    let most = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const mend = spoil(image, words, new Rng(seed));
      image.reads = 0;
      try {
        readAll(image, outcome);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
      most = Math.max(most, image.reads);
      mend();
    }
    expect(Buffer.compare(image.bytes, whole), 'a reader wrote to the image').toBe(0);
    expect(most).toBeLessThan(MOST_READS);
    // The cases reach further than the first check.
    expect(outcome.problems.size).toBeGreaterThan(3);
    expect(outcome.files).toBeGreaterThan(CASES * 5);
  });
});
