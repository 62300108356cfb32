// Writes docs/reference/ from the compiled declarations: one page for each folder of sim/, one section for each file, every public
// export with its docstring and its declaration as a reader's editor shows it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { isFresh, markDone, Plain, ROOT, say } from './setup.mjs';

const OUT = join(ROOT, 'docs', 'reference');
const SIM = join(ROOT, 'sim');
const DIST = join(SIM, 'dist');

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
  '': 'The package itself.',
};

/** Every public export of the declarations, with the file that declares it. Namespaces give dotted names. */
export function publicExports() {
  const entry = join(DIST, 'index.d.ts');
  if (!existsSync(entry)) throw new Plain('sim/dist is missing: run `npm run build -w sim` first.');
  const options = { noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.ESNext };
  const program = ts.createProgram([entry], {
    ...options,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
  });
  const checker = program.getTypeChecker();
  const found = new Map();
  const visit = (module, prefix) => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) visit(symbol, `${name}.`);
      else if (symbol.declarations?.length && !found.has(symbol))
        found.set(symbol, describe(symbol, name, checker));
    }
  };
  visit(checker.getSymbolAtLocation(program.getSourceFile(entry)), '');
  return [...found.values()];
}

function describe(symbol, name, checker) {
  const declarations = symbol.declarations.map((d) => (ts.isVariableDeclaration(d) ? d.parent.parent : d));
  const file = declarations[0].getSourceFile().fileName;
  return {
    name,
    file: relative(DIST, file)
      .split(sep)
      .join('/')
      .replace(/\.d\.ts$/, '.ts'),
    position: declarations[0].pos,
    doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    tags: symbol.getJsDocTags(checker),
    code: declarations.map(declarationText).join('\n'),
  };
}

/** The text of a declaration without what only its own file may use. */
function declarationText(node) {
  const hidden = ts.isClassDeclaration(node) ? node.members.filter(isHidden) : [];
  const start = node.getStart();
  let text = '';
  let from = start;
  for (const member of hidden) {
    text += node.getSourceFile().text.slice(from, member.getFullStart());
    from = member.end;
  }
  text += node.getSourceFile().text.slice(from, node.end);
  return text
    .replace(/^export (default )?(declare )?/, '')
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replace(/;$/, '');
}

function isHidden(member) {
  const internal = ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'internal');
  return (
    internal ||
    ts.isPrivateIdentifier(member.name ?? member) ||
    Boolean(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private)
  );
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

function tagLine({ name, text }) {
  const said = prose(ts.displayPartsToString(text));
  return said ? `- **${name}** ${said}` : `- **${name}**`;
}

function section({ name, doc, tags, code }) {
  const lines = [`### ${name}`, '', prose(doc), ''];
  if (tags.length > 0) lines.push(...tags.map(tagLine), '');
  return [...lines, '```ts', code, '```', ''].join('\n');
}

/** The comment that opens a source file: what the file is. */
function opening(file) {
  const source = join(SIM, file);
  const text = existsSync(source) ? readFileSync(source, 'utf8') : '';
  const block = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? /^(\/\/.*\n)+/.exec(text)?.[0] ?? '';
  const next = text.slice((/^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '').length).trimStart();
  // A comment right above an export belongs to that export.
  if (next.startsWith('export') && !next.startsWith('export *') && !next.startsWith('export {')) return '';
  return prose(block.replace(/^\s*(\*|\/\/) ?/gm, '').trim());
}

function page(folder, exports, position) {
  const byFile = Map.groupBy ? Map.groupBy(exports, (e) => e.file) : groupBy(exports);
  const files = [...byFile.keys()].sort();
  const body = files.map((file) =>
    [
      `## ${file}`,
      '',
      opening(file),
      '',
      ...byFile
        .get(file)
        .sort((a, b) => a.position - b.position)
        .map(section),
    ].join('\n'),
  );
  const title = folder === '' ? 'ringside' : folder;
  const front = [
    '---',
    `title: ${title}`,
    `sidebar_position: ${position}`,
    'pagination_next: null',
    'pagination_prev: null',
  ];
  return [...front, '---', '', `# ${title}`, '', FOLDERS[folder] ?? '', '', ...body].join('\n');
}

function groupBy(exports) {
  const groups = new Map();
  for (const e of exports) groups.set(e.file, [...(groups.get(e.file) ?? []), e]);
  return groups;
}

function overview(pages) {
  const rows = pages.map(
    ({ folder, slug, count }) =>
      `| [${folder || 'ringside'}](./${slug}.md) | ${FOLDERS[folder] ?? ''} | ${count} |`,
  );
  return `---
title: Library reference
sidebar_position: 0
pagination_next: null
---

# Library reference

Everything that \`import … from 'ringside'\` gives, written from the docstrings of the sources. A folder may use the folders above it in this list, never one below.

| folder | what it holds | exports |
| --- | --- | ---: |
${rows.join('\n')}

\`\`\`ts
import { run } from 'ringside';

const result = run('two-roads', { mode: 'dma', size: 10_240 }, { seed: 7 });
console.log(result.metrics, result.digest);
\`\`\`
`;
}

/** Generates the reference when a source is newer than the last one. */
export function buildReference({ force = false } = {}) {
  if (!force && isFresh('reference', 'docs/reference/index.md', ['sim', '.tools/reference.mjs'])) return;
  say('writing the library reference from the docstrings …');
  const exports = publicExports();
  const folderOf = ({ file }) => (file.includes('/') ? dirname(file).split('/')[0] : '');
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const order = Object.keys(FOLDERS);
  const pages = [...new Set(exports.map(folderOf))]
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((folder, i) => {
      const members = exports.filter((e) => folderOf(e) === folder);
      const slug = folder || 'package';
      writeFileSync(join(OUT, `${slug}.md`), page(folder, members, i + 1));
      return { folder, slug, count: members.length };
    });
  writeFileSync(join(OUT, 'index.md'), overview(pages));
  markDone('reference');
}
