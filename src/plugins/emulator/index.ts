/**
 * The emulator as files beside the site, as its package has them: loaded when a reader starts a guest, and by no other page. Its licence lies
 * beside them.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Folder of the files, below a folder of static files. */
export const EMULATOR = 'emulator';

/** What is copied, and its name here: not every server knows that `.mjs` is a script. */
const FILES: Readonly<Record<string, string>> = {
  'build/libv86.mjs': 'v86.js',
  'build/v86.wasm': 'v86.wasm',
  LICENSE: 'LICENSE.txt',
};

/** Copies the files into `directory`, a folder of static files. Without the package there are none, and the page says so. */
export function emulatorFiles(siteDir: string, directory: string): void {
  const target = path.join(siteDir, directory, EMULATOR);
  const from = path.join(siteDir, 'node_modules', 'v86');
  rmSync(target, { recursive: true, force: true });
  if (!Object.keys(FILES).every((file) => existsSync(path.join(from, file)))) return;
  mkdirSync(target, { recursive: true });
  for (const [file, name] of Object.entries(FILES))
    copyFileSync(path.join(from, file), path.join(target, name));
}
