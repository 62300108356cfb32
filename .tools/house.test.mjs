// The rules of the house that a machine can hold. docs/contributing/habits.md says them in words.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { publicExports } from './declarations.mjs';
import { missingPlatforms } from './lockfile.mjs';
import { lookUp } from './reference.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SKIP = new Set(['node_modules', 'dist', 'build', 'reference', 'golden', 'recordings']);

function filesBelow(folder, wanted) {
  const full = join(ROOT, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIP.has(entry.name) ? [] : filesBelow(path, wanted);
    return wanted.test(entry.name) ? [path] : [];
  });
}

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const code = /\.(ts|tsx|mjs|css|md|mdx)$/;
const isTest = (path) => /\.test\.tsx?$/.test(path) || path.startsWith('sim/test/');
const SIM = filesBelow('sim', /\.ts$/);
const PURE = SIM.filter((path) => !/^sim\/(cli|bench|test)\//.test(path) && !isTest(path));

describe('the top level', () => {
  const ALLOWED = new Set([
    ...['docs', 'src', 'notebooks', 'sim', 'static', 'node_modules', 'build'],
    ...['docusaurus.config.ts', 'package.json', 'tsconfig.json', 'package-lock.json'],
    ...['README.md', 'LICENSE', 'CITATION.cff'],
  ]);

  it('holds the agreed folders and files only', () => {
    const strange = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !ALLOWED.has(name));
    expect(strange).toEqual([]);
  });
});

describe('the lockfile', () => {
  const lock = JSON.parse(read('package-lock.json'));

  it('names no registry', () => {
    const places = Object.values(lock.packages).map(({ resolved }) => resolved);
    expect(places.filter((place) => place && place !== 'sim')).toEqual([]);
  });

  it('knows the binaries of every platform, in exact versions', () => {
    expect([...missingPlatforms(lock).keys()], 'npm run lockfile adds them').toEqual([]);
    const inexact = Object.entries(lock.packages).filter(
      ([path, { version, link }]) => path && !link && !/^\d/.test(version),
    );
    expect(inexact).toEqual([]);
  });
});

describe('files', () => {
  const all = ['sim', 'src', 'docs', 'notebooks', '.tools', '.ci'].flatMap((folder) =>
    filesBelow(folder, code),
  );

  it('have at most 500 lines', () => {
    const long = all
      .map((path) => [path, read(path).split('\n').length - 1])
      .filter(([, lines]) => lines > 500);
    expect(long).toEqual([]);
  });

  it('tell nothing about the machine they were written on', () => {
    const private_ = new RegExp(['/(home|root)/', '/tmp/'].join('|'));
    const told = all.filter((path) => path !== '.tools/house.test.mjs' && private_.test(read(path)));
    expect(told).toEqual([]);
  });
});

describe('import arrows of sim/', () => {
  const BASE = ['core', 'wire', 'machine'];
  const TOP = [...BASE, 'host', 'guest', 'enlightenments', 'lab'];
  /** What each folder may import besides itself. */
  const MAY = {
    core: [],
    wire: ['core'],
    machine: ['core', 'wire'],
    host: BASE,
    guest: BASE,
    enlightenments: BASE,
    lab: TOP,
    experiments: TOP,
    exercises: [...TOP, 'experiments'],
    // Real guests: reached from the command line, the tools and the pages alone, so that nobody loads them who did not ask.
    emulator: [...BASE, 'host', 'lab'],
    cli: [...TOP, 'experiments', 'exercises', 'emulator'],
    bench: [...TOP, 'experiments'],
    test: [...TOP, 'experiments', 'exercises'],
  };

  const importsOf = (path) =>
    ts.preProcessFile(read(path), true, true).importedFiles.map(({ fileName }) => fileName);

  const folderOf = (path) => {
    const [first, ...rest] = path.split('/').slice(1);
    return rest.length > 0 ? first : '';
  };

  function forbidden(path) {
    const own = folderOf(path);
    const allowed = MAY[own];
    if (!allowed) return own === '' ? [] : [`${path}: folder without arrows`];
    return importsOf(path)
      .filter((name) => name.startsWith('.'))
      .map((name) =>
        relative(ROOT, join(ROOT, dirname(path), name))
          .split(sep)
          .join('/'),
      )
      .filter((target) => {
        const folder = folderOf(target);
        if (target === 'sim/version.ts') return false;
        // The public surface may be used where a reader of the library stands.
        if (folder === '') return !['cli', 'bench', 'test'].includes(own);
        return folder !== own && !allowed.includes(folder);
      })
      .map((target) => `${path} → ${target}`);
  }

  it('point one way', () => {
    expect(SIM.filter((path) => !isTest(path) || path.startsWith('sim/test/')).flatMap(forbidden)).toEqual(
      [],
    );
  });

  it('let host and guest meet in tests of the machine, never in each other', () => {
    const crossing = SIM.filter((path) => /^sim\/(host|guest)\//.test(path) && !isTest(path)).flatMap(
      (path) =>
        importsOf(path).filter((name) =>
          (path.startsWith('sim/host/') ? /\/guest\// : /\/host\//).test(name),
        ),
    );
    expect(crossing).toEqual([]);
  });

  it('leave the package only in the command and the benches', () => {
    const outside = PURE.flatMap((path) =>
      importsOf(path)
        .filter((name) => !name.startsWith('.'))
        .map((name) => `${path} → ${name}`),
    );
    expect(outside).toEqual([]);
  });

  it('carry the .ts extension', () => {
    const bare = SIM.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith('.') && !/\.(ts|mjs|json)$/.test(name))
        .map((name) => `${path} → ${name}`),
    );
    expect(bare).toEqual([]);
  });
});

describe('the library', () => {
  // `console`, timers and the like do not exist for the compiler here (sim/tsconfig.json); these do.
  const MATH = new Set(['random', 'log', 'log2', 'log10', 'exp', 'pow', 'sin', 'cos', 'tan']);

  function impurities(path) {
    const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true);
    const found = [];
    const note = (node, what) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${path}:${line + 1} ${what}`);
    };
    const visit = (node) => {
      if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) note(node, 'async');
      if (ts.isIdentifier(node) && node.text === 'Date' && isFreeName(node)) note(node, 'Date');
      if (
        ts.isPropertyAccessExpression(node) &&
        node.expression.getText() === 'Math' &&
        MATH.has(node.name.text)
      ) {
        note(node, node.getText());
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  }

  /** A name that refers to a global rather than naming a member, a parameter or a type of ours. */
  function isFreeName(node) {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
    return ts.isNewExpression(parent) || ts.isCallExpression(parent);
  }

  it('is a function of its line and its seed', () => {
    expect(PURE.flatMap(impurities)).toEqual([]);
  });

  it('keeps no state in its modules', () => {
    const stateful = PURE.flatMap((path) => {
      const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true);
      return source.statements
        .filter((s) => ts.isVariableStatement(s) && !(s.declarationList.flags & ts.NodeFlags.Const))
        .map((s) => `${path}: ${s.getText().slice(0, 60)}`);
    });
    expect(stateful).toEqual([]);
  });
});

describe('the public surface', () => {
  /** An export is documented by its docstring, by the declared data itself, or by the comment that opens the file named after it. */
  function isSilent({ name, file, doc }, library) {
    const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
    const named = plain(name.replace(/^wire\./, '')) === plain(file.slice(file.lastIndexOf('/') + 1, -3));
    return doc === '' && !lookUp(library, name)?.doc && !(named && read(`sim/${file}`).startsWith('/**'));
  }

  it('says what every export means', async () => {
    const library = await import(pathToFileURL(join(ROOT, 'sim', 'dist', 'index.js')).href);
    const surface = publicExports();
    expect(surface.length).toBeGreaterThan(0);
    const silent = surface.filter((e) => isSilent(e, library));
    expect(silent.map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
  });

  it('carries the version of the package', () => {
    const version = JSON.parse(read('sim/package.json')).version;
    expect(read('sim/version.ts')).toContain(`'${version}'`);
    expect(read('CITATION.cff')).toContain(`version: ${version}`);
  });
});
