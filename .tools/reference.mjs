// Writes .reference/: a folder for each folder of sim/, a page for each file, a section for each public export with its
// docstring and its declaration as a reader's editor shows it. Structures of wire/ are tables, made from the declared data itself.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { publicExports } from './declarations.mjs';
import { isFresh, markDone, ROOT, say } from './setup.mjs';

const OUT = join(ROOT, '.reference');
const SIM = join(ROOT, 'sim');

/** Folders in the order of the import arrows, each with its sentence. */
const FOLDERS = {
  core: 'Time, chance and evidence. Knows no virtual machine.',
  wire: 'Bytes that cross the boundary, declared once as data. No time, no cost, no state.',
  machine: 'The hypervisor: partitions, virtual processors, exits and their routes, interrupts, costs.',
  host: 'The root partition: the worker process, emulated devices, service providers, disk images.',
  guest: 'Drivers, workloads and profiles of the simulated guest.',
  enlightenments: 'What a guest may use when it knows that it is a guest, one contract per file.',
  lab: 'How an experiment is declared, run, swept, judged and drawn.',
  experiments: 'One question per file.',
};

const folderOf = ({ file }) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

/** Page of a file. `x/index.ts` and `x/x.ts` step aside for the page of the folder. */
function pageOf(file) {
  const path = file.replace(/\.ts$/, '');
  const [name, parent] = path.split('/').reverse();
  return name === 'index' || name === parent ? `${path}-ts` : path;
}

/** Docstring text as Markdown: what looks like a tag is text. */
function prose(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replace(/([*_])(?=\S)/g, '\\$1'),
    )
    .join('')
    .replace(/\{@link (\S+?)\}/g, '`$1`');
}

/** The first sentence of a text, for lists. */
const firstSentence = (text) => /^[\s\S]*?\.(?=\s|$)/.exec(text)?.[0] ?? text;

const cell = (text) => prose(text).replaceAll('|', '\\|').replace(/\s+/g, ' ');

function tagLine({ name, text }) {
  const said = prose(ts.displayPartsToString(text));
  return said ? `- **${name}** ${said}` : `- **${name}**`;
}

/** The comment that opens a source file: what the file is. A comment right above an export belongs to that export. */
export function opening(file) {
  const source = join(SIM, file);
  const text = existsSync(source) ? readFileSync(source, 'utf8') : '';
  const comment = /^(\/\*\*[\s\S]*?\*\/|(\/\/.*\n)+)/.exec(text)?.[0] ?? '';
  const next = text.slice(comment.length).trimStart();
  if (/^export (?![*{]|type \{)/.test(next)) return '';
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*(\*|\/\/) ?/gm, '')
    .trim();
}

/** What an exported name stands for at run time. */
export const lookUp = (library, name) => name.split('.').reduce((scope, part) => scope?.[part], library);

const isStructure = (value) => Array.isArray(value?.fields) && typeof value.size === 'number';
const isCodes = (value) =>
  Array.isArray(value?.rows) &&
  value.rows.every((row) => typeof row.value === 'number' && row.doc !== undefined);

function fieldRow({ name, offset, size, bitOffset, bitSize, count, flexible, doc }) {
  const many = flexible ? '[…]' : count === undefined ? '' : `[${count}]`;
  const place = bitSize === undefined ? offset : `${offset}, bit ${bitOffset}`;
  const room = bitSize === undefined ? size : `${bitSize} ${bitSize === 1 ? 'bit' : 'bits'}`;
  return `| ${place} | ${room} | \`${name}${many}\` | ${cell(doc)} |`;
}

function structureBody(structure) {
  const { name, size, source, fields, doc } = structure;
  const facts = `\`${name}\`, ${size} ${size === 1 ? 'byte' : 'bytes'}. Source: ${prose(source)}.`;
  const table = [
    '| offset | bytes | field | meaning |',
    '| ---: | ---: | --- | --- |',
    ...fields.map(fieldRow),
  ];
  return [prose(doc), '', facts, '', ...(fields.length > 0 ? [...table, ''] : [])];
}

function codesBody({ rows }) {
  const hex = (value) => `0x${value.toString(16)}`;
  const lines = rows.map(
    (row) => `| \`${row.name}\` | ${hex(row.value)} | ${row.value} | ${cell(row.doc)} |`,
  );
  return ['| name | hex | decimal | meaning |', '| --- | ---: | ---: | --- |', ...lines, ''];
}

/** Declared data speaks for itself; everything else shows its declaration. */
function bodyOf(value, code, name) {
  const names = Object.keys(value ?? {});
  if (/: CodeValues</.test(code) && names.length > 0)
    return [`\`${name}.${names[0]}\` and so on, from the table above.`, ''];
  if (isStructure(value)) return structureBody(value);
  if (isCodes(value)) return codesBody(value);
  return ['```ts', code, '```', ''];
}

function section({ name, doc, tags, code }, library) {
  const body = bodyOf(lookUp(library, name), code, name);
  const said = doc ? [prose(doc), ''] : [];
  return [`## ${name.replace(/^wire\./, '')}`, '', ...said, ...tags.map(tagLine), '', ...body].join('\n');
}

function front(fields) {
  const lines = Object.entries({ pagination_next: null, pagination_prev: null, ...fields });
  return ['---', ...lines.map(([key, value]) => `${key}: ${value}`), '---', '', ''].join('\n');
}

function filePage(file, exports, library) {
  const label = file.slice(file.indexOf('/') + 1, -3);
  const head = front({ title: file, sidebar_label: label, toc_max_heading_level: 2 });
  const body = exports.map((e) => section(e, library));
  return `${head}# ${file}\n\n${prose(opening(file))}\n\n${body.join('\n')}`;
}

function folderPage(folder, files, position) {
  const within = (path) => path.slice(folder.length + 1);
  const rows = files.map(([file, exports]) => {
    const about = cell(firstSentence(opening(file) || exports[0].doc));
    return `| [${within(file)}](./${within(pageOf(file))}.md) | ${about} | ${exports.length} |`;
  });
  const head = front({ title: folder, sidebar_position: position });
  const access =
    folder === 'wire'
      ? "\n\nThe names of this folder are members of `wire`: `import { wire } from 'ringside'`."
      : '';
  return `${head}# ${folder}\n\n${FOLDERS[folder] ?? ''}${access}\n\n| file | what it is | exports |\n| --- | --- | ---: |\n${rows.join('\n')}\n`;
}

function overview(folders) {
  const rows = folders.map(
    ({ folder, count }) => `| [${folder}](./${folder}/index.md) | ${FOLDERS[folder] ?? ''} | ${count} |`,
  );
  return `${front({ title: 'Library reference', sidebar_position: 0 })}# Library reference

Everything that a program gets from \`ringside\`, written from the docstrings of the sources.

\`\`\`ts
import { run } from 'ringside';

const result = run('two-roads', { mode: 'dma', size: 10_240 }, { seed: 7 });
console.log(result.metrics, result.digest);
\`\`\`

A folder may use the folders above it in this list, never one below.

| folder | what it holds | exports |
| --- | --- | ---: |
${rows.join('\n')}
`;
}

function write(path, text) {
  const full = join(OUT, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** Generates the reference when a source is newer than the last one. */
export async function buildReference({ force = false } = {}) {
  if (!force && isFresh('reference', '.reference/index.md', ['sim', '.tools'])) return;
  say('writing the library reference from the docstrings …');
  const library = await import(pathToFileURL(join(SIM, 'dist', 'index.js')).href);
  const byFolder = groupBy(publicExports(), folderOf);
  const known = Object.keys(FOLDERS).filter((folder) => byFolder.has(folder));
  rmSync(OUT, { recursive: true, force: true });
  const folders = known.map((folder, i) => {
    const exports = byFolder.get(folder);
    const files = [...groupBy(exports, (e) => e.file)].sort(([a], [b]) => a.localeCompare(b, 'en'));
    for (const [file, members] of files) write(`${pageOf(file)}.md`, filePage(file, members, library));
    write(`${folder}/index.md`, folderPage(folder, files, i + 1));
    write(`${folder}/_category_.json`, JSON.stringify({ label: folder, position: i + 1, collapsed: true }));
    return { folder, count: exports.length };
  });
  write('index.md', overview(folders));
  markDone('reference');
}
