/** A fingerprint of everything that the numbers on a page depend on besides the page. */
import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SKIP = new Set(['node_modules', 'dist', 'bench', 'cli', 'test', 'golden']);

/** Hash of the sources below the given folders, tests left out. */
export function hashOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) addFolder(folder, hash);
  return hash.digest('hex').slice(0, 16);
}

function addFolder(folder: string, hash: Hash): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIP.has(entry.name)) addFolder(full, hash);
    } else if (/\.(ts|json|svg)$/.test(entry.name) && !entry.name.includes('.test.'))
      hash.update(readFileSync(full));
  }
}
