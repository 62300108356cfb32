// Code in the texts: every block of TypeScript or JavaScript is checked by the compiler, and every command is one that there is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from './setup.mjs';

const TEXTS = [
  'README.md',
  'sim/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.mdx?$/.test(file))
    .map((file) => join('docs', file)),
];

/** The blocks of a text in one of these languages: its line and its code. */
function fences(file, languages) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const pattern = new RegExp(`^\`\`\`(?:${languages})\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...text.matchAll(pattern)].map(({ 1: code, index }) => ({
    where: `${file}:${text.slice(0, index).split('\n').length + 1}`,
    code,
  }));
}

const code = TEXTS.flatMap((file) => fences(file, 'ts|js|typescript|javascript'));
const commands = TEXTS.flatMap((file) => fences(file, 'sh|bash'));

/** What the compiler says of pieces of code, each a file of its own beside the data that `./types.ts` stands for. */
function mistakes(pieces) {
  const options = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const files = new Map(
    pieces.map(({ code: source }, i) => [join(ROOT, 'src', 'data', 'worked', `text-${i}.ts`), source]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) =>
    files.has(name)
      ? ts.createSourceFile(name, files.get(name), ts.ScriptTarget.ES2022, true)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([...files.keys()], options, host);
  return pieces.flatMap(({ where }, i) => {
    const source = program.getSourceFile([...files.keys()][i]);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

describe('code in the texts', () => {
  // One run of the compiler for both: a block that is wrong on purpose stands beside the others.
  const WRONG = {
    where: 'wrong',
    code: "import { run } from 'ringside';\nrun('two-rods');\nconst a: number = 'b';",
  };
  it('is what the compiler takes, and what it does not take would be noticed', () => {
    expect(code.length).toBeGreaterThan(3);
    const found = mistakes([...code, WRONG]);
    const planted = found.filter((mistake) => mistake.startsWith('wrong: '));
    expect(found.filter((mistake) => !planted.includes(mistake))).toEqual([]);
    expect(planted).toHaveLength(2);
  });

  it('calls scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = commands.flatMap(({ where, code: text }) =>
      [...text.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => ({ where, name })),
    );
    const own = new Set([...Object.keys(scripts), 'ci', 'install', 'run', 'create', 'init']);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ name }) => !own.has(name))).toEqual([]);
  });
});
