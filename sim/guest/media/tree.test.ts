/** Walks over whole file systems: what is listed, and what shows only when all files are seen. */
import { describe, expect, it } from 'vitest';
import { CountedImage, goldenFiles, goldenImage } from '../../test/support/media-tools.ts';
import { openPartitions, readTree } from './index.ts';
import { utf8Bytes, utf8Text } from './utf8.ts';

const MBR = goldenImage('mbr');
const partitions = MBR.get(openPartitions(MBR.sectors));
const at = (index: number) => partitions.find((partition) => partition.index === index);

describe('a walk', () => {
  it.each([1, 5, 6])('over partition %i lists every file with its length', (index) => {
    const { entries, problems, cut } = MBR.get(readTree(MBR.open(at(index)), { checkBlocks: true }));
    expect({ problems, cut }).toEqual({ problems: [], cut: false });
    const files = entries.filter(({ kind }) => kind === 'file').map(({ path, bytes }) => [path, bytes]);
    expect(new Map(files as [string, number][])).toEqual(
      new Map([...goldenFiles()].map(([path, { length }]) => [path, length])),
    );
  });

  it('ends where it was told to', () => {
    const { entries, cut } = MBR.get(readTree(MBR.open(at(5)), { maxEntries: 4 }));
    expect({ entries: entries.length, cut }).toEqual({ entries: 4, cut: true });
  });

  it('names two files of a FAT volume that share clusters', () => {
    const image = new CountedImage(MBR.bytes.slice());
    const view = new DataView(image.bytes.buffer);
    const root =
      2048 * 512 + (view.getUint16(2048 * 512 + 14, true) + 2 * view.getUint16(2048 * 512 + 22, true)) * 512;
    const find = (name: string) => {
      for (let entry = root; ; entry += 32)
        if (Buffer.from(image.bytes.subarray(entry, entry + 11)).toString('latin1') === name) return entry;
    };
    view.setUint16(find('EMPTY      ') + 26, view.getUint16(find('EXACT      ') + 26, true), true);
    view.setUint32(find('EMPTY      ') + 28, 512, true);
    const { problems } = image.get(readTree(image.open(at(1)), { checkBlocks: true }));
    expect(problems.map(({ problem }) => problem.kind)).toEqual(['overlap']);
    expect(problems[0].problem.message).toMatch(/shares blocks with/);
  });

  it('goes into a directory that is its own child once', () => {
    const image = new CountedImage(MBR.bytes.slice());
    const system = image.open(at(6));
    const a = image.get(system.find('/a'));
    // The root directory of this ext2 volume: the entry of EFI names the root itself.
    for (let byte = 22_528 * 512; ; byte += 4)
      if (
        Buffer.from(image.bytes.subarray(byte + 8, byte + 12)).toString('latin1') === 'EFI\0' &&
        image.bytes[byte + 6] === 3
      ) {
        new DataView(image.bytes.buffer).setUint32(byte, 2, true);
        break;
      }
    const { problems, entries } = image.get(readTree(image.open(at(6))));
    expect(problems).toMatchObject([{ path: '/EFI', problem: { kind: 'loop' } }]);
    expect(entries.some(({ id }) => id === a.id)).toBe(true);
  });
});

describe('UTF-8', () => {
  it.each(['', 'plain', 'Grüße ☃', 'a𝄞b', '\u07ff\u0800\uffff\u{10ffff}'])('%j comes back', (text) => {
    expect(utf8Bytes(text)).toEqual(new TextEncoder().encode(text));
    expect(utf8Text(utf8Bytes(text))).toBe(text);
  });

  it.each([
    [[0xc0, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xf8, 0x88]],
    [[0xe2, 0x98]],
    [[0x61, 0x80, 0x62]],
    [[0xf4, 0x90, 0x80, 0x80]],
  ])('%j, which is none, is shown as a mark', (bytes) => {
    expect(utf8Text(Uint8Array.from(bytes))).toContain('\ufffd');
  });
});
