/**
 * What the editor of a code cell loads when someone reaches for it, as files beside the site: the compiler that tells the types, made
 * small, and the declarations of the language and of the library as one JSON.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { minifySync } from '@swc/core';

/** Folder of the files, below a folder of static files. */
export const LIVE = 'live';

/** The library of the language that cells see: no page, no network. */
const LANGUAGE = 'lib.es2023.d.ts';

/** Writes the files that changed into `directory`, a folder of static files. */
export function liveFiles(siteDir: string, directory: string): void {
  const target = path.join(siteDir, directory, LIVE);
  mkdirSync(target, { recursive: true });
  const typescript = path.join(siteDir, 'node_modules', 'typescript', 'lib');
  const compiler = readFileSync(path.join(typescript, 'typescript.js'), 'utf8');
  once(target, 'typescript.js', compiler, () => small(compiler));
  const types = JSON.stringify({ ...language(typescript), ...library(siteDir), ...cells(siteDir) });
  once(target, 'types.json', types, () => types);
}

/** Makes a file unless it was made of the same. */
function once(folder: string, name: string, from: string, make: () => string): void {
  const stamp = path.join(folder, '..', '..', `live-${name}.stamp`);
  const hash = createHash('sha256').update(from).digest('hex');
  const file = path.join(folder, name);
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  writeFileSync(file, make());
  writeFileSync(stamp, hash);
}

const small = (code: string): string =>
  minifySync(code, { compress: false, mangle: { toplevel: false }, format: { comments: false } }).code;

/** `lib.es2023.d.ts` and all that it refers to. */
function language(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  const add = (name: string): void => {
    if (files[`/${name}`] !== undefined) return;
    const text = readFileSync(path.join(folder, name), 'utf8');
    files[`/${name}`] = text.replace(/\/\*!?[\s\S]*?\*\/\s*/, '');
    for (const [, lib] of text.matchAll(/^\/\/\/ <reference lib="([^"]+)"/gm)) add(`lib.${lib}.d.ts`);
  };
  add(LANGUAGE);
  return files;
}

/** The compiled declarations of the library; none where it was not built. */
function library(siteDir: string): Record<string, string> {
  const dist = path.join(siteDir, 'sim', 'dist');
  const files: Record<string, string> = {
    '/node_modules/ringside/package.json': '{"name":"ringside","type":"module","types":"./index.d.ts"}',
  };
  if (!existsSync(dist)) return files;
  for (const entry of readdirSync(dist, { recursive: true, encoding: 'utf8' }).sort()) {
    const name = entry.split(path.sep).join('/');
    if (name.endsWith('.d.ts') && !name.startsWith('cli/'))
      files[`/node_modules/ringside/${name}`] = readFileSync(path.join(dist, entry), 'utf8');
  }
  return files;
}

/** What a cell has besides. */
function cells(siteDir: string): Record<string, string> {
  return {
    '/cell.d.ts': readFileSync(path.join(siteDir, 'src', 'data', 'cells', 'cell.d.ts'), 'utf8'),
    '/surroundings.d.ts': readFileSync(
      path.join(siteDir, 'src', 'plugins', 'live', 'surroundings.txt'),
      'utf8',
    ),
  };
}
