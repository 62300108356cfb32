// The command as a process of its own: what a shell sees. Needs the compiled library; `npm test` compiles it first.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../experiments/index.ts';
import { EXIT } from './exit-codes.ts';

const BIN = fileURLToPath(new URL('../bin/ringside.mjs', import.meta.url));
const COMPILED = existsSync(fileURLToPath(new URL('../dist/cli/index.js', import.meta.url)));
const ringside = (...words: string[]) => spawnSync(process.execPath, [BIN, ...words], { encoding: 'utf8' });
const shell = (line: string) => spawnSync('sh', ['-c', line], { encoding: 'utf8' });

describe.skipIf(!COMPILED)('bin/ringside.mjs (skipped where sim/ is not compiled)', () => {
  it('prints the digest of the library', () => {
    const { status, stdout, stderr } = ringside('run', 'two-roads?mode=dma&seed=7', '--json');
    expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    expect(JSON.parse(stdout).digest).toBe(run('two-roads', { mode: 'dma' }, { seed: 7 }).digest);
  });

  it('hands its exit code to the shell', () => {
    expect(ringside('run', 'nothing').status).toBe(EXIT.usage);
    expect(ringside('disk', join(tmpdir(), 'ringside-absent')).status).toBe(EXIT.file);
  });

  it.skipIf(process.platform === 'win32')('ends quietly when nobody reads on', () => {
    const first = `"${process.execPath}" "${BIN}" trace two-roads; echo "code $?" >&2`;
    const { stdout, stderr } = shell(`{ ${first}; } | head -c 15`);
    expect(stdout).toBe('{"displayTimeUn');
    expect(stderr).toBe(`code ${EXIT.ok}\n`);
  });

  it.skipIf(!existsSync('/dev/full'))('says so when its output cannot be written', () => {
    const { status, stderr } = shell(`"${process.execPath}" "${BIN}" list > /dev/full`);
    expect(status).toBe(EXIT.file);
    expect(stderr).toBe('the output cannot be written: the disk is full\n');
  });
});

describe('bin/ringside.mjs before sim/ is compiled', () => {
  it('says what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringside-bin-'));
    cpSync(BIN, join(folder, 'bin', 'ringside.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin', 'ringside.mjs'), 'list'], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toContain('npm run build -w sim');
    expect(status).not.toBe(0);
  });
});
