/**
 * The emulator as files beside the site, as its package has them: loaded when a reader starts a guest, and by no other page. Its licence lies
 * beside them.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Folder of the files, below a folder of static files. */
export const EMULATOR = 'emulator';

const FILES = ['build/libv86.mjs', 'build/v86.wasm', 'LICENSE'];

/** Copies the files into `directory`, a folder of static files. Without the package there are none, and the page says so. */
export function emulatorFiles(siteDir: string, directory: string): void {
  const target = path.join(siteDir, directory, EMULATOR);
  const from = path.join(siteDir, 'node_modules', 'v86');
  rmSync(target, { recursive: true, force: true });
  if (!FILES.every((file) => existsSync(path.join(from, file)))) return;
  mkdirSync(target, { recursive: true });
  for (const file of FILES) copyFileSync(path.join(from, file), path.join(target, path.basename(file)));
}
