import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { ringside } from './testing.ts';

const QEMU_IMG = ['/usr/bin/qemu-img', '/usr/local/bin/qemu-img', '/opt/homebrew/bin/qemu-img'].find((path) =>
  existsSync(path),
);
const MIB = 1024 * 1024;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringside-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const disk = (name: string, ...words: string[]) => ringside('disk', path(name), ...words);
const hash = (name: string) =>
  createHash('sha256')
    .update(readFileSync(path(name)))
    .digest('hex');
const qemu = (...args: string[]) => execFileSync(QEMU_IMG ?? '', args, { encoding: 'utf8', stdio: 'pipe' });

/** The workload's pattern, as a guest puts it into its buffer of 64 KiB. */
const pattern = (bytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => {
    const i = at % 65_536;
    return (i * 131 + (i >> 8) * 7 + seed) & 0xff;
  });

describe.skipIf(QEMU_IMG === undefined)('images of qemu-img (skipped where it is not installed)', () => {
  const IMAGES = [
    ['fixed VHD', ['-f', 'vpc', '-o', 'subformat=fixed']],
    ['dynamic VHD', ['-f', 'vpc', '-o', 'subformat=dynamic']],
    ['raw', ['-f', 'raw']],
  ] as const;
  const make = (name: string, options: readonly string[], size: string) =>
    qemu('create', '-q', ...options, path(name), size);

  /** What another tool reads from the image. */
  function content(name: string, kind: string): Uint8Array {
    qemu('convert', '-f', kind === 'raw' ? 'raw' : 'vpc', '-O', 'raw', path(name), path('content'));
    return readFileSync(path('content'));
  }

  it.each(IMAGES)('%s: both roads write the same bytes, and other tools read them', async (kind, options) => {
    const contents: Uint8Array[] = [];
    for (const mode of ['dma', 'synthetic']) {
      make(mode, options, '8M');
      const { code, out } = await disk(
        mode,
        '--workload',
        'write',
        '--mode',
        mode,
        '--size',
        '3MiB',
        '--json',
      );
      expect(code).toBe(EXIT.ok);
      expect(JSON.parse(out)).toMatchObject({ bytes: 3 * MIB, requests: 48, failures: 0 });
      contents.push(content(mode, kind));
    }
    const [byDma, bySynthetic] = contents;
    expect(Buffer.compare(byDma, bySynthetic)).toBe(0);
    expect(Buffer.compare(byDma.subarray(0, 3 * MIB), pattern(3 * MIB, 1))).toBe(0);
    expect(byDma.subarray(3 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  it.each(IMAGES)('%s: a database and a copy leave the same content by both roads', async (kind, options) => {
    const contents: Uint8Array[] = [];
    for (const mode of ['multiple', 'synthetic']) {
      make(mode, options, '8M');
      for (const workload of ['write', 'sql', 'copy'])
        expect((await disk(mode, '--workload', workload, '--mode', mode, '--seed', '5')).code).toBe(EXIT.ok);
      contents.push(content(mode, kind));
    }
    expect(Buffer.compare(contents[0], contents[1])).toBe(0);
    expect(Buffer.compare(contents[0].subarray(MIB / 2, MIB), contents[0].subarray(0, MIB / 2))).toBe(0);
  });

  it.each(IMAGES)('%s: reading changes no byte of the file', async (_kind, options) => {
    make('image', options, '8M');
    await disk('image', '--workload', 'write');
    const before = hash('image');
    for (const words of [
      ['--workload', 'read'],
      ['--workload', 'random', '--mode', 'int13'],
      ['--info'],
      ['--repair'],
    ])
      expect((await disk('image', ...words)).code).toBe(EXIT.ok);
    expect(hash('image')).toBe(before);
  });

  it.each(IMAGES)('%s: --info tells format and size as qemu-img does', async (kind, options) => {
    make('image', options, '8M');
    const info = JSON.parse((await disk('image', '--info', '--json')).out);
    const size = JSON.parse(
      qemu('info', '-f', kind === 'raw' ? 'raw' : 'vpc', '--output=json', path('image')),
    )['virtual-size'];
    expect(info).toMatchObject({ format: kind, bytes: size, ...(kind === 'raw' ? {} : { creator: 'qemu' }) });
  });

  it('names a format that it cannot open, and leaves the file alone', async () => {
    make('image', ['-f', 'qcow2'], '8M');
    const before = hash('image');
    const { code, err } = await disk('image', '--workload', 'write');
    expect(code).toBe(EXIT.no);
    expect(err).toContain('This is a QCOW2 image.');
    expect(err).toContain('qemu-img convert -O vpc');
    expect(hash('image')).toBe(before);
  });
});

describe('a damaged VHD', () => {
  /** A dynamic image with something in it. */
  async function image(): Promise<void> {
    await disk('image', '--create', 'dynamic', '--size', '8MiB');
    await disk('image', '--workload', 'write');
  }

  function overwrite(at: number, bytes: number[]): void {
    const file = readFileSync(path('image'));
    file.set(bytes, at < 0 ? file.length + at : at);
    writeFileSync(path('image'), file);
  }

  /** Footer copy at 0, dynamic header at 512, table behind it, blocks, footer in the last 512 bytes. */
  const DAMAGE: readonly (readonly [what: string, says: RegExp, damage: () => void])[] = [
    ['both footers', /checksum|no VHD footer/i, () => [20, -492].forEach((at) => void overwrite(at, [0xff]))],
    ['the dynamic header', /header/i, () => overwrite(512 + 100, [0xff])],
    ['an entry of the block table beyond the file', /block|table/i, () => overwrite(1536, [0x7f, 0, 0, 0])],
    [
      'its end, cut off',
      /block|data/i,
      () => truncateSync(path('image'), readFileSync(path('image')).length - 700),
    ],
    ['its middle, cut off', /./, () => truncateSync(path('image'), 4096)],
    ['one footer', /footer/i, () => overwrite(-492, [0xff])],
  ];

  it.each(DAMAGE)('%s: says what is wrong, exit code 1, the file as it was', async (_what, says, damage) => {
    await image();
    damage();
    const before = hash('image');
    for (const mode of ['dma', 'synthetic']) {
      const { code, out, err } = await disk('image', '--workload', 'write', '--mode', mode);
      expect({ code, out }).toEqual({ code: EXIT.no, out: '' });
      expect(err).toMatch(says);
      expect(err).toContain('was not changed');
      expect(hash('image')).toBe(before);
    }
  });

  it('with one good footer can still be read, and --repair mends it', async () => {
    await image();
    const whole = hash('image');
    overwrite(-492, [0xff]);
    expect((await disk('image', '--workload', 'read')).code).toBe(EXIT.ok);
    expect((await disk('image', '--info')).err).toContain('read-only');
    expect((await disk('image', '--workload', 'write')).err).toContain('--repair mends it');
    expect(await disk('image', '--repair')).toMatchObject({
      code: EXIT.ok,
      out: `mended ${path('image')}\n`,
    });
    expect(hash('image')).toBe(whole);
    expect((await disk('image', '--repair')).out).toContain('needs no repair');
    expect((await disk('image', '--workload', 'write')).code).toBe(EXIT.ok);
  });

  it('that cannot be mended stays as it is', async () => {
    await image();
    for (const at of [20, -492]) overwrite(at, [0xff]);
    const before = hash('image');
    expect((await disk('image', '--repair')).code).toBe(EXIT.no);
    expect(hash('image')).toBe(before);
  });
});

describe('--create', () => {
  it.each(['fixed', 'dynamic'])('makes an empty %s VHD of the size', async (kind) => {
    const made = await disk('image', '--create', kind, '--size', '3MiB');
    expect(made).toEqual({ code: EXIT.ok, out: `made ${path('image')}: ${kind} VHD of 3MiB\n`, err: '' });
    const info = JSON.parse((await disk('image', '--info', '--json')).out);
    expect(info).toMatchObject({ format: `${kind} VHD`, bytes: 3 * MIB });
  });

  it('never replaces a file', async () => {
    writeFileSync(path('image'), 'mine');
    const { code, err } = await disk('image', '--create', 'fixed');
    expect(code).toBe(EXIT.file);
    expect(err).toContain('it is there already');
    expect(readFileSync(path('image'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when the size cannot be', async () => {
    const { code, err } = await disk('image', '--create', 'dynamic', '--size', '4TiB');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('2040 GiB');
    expect(existsSync(path('image'))).toBe(false);
  });
});

describe('a file that cannot be used', () => {
  it.each(['read', 'write'])('that is not there: exit code 3 (%s)', async (workload) => {
    const { code, err } = await disk('absent', '--workload', workload);
    expect(code).toBe(EXIT.file);
    expect(err).toContain('there is no such file');
    expect(existsSync(path('absent'))).toBe(false);
  });

  it.each(['read', 'write'])('that is a folder: exit code 3 (%s)', async (workload) => {
    mkdirSync(path('folder'));
    const { code, err } = await disk('folder', '--workload', workload);
    expect(code).toBe(EXIT.file);
    expect(err).toMatch(/no ordinary file|a folder/);
  });

  // A superuser may write whatever the mode says.
  it.skipIf(process.getuid?.() === 0)(
    'that is read-only: exit code 3 for writing, reading works',
    async () => {
      await disk('image', '--create', 'fixed');
      chmodSync(path('image'), 0o444);
      const { code, err } = await disk('image', '--workload', 'write');
      expect(code).toBe(EXIT.file);
      expect(err).toContain('permission denied');
      expect((await disk('image')).code).toBe(EXIT.ok);
    },
  );

  it.each([
    [0, 'The file is empty.'],
    [1000, 'no whole number of 512-byte sectors'],
  ])('that has %i bytes: exit code 1', async (bytes, why) => {
    writeFileSync(path('image'), new Uint8Array(bytes));
    const { code, err } = await disk('image');
    expect(code).toBe(EXIT.no);
    expect(err).toContain(why);
  });
});

describe('a small image', () => {
  it.each(['read', 'write', 'random', 'sql', 'copy'])('is used as far as it goes: %s', async (workload) => {
    await disk('image', '--create', 'fixed', '--size', '64KiB');
    const { code, out } = await disk('image', '--workload', workload, '--json');
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out).failures).toBe(0);
  });

  it.each([
    [['--workload', 'sql'], 'sql needs at least 64KiB'],
    [['--workload', 'random'], 'random needs at least 8KiB'],
    [['--workload', 'copy', '--size', '512B'], 'use --size 1KiB to 4KiB'],
    [['--workload', 'read', '--size', '1MiB'], 'the image holds 4KiB'],
  ])('that is too small is refused and not changed: %j', async (words, why) => {
    await disk('image', '--create', 'dynamic', '--size', '4KiB');
    const before = hash('image');
    const { code, err } = await disk('image', ...words);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(why);
    expect(hash('image')).toBe(before);
  });
});

describe('options', () => {
  it('are all checked before a file is touched', async () => {
    const words = ['--workload', 'wrte', '--mode', 'dna', '--era', '1999', '--size', '7B', '--seed', 'x'];
    const { code, err } = await disk('absent', ...words, '--info', '--repair');
    expect(code).toBe(EXIT.usage);
    for (const option of ['--workload', '--mode', '--era', '--size', '--seed', '--repair and --info'])
      expect(err).toMatch(new RegExp(`^${option}: `, 'm'));
    expect((await disk('absent', '--create', 'sparse')).err).toContain('use one of: fixed, dynamic');
  });

  it('decide how it is counted, never what is written', async () => {
    const reports = [];
    for (const mode of ['pio', 'dma', 'synthetic']) {
      await disk(mode, '--create', 'fixed', '--size', '128KiB');
      reports.push(JSON.parse((await disk(mode, '--workload', 'write', '--mode', mode, '--json')).out));
    }
    expect(reports.map(({ deviceIntercepts }) => deviceIntercepts)).toEqual([2 * 782, 2 * 26, 0]);
    expect(new Set(['pio', 'dma', 'synthetic'].map(hash)).size).toBe(1);
  });
});
