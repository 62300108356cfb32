/**
 * Tells the types of cells: TypeScript's own language service over files in memory. The compiler and the declarations are files beside
 * the site, loaded here and only when an editor has been opened.
 */
import type ts from 'typescript';
import type { Answered, Asked, Mistake, Proposal } from './language.ts';

interface Scope {
  importScripts(url: string): void;
  postMessage(answer: Answered): void;
  onmessage: ((event: MessageEvent<Asked>) => void) | null;
  ts: typeof ts;
}

const scope = self as unknown as Scope;
const files = new Map<string, { text: string; version: number }>();
const state: { service?: ts.LanguageService; loading?: Promise<void> } = {};

async function load(base: string, version: string): Promise<void> {
  scope.importScripts(`${base}typescript.js?v=${version}`);
  const answer = await fetch(`${base}types.json?v=${version}`);
  if (!answer.ok) throw new Error(`types.json: ${answer.status}`);
  for (const [name, text] of Object.entries((await answer.json()) as Record<string, string>))
    files.set(name, { text, version: 1 });
  state.service = scope.ts.createLanguageService(hostOf(scope.ts), scope.ts.createDocumentRegistry());
}

function hostOf({
  ScriptSnapshot,
  ScriptTarget,
  ModuleKind,
  ModuleResolutionKind,
  ModuleDetectionKind,
}: typeof ts): ts.LanguageServiceHost {
  const textOf = (name: string): string | undefined => files.get(name)?.text;
  return {
    getScriptFileNames: () =>
      [...files.keys()].filter((name) => /^\/[^/]+\.ts$/.test(name) && !name.startsWith('/lib.')),
    getScriptVersion: (name) => String(files.get(name)?.version ?? 0),
    getScriptSnapshot: (name) => {
      const text = textOf(name);
      return text === undefined ? undefined : ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => '/',
    getCompilationSettings: () => ({
      target: ScriptTarget.ES2022,
      module: ModuleKind.ESNext,
      moduleResolution: ModuleResolutionKind.Bundler,
      moduleDetection: ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      lib: ['lib.es2023.d.ts'],
    }),
    getDefaultLibFileName: () => '/lib.es2023.d.ts',
    fileExists: (name) => files.has(name),
    readFile: textOf,
    directoryExists: (folder) =>
      [...files.keys()].some((name) => name.startsWith(folder.endsWith('/') ? folder : `${folder}/`)),
  };
}

const ANSWERS = {
  check: (service: ts.LanguageService, { file }: Asked): Mistake[] =>
    [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]
      .slice(0, 50)
      .map((found) => ({
        from: found.start ?? 0,
        to: (found.start ?? 0) + (found.length ?? 0),
        message: scope.ts.flattenDiagnosticMessageText(found.messageText, '\n'),
      })),
  complete: (service: ts.LanguageService, { file, at }: Asked): Proposal[] => {
    const found = service.getCompletionsAtPosition(file, at, { includeCompletionsWithInsertText: true });
    return (found?.entries ?? [])
      .filter(({ kind, sortText }) => kind !== 'warning' && sortText < '16')
      .slice(0, 400)
      .map(({ name, kind, sortText, insertText }) => ({
        name,
        kind,
        rank: Number.parseInt(sortText, 10) || 0,
        ...(insertText && insertText !== name ? { insert: insertText } : {}),
      }));
  },
  detail: (service: ts.LanguageService, { file, at, name }: Asked): string => {
    const found = service.getCompletionEntryDetails(
      file,
      at,
      name ?? '',
      undefined,
      undefined,
      undefined,
      undefined,
    );
    return found ? textOf(found.displayParts, found.documentation) : '';
  },
  info: (service: ts.LanguageService, { file, at }: Asked): string => {
    const found = service.getQuickInfoAtPosition(file, at);
    return found ? textOf(found.displayParts, found.documentation) : '';
  },
} as const;

const textOf = (parts: ts.SymbolDisplayPart[] = [], words: ts.SymbolDisplayPart[] = []): string =>
  [scope.ts.displayPartsToString(parts), scope.ts.displayPartsToString(words)]
    .filter(Boolean)
    .join('\n\n')
    .slice(0, 1500);

scope.onmessage = async ({ data }) => {
  try {
    state.loading ??= load(data.base, data.version);
    await state.loading;
    const known = files.get(data.file);
    if (known?.text !== data.text)
      files.set(data.file, { text: data.text, version: (known?.version ?? 0) + 1 });
    scope.postMessage({ id: data.id, answer: ANSWERS[data.kind](state.service as ts.LanguageService, data) });
  } catch (error) {
    state.loading = state.service ? state.loading : undefined;
    scope.postMessage({ id: data.id, failed: String((error as Error).message ?? error) });
  }
};
