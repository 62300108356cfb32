// Makes the disk images of sim/guest/media/golden with the standard tools (sfdisk, sgdisk, mkfs.vfat, mtools, mke2fs), so that the
// readers are tested on other people's work where these tools are missing. Run it by hand when files.json changes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { ROOT } from './setup.mjs';

const GOLDEN = join(ROOT, 'sim', 'guest', 'media', 'golden');
const MIB = 1024 * 1024;
const files = JSON.parse(readFileSync(join(GOLDEN, 'files.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'ringside-images-'));
const env = {
  ...process.env,
  PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: '1214481600',
  E2FSPROGS_FAKE_TIME: '1214481600',
  MKE2FS_DETERMINISTIC: '1',
};
const run = (tool, args, input) =>
  execFileSync(tool, args, { input, env, stdio: ['pipe', 'ignore', 'inherit'] });

/** What sim/test/support/media-tools.ts expects in a file. */
function content(path, size) {
  let text = '';
  for (let line = 1; text.length < size; line++) text += `${path}, line ${line}\n`;
  return text.slice(0, size);
}

function blank(name, megabytes) {
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(megabytes * MIB));
  return path;
}

function vfat(megabytes, options) {
  const path = blank('vfat', megabytes);
  run('mkfs.vfat', ['--invariant', '-i', '20080626', '-n', 'BOOT', ...options, path]);
  const tops = readdirSync(join(folder, 'content')).map((name) => join(folder, 'content', name));
  run('mcopy', ['-s', '-i', path, ...tops, '::/']);
  return readFileSync(path);
}

function ext(type, megabytes, options) {
  const path = blank('ext', megabytes);
  const uuid = '20080626-0000-4000-8000-000000000001';
  const fixed = ['-U', uuid, '-E', `root_owner=0:0,hash_seed=${uuid}`];
  run('mke2fs', [
    '-q',
    '-F',
    '-t',
    type,
    '-L',
    'root',
    '-d',
    join(folder, 'content'),
    ...fixed,
    ...options,
    path,
  ]);
  return readFileSync(path);
}

/** Writes volumes to a disk at their sectors and keeps it. */
function save(name, disk, volumes) {
  const bytes = readFileSync(disk);
  for (const [lba, volume] of volumes) bytes.set(volume, lba * 512);
  // The window reaches from one volume's files to the next one's.
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } });
  writeFileSync(join(GOLDEN, `${name}.img.br`), packed);
  console.log(`${name}: ${bytes.length} bytes, ${packed.length} packed`);
}

try {
  for (const [path, size] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'content', path)), { recursive: true });
    writeFileSync(join(folder, 'content', path), content(path, size));
  }
  const mbr = blank('mbr', 16);
  const table = 'start=2048, size=8192, type=e, bootable\nstart=10240, size=20480, type=f\n';
  const logical = 'start=12288, size=8192, type=83\nstart=22528, size=6144, type=83\n';
  run('sfdisk', ['-q', mbr], `label: dos\nlabel-id: 0x20080626\n${table}${logical}`);
  save('mbr', mbr, [
    [2048, vfat(4, ['-F', '16', '-s', '1'])],
    [12_288, ext('ext4', 4, ['-b', '1024', '-O', '^has_journal'])],
    [22_528, ext('ext2', 3, ['-b', '1024'])],
  ]);
  const gpt = blank('gpt', 48);
  const guid = (last) => `20080626-0000-4000-8000-0000000000${last}`;
  run('sgdisk', [
    '-U',
    guid('00'),
    '-n',
    '2:2048:+8M',
    '-t',
    '2:8304',
    '-c',
    '2:root',
    '-u',
    `2:${guid('02')}`,
    gpt,
  ]);
  run('sgdisk', ['-n', '1:0:+36M', '-t', '1:EF00', '-c', '1:EFI system', '-u', `1:${guid('01')}`, gpt]);
  save('gpt', gpt, [
    [2048, ext('ext4', 8, [])],
    [2048 + 8 * 2048, vfat(36, ['-F', '32'])],
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
