/** `ringside disk FILE --list` on disks that the standard tools made, whole and damaged. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenFiles, goldenImage } from '../test/support/media-tools.ts';
import { EXIT } from './exit-codes.ts';
import { ringside } from './testing.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringside-list-'));
  for (const name of ['mbr', 'gpt'] as const) writeFileSync(join(folder, name), goldenImage(name).bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const hash = (name: string) =>
  createHash('sha256')
    .update(readFileSync(path(name)))
    .digest('hex');

describe('ringside disk --list', () => {
  it('prints partitions, file systems and files, and changes nothing', async () => {
    const before = hash('mbr');
    const { code, out, err } = await ringside('disk', path('mbr'), '--list');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(out).toContain('MBR, disk 20080626, 16MiB');
    expect(out).toMatch(/^ +1 +2048 +8192 +FAT16 +fat16 BOOT$/m);
    expect(out).toMatch(/^ +2 +10240 +20480 +extended partition$/m);
    expect(out).toMatch(/^ +5 +12288 +8192 +Linux file system +ext4 root$/m);
    expect(out).toContain('Partition 6 (ext2):');
    expect(out).toMatch(/^ +30000 +\/boot\/vmlinuz-6\.1\.0$/m);
    expect(out).toMatch(/^ +directory +\/boot\/grub\/$/m);
    expect(hash('mbr')).toBe(before);
  });

  it('as JSON has every file with its length', async () => {
    const { code, out } = await ringside('disk', path('gpt'), '--list', '--json');
    expect(code).toBe(EXIT.ok);
    const listing = JSON.parse(out);
    expect(listing).toMatchObject({
      table: 'gpt',
      diskId: '20080626-0000-4000-8000-000000000000',
      problems: [],
    });
    expect(listing.partitions.map(({ name }: { name: string }) => name)).toEqual(['EFI system', 'root']);
    for (const { entries } of listing.partitions) {
      const files = entries.filter(({ kind }: { kind: string }) => kind === 'file');
      expect(
        new Map(files.map((entry: { path: string; bytes: number }) => [entry.path, entry.bytes])),
      ).toEqual(new Map([...goldenFiles()].map(([name, { length }]) => [name, length])));
    }
  });

  it('says what is damaged, lists the rest, exit code 1', async () => {
    const bytes = goldenImage('gpt').bytes.slice();
    bytes[512 + 40] ^= 1;
    bytes.fill(0x1b, (2048 + 8 * 2048) * 512, (2048 + 8 * 2048 + 8) * 512);
    writeFileSync(path('damaged'), bytes);
    const { code, out, err } = await ringside('disk', path('damaged'), '--list');
    expect(code).toBe(EXIT.no);
    expect(err).toMatch(/table: .* The copy at the end of the disk was used/);
    expect(err).toMatch(/partition 1: Partition 1 holds no known file system/);
    expect(out).toContain('Partition 2 (ext4):');
  });

  it('sends no control characters of an image to the terminal', async () => {
    const bytes = goldenImage('mbr').bytes.slice();
    const name = Buffer.from('vmlinuz-6.1.0');
    for (let at = bytes.indexOf(name[0], 22_528 * 512); at !== -1; at = bytes.indexOf(name[0], at + 1))
      if (Buffer.compare(bytes.subarray(at, at + name.length), name) === 0)
        bytes.set([0x1b, 0x5b, 0x32, 0x4a], at);
    writeFileSync(path('names'), bytes);
    const { code, out } = await ringside('disk', path('names'), '--list');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain('\\x1b[2Jnuz-6.1.0');
    expect(out).not.toContain('\u001b');
  });

  it('says that a blank image has no table', async () => {
    writeFileSync(path('blank'), new Uint8Array(1024 * 1024));
    const { code, out, err } = await ringside('disk', path('blank'), '--list');
    expect({ code, out }).toEqual({ code: EXIT.no, out: '' });
    expect(err).toMatch(/\(table\): The disk has no partition table/);
  });

  it('does one thing at a time', async () => {
    const { code, err } = await ringside('disk', path('mbr'), '--list', '--info');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('--info and --list');
  });
});
