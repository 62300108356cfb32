/** The standard tools for partition tables and file systems, where they are installed, and a disk that counts what is read from it. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type FileEntry, type FileSystem, openFileSystem } from '../../guest/media/index.ts';
import { type Partition, wholeDisk } from '../../guest/media/partitions.ts';
import { type Problem, type Reading, type Result, runReading, SECTOR } from '../../guest/media/reads.ts';
import type { Disk } from '../../host/backends/disk.ts';

const FOLDERS = [
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
];

/** Where a tool is installed, `undefined` when it is not. */
export const toolPath = (name: string): string | undefined =>
  FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path));

/** True when a tool is missing; tests name it in the title of what they skip. */
export const lacks = (...names: string[]): boolean => names.some((name) => toolPath(name) === undefined);

const SAVED_SECTORS = 128;

/** A folder for one test file's images. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'ringside-media-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a tool and returns what it prints. */
  run(name: string, args: readonly string[], input = ''): string {
    const env = {
      ...process.env,
      MTOOLS_SKIP_CHECK: '1',
      MKE2FS_DETERMINISTIC: '1',
      E2FSPROGS_FAKE_TIME: '1214481600',
      TZ: 'UTC',
    };
    return execFileSync(toolPath(name) ?? name, args, { encoding: 'utf8', input, stdio: 'pipe', env });
  }

  /** A file of `bytes` zeros. */
  blank(name: string, bytes: number): string {
    writeFileSync(this.path(name), new Uint8Array(bytes));
    return this.path(name);
  }

  save(name: string, bytes: Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }

  /** Writes sectors of a disk to a file that has holes where they are zero. */
  saveDisk(name: string, disk: Disk, firstLba = 0, sectors = disk.sectors): string {
    const file = openSync(this.path(name), 'w');
    const piece = new Uint8Array(SAVED_SECTORS * SECTOR);
    for (let done = 0; done < sectors; done += SAVED_SECTORS) {
      const count = Math.min(SAVED_SECTORS, sectors - done);
      disk.read(firstLba + done, count, piece);
      const bytes = piece.subarray(0, count * SECTOR);
      if (bytes.some((byte) => byte !== 0)) writeSync(file, bytes, 0, bytes.length, done * SECTOR);
    }
    closeSync(file);
    truncateSync(this.path(name), sectors * SECTOR);
    return this.path(name);
  }

  load(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }
}

/** Answers readers from bytes and counts what they ask for. */
export class CountedImage {
  readonly bytes: Uint8Array;
  reads = 0;
  sectorsRead = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get sectors(): number {
    return Math.floor(this.bytes.length / SECTOR);
  }

  /** Runs a reader to its end. Asking outside the image is an error, as it is for a real disk. */
  run<T>(reading: Reading<T>, limit?: number): T {
    return runReading(
      reading,
      (lba, sectors) => {
        if (lba + sectors > this.sectors) throw new Error(`sectors ${lba}+${sectors} of ${this.sectors}`);
        this.onRead(lba, sectors);
        this.reads++;
        this.sectorsRead += sectors;
        // The bytes themselves, no copy: a reader that wrote into them would be seen.
        return this.bytes.subarray(lba * SECTOR, (lba + sectors) * SECTOR);
      },
      limit,
    );
  }

  /** Told of every read. */
  protected onRead(_lba: number, _sectors: number): void {}

  /** The value of a reader that must succeed. */
  get<T>(reading: Reading<Result<T>>): T {
    return value(this.run(reading));
  }

  /** The problem of a reader that must fail. */
  problem<T>(reading: Reading<Result<T>>): Problem {
    const result = this.run(reading);
    if (result.ok) throw new Error('the reader succeeded');
    return result.problem;
  }

  /** The file system of a partition, or of the whole image. */
  open(partition: Partition = wholeDisk(this.sectors)): FileSystem {
    return this.get(openFileSystem(partition));
  }

  /** Every file below a directory: path and content. */
  files(system: FileSystem, at: FileEntry = this.get(system.find('/'))): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    for (const entry of this.get(system.list(at))) {
      if (entry.kind === 'file') found.set(entry.path, this.get(system.read(entry)));
      if (entry.kind === 'directory')
        for (const [path, bytes] of this.files(system, entry)) found.set(path, bytes);
    }
    return found;
  }
}

/** The value of a result that must be good. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.problem.kind}: ${result.problem.message}`);
  return result.value;
}

/** `size` bytes that tell their place: no two sectors are alike (xorshift32). */
export function noise(seed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Files of every awkward length, deep folders, long names, a folder of many. */
export function sampleFiles(blockBytes = 4096): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const size of [0, 1, 511, 512, 513, blockBytes - 1, blockBytes, blockBytes + 1, 5 * blockBytes + 7])
    files.set(`/sizes/of-${size}-bytes.bin`, noise(size, size));
  files.set('/a/b/c/d/e/f/g/deep.txt', noise(1, 100));
  files.set('/Mixed Case Name with blanks and a very long tail.Extension', noise(2, 3000));
  files.set('/boot/vmlinuz', noise(3, 1_500_000));
  files.set('/Grüße/naïve ☃.txt', noise(4, 777));
  for (let i = 0; i < 400; i++) files.set(`/many/a-file-with-a-longish-name-${i}`, noise(i, i % 50));
  return files;
}

/** Compares what a reader found with what was put in: the paths that differ. */
export function differences(found: Map<string, Uint8Array>, wanted: Map<string, Uint8Array>): string[] {
  const paths = new Set([...found.keys(), ...wanted.keys()]);
  return [...paths].filter((path) => {
    const [a, b] = [found.get(path), wanted.get(path)];
    return a === undefined || b === undefined || Buffer.compare(a, b) !== 0;
  });
}

/** What the files of the golden images hold: `.tools/media-images.mjs` writes the same. */
export function goldenContent(path: string, size: number): Uint8Array {
  let text = '';
  for (let line = 1; text.length < size; line++) text += `${path}, line ${line}\n`;
  return new TextEncoder().encode(text.slice(0, size));
}

const GOLDEN = new URL('../../guest/media/golden/', import.meta.url);

/** The files of the golden images. */
export function goldenFiles(): Map<string, Uint8Array> {
  const sizes: Record<string, number> = JSON.parse(readFileSync(new URL('files.json', GOLDEN), 'utf8'));
  return new Map(Object.entries(sizes).map(([path, size]) => [path, goldenContent(path, size)]));
}

/** A disk that the standard tools made. */
export const goldenImage = (name: 'mbr' | 'gpt'): CountedImage =>
  new CountedImage(new Uint8Array(brotliDecompressSync(readFileSync(new URL(`${name}.img.br`, GOLDEN)))));
