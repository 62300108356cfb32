import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { writeCpio } from './cpio.ts';

const entries = [
  { path: 'bin', kind: 'folder' },
  { path: 'bin/tool', kind: 'file', bytes: Uint8Array.of(1, 2, 3, 4, 5), executable: true },
  { path: 'bin/sh', kind: 'link', to: 'tool' },
  { path: 'console', kind: 'console' },
  { path: 'empty', kind: 'file', bytes: new Uint8Array(0) },
] as const;

describe('cpio', () => {
  const archive = writeCpio(entries);
  const text = Buffer.from(archive).toString('latin1');

  it('has a header of thirteen numbers for each entry, then the trailer', () => {
    expect(text.split('070701')).toHaveLength(entries.length + 2);
    const second = text.indexOf('070701', 6);
    const field = (index: number): number => Number.parseInt(text.substr(second + 6 + 8 * index, 8), 16);
    expect([0, 1, 6, 11].map(field)).toEqual([2, 0o100755, 5, 9]);
    expect(text.substr(second + 110, 9)).toBe('bin/tool\0');
    // Name and content are padded to four bytes.
    const content = Math.ceil((110 + 9) / 4) * 4;
    expect([...archive.subarray(second + content, second + content + 8)]).toEqual([1, 2, 3, 4, 5, 0, 0, 0]);
    expect(text).toContain('TRAILER!!!');
    expect(archive.length % 4).toBe(0);
  });

  it('is the same for the same entries', () => {
    expect(Buffer.from(writeCpio(entries)).equals(Buffer.from(archive))).toBe(true);
  });

  it('is read by cpio, where there is one', ({ skip }) => {
    let listing = '';
    try {
      listing = execFileSync('cpio', ['-itv', '--numeric-uid-gid'], {
        input: archive,
        stdio: ['pipe', 'pipe', 'ignore'],
      }).toString();
    } catch {
      skip();
    }
    const lines = listing.trim().split('\n');
    expect(lines.map((line) => line.slice(0, 10))).toEqual([
      'drwxr-xr-x',
      '-rwxr-xr-x',
      'lrwxrwxrwx',
      'crw-------',
      '-rw-r--r--',
    ]);
    expect(lines[2]).toMatch(/bin\/sh -> tool$/);
    expect(lines[3]).toMatch(/5,\s+1/);
  });
});
