// Completes package-lock.json: a registry mirror may carry the binaries of its own platform only, and npm then leaves the others out
// of the lockfile, after which `npm ci` refuses on every machine. The missing entries follow from the packages that ask for them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, say } from './setup.mjs';

const FILE = join(ROOT, 'package-lock.json');
const PLATFORM = /-(android|darwin|freebsd|linux|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/;

/** Optional packages that some entry wants and that have no entry of their own. */
export function missingPlatforms(lock) {
  const missing = new Map();
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const match = PLATFORM.exec(name);
      if (!match || lock.packages[`node_modules/${name}`]) continue;
      const [, os, cpu, abi] = match;
      const libc = os === 'linux' && abi ? { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] } : {};
      const dev = entry.dev ? { dev: true } : {};
      missing.set(`node_modules/${name}`, { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [os] });
    }
  }
  return missing;
}

function completeLockfile() {
  const lock = JSON.parse(readFileSync(FILE, 'utf8'));
  const missing = missingPlatforms(lock);
  const [root, ...rest] = Object.entries(lock.packages);
  const sorted = [...rest, ...missing].sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries([root, ...sorted]);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  return missing.size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  say(`added ${completeLockfile()} platform entries to package-lock.json`);
}
