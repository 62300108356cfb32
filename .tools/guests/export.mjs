// Everything that a guest needs, in one file for the page that boots it: `npm run guest -- export`. The archive begins with a list of its
// contents and their check sums; the kernel is unpacked, and the whole is packed again.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { buildSim, ROOT, withPlainErrors } from '../setup.mjs';
import { guestFiles } from './files.mjs';
import { initramfs } from './initramfs.mjs';
import { unpackKernel } from './kernel-image.mjs';

const FOLDER = path.join(ROOT, '.cache/guests/page');

const file = (name, bytes) => ({ path: name, kind: 'file', bytes: new Uint8Array(bytes) });

/** The archive of these files, with their list in front. */
function bundle({ writeCpio }, head, files) {
  const sums = files.map(({ path: name, bytes }) => [name, createHash('sha256').update(bytes).digest('hex')]);
  const manifest = JSON.stringify({ ...head, files: Object.fromEntries(sums) });
  const archive = writeCpio([file('ringside.json', Buffer.from(manifest)), ...files]);
  return gzipSync(archive, { level: constants.Z_BEST_COMPRESSION });
}

/** The two guests as bundles. */
export function bundles(ringside, files) {
  const linux = [
    file('bios', files.firmware),
    file('kernel', unpackKernel(files.kernel)),
    file('initrd', initramfs({ ringside, busybox: files.busybox, modulesFolder: files.modulesFolder })),
  ];
  const ipxe = [file('bios', files.firmware), file('vga', files.video), file('kernel', files.ipxe)];
  const name = `Debian Linux ${files.release}`;
  return {
    'linux.guest': bundle(ringside, { kind: 'linux', name, commandLine: '' }, linux),
    'ipxe.guest': bundle(ringside, { kind: 'ipxe', name: 'iPXE', commandLine: '' }, ipxe),
  };
}

/** The library and Debian's files, when the caller has none. */
async function ownPieces() {
  buildSim({});
  const ringside = await import('../../sim/dist/emulator/index.js');
  return { ringside, files: guestFiles({ log: (line) => process.stderr.write(`${line}\n`) }) };
}

/** Writes both into a folder; says where, and how large they are. */
export async function exportGuests({ folder = FOLDER, ...given } = {}) {
  const { ringside, files } = given.files ? given : await ownPieces();
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(bundles(ringside, files))) {
    const target = path.join(folder, name);
    writeFileSync(target, bytes);
    process.stdout.write(`${path.relative('', target)}  ${(bytes.length / 1e6).toFixed(1)} MB\n`);
  }
}

if (import.meta.url === `file://${process.argv[1]}`)
  await withPlainErrors(() => exportGuests({ folder: process.argv[2] }));
