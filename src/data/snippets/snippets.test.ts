// Every snippet is compiled with strict types, run as the page runs it, and prints what is recorded beside it.
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { experiments } from '../../../sim/experiments/index.ts';
import { printedBy } from '../../plugins/truth/snippets.ts';
import { SNIPPETS } from './index.ts';

const ALL = Object.entries(SNIPPETS).flatMap(([concept, list]) =>
  list.map((snippet) => ({ id: `${concept}/${snippet.name}`, ...snippet })),
);

/** Messages of the compiler over all snippets at once. */
function mistakes(): string[] {
  const root = process.cwd();
  const texts = new Map(
    ALL.map(({ id, code }) => [path.join(root, 'sim', `snippet-${id.replace('/', '-')}.ts`), code]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    baseUrl: root,
    paths: { ringside: ['./sim/index.ts'] },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => texts.get(path.normalize(name)) ?? readFile(name);
  host.fileExists = (name) => texts.has(path.normalize(name)) || fileExists(name);
  const read = host.getSourceFile;
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(path.normalize(name));
    return text === undefined ? read(name, version, ...rest) : ts.createSourceFile(name, text, version, true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(
      ({ messageText }) => `${path.basename(name)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    ),
  );
}

describe('the snippet library', () => {
  it('has sixty and more, some for every concept, each under a name of its own', () => {
    expect(ALL.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ALL.map(({ id }) => id)).size).toBe(ALL.length);
    for (const { id } of experiments) expect(SNIPPETS[id]?.length ?? 0, id).toBeGreaterThanOrEqual(3);
  });

  it('is short, and each stands on its own', () => {
    for (const { id, code, title } of ALL) {
      expect(code.split('\n').length, id).toBeLessThanOrEqual(16);
      expect(code, id).toMatch(/^import \{[^}]+\} from 'ringside';\n/);
      expect(title.length, id).toBeLessThan(80);
    }
  });

  it('compiles under strict types', () => {
    expect(mistakes()).toEqual([]);
  });

  it('prints what is recorded: run with --update to record anew', async () => {
    const printed = Object.fromEntries(ALL.map(({ id, code }) => [id, printedBy(id, code)]));
    for (const [id, lines] of Object.entries(printed)) expect(lines.length, id).toBeGreaterThan(0);
    await expect(`${JSON.stringify(printed, null, 1)}\n`).toMatchFileSnapshot('./printed.json');
  }, 240_000);
});
