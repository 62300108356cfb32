/** The editor: CodeMirror with TypeScript's colours, completion, types and mistakes. Loaded when someone reaches for the code. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintKeymap } from '@codemirror/lint';
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import type { Language } from './language.ts';

export interface EditorOptions {
  readonly text: string;
  readonly label: string;
  readonly language: Language;
  readonly numbers?: boolean;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/** An editor on the page. */
export interface Editor {
  text(): string;
  /** Replaces the text; it can be undone like typing. */
  replace(text: string): void;
  /** Puts the cursor at a place of the window, at a line, or where it was. */
  focus(at?: { readonly x: number; readonly y: number } | { readonly line: number }): void;
  /** Marks the line that went wrong, or none. */
  mark(line?: number): void;
  destroy(): void;
}

const wrong = StateEffect.define<number | undefined>();

/** The line that went wrong stays marked until something is typed. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (now, transaction) => {
    for (const effect of transaction.effects)
      if (effect.is(wrong)) return lineMark(transaction.state, effect.value);
    return transaction.docChanged ? Decoration.none : now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function lineMark({ doc }: EditorState, line: number | undefined): DecorationSet {
  if (line === undefined || line < 1 || line > doc.lines) return Decoration.none;
  return Decoration.set(Decoration.line({ class: 'cell-wrong' }).range(doc.line(line).from));
}

export function openEditor(parent: HTMLElement, options: EditorOptions): Editor {
  const { language, onChange, onRun } = options;
  const run = (): boolean => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keymap.of([{ key: 'Mod-Enter', run, preventDefault: true }]),
        history(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        javascript({ typescript: true }),
        syntaxHighlighting(classHighlighter),
        autocompletion({ override: [completions(language)], icons: false }),
        linter((shown) => mistakes(shown, language), { delay: 500 }),
        hoverTooltip((shown, at) => told(shown, at, language)),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
          indentWithTab,
        ]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          spellcheck: 'false',
          'data-gramm': 'false',
        }),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
        marks,
        ...(options.numbers ? [lineNumbers()] : []),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: (at) => {
      view.focus();
      const place = at && placeOf(view, at);
      if (place !== undefined) view.dispatch({ selection: { anchor: place }, scrollIntoView: true });
    },
    mark: (line) => view.dispatch({ effects: wrong.of(line) }),
    destroy: () => view.destroy(),
  };
}

function placeOf(view: EditorView, at: { x: number; y: number } | { line: number }): number | undefined {
  if ('line' in at) return view.state.doc.line(Math.max(1, Math.min(at.line, view.state.doc.lines))).from;
  return view.posAtCoords(at) ?? undefined;
}

async function mistakes({ state }: EditorView, language: Language): Promise<Diagnostic[]> {
  const { length } = state.doc;
  const found = (await language.check(state.doc.toString())) ?? [];
  return found
    .filter(({ from, to }) => from <= length && to <= length)
    .map(({ from, to, message }) => ({ from, to, message, severity: 'error' }));
}

async function told({ state }: EditorView, at: number, language: Language) {
  const text = await language.info(state.doc.toString(), at);
  if (!text) return null;
  return { pos: at, create: () => ({ dom: box(text) }) };
}

function box(text: string): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cell-told';
  dom.textContent = text;
  return dom;
}

/** What the worker calls a thing, in the words for which the editor has marks. */
const KINDS: Readonly<Record<string, string>> = {
  const: 'constant',
  let: 'variable',
  var: 'variable',
  method: 'method',
  property: 'property',
  getter: 'property',
  function: 'function',
  'local function': 'function',
  class: 'class',
  interface: 'interface',
  type: 'type',
  alias: 'namespace',
  keyword: 'keyword',
  enum: 'enum',
  string: 'text',
};

const completions =
  (language: Language) =>
  async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[\w$]*$/);
    const before = context.state.sliceDoc(
      Math.max(0, (word?.from ?? context.pos) - 1),
      word?.from ?? context.pos,
    );
    if (!context.explicit && word?.from === word?.to && !/[.'"]/.test(before)) return null;
    const text = context.state.doc.toString();
    const found = await language.complete(text, context.pos);
    if (!found || found.length === 0 || context.aborted) return null;
    const options = found.map(
      ({ name, kind, rank, insert }): Completion => ({
        label: name,
        ...(insert ? { apply: insert } : {}),
        type: KINDS[kind] ?? 'variable',
        boost: 20 - rank,
        info: async () => {
          const detail = await language.detail(text, context.pos, name);
          return detail ? box(detail) : null;
        },
      }),
    );
    // Values of parameters are texts with a hyphen.
    return { from: fromOf(context, word?.from ?? context.pos), options, validFor: /^[\w$-]*$/ };
  };

const fromOf = (context: CompletionContext, word: number): number =>
  context.matchBefore(/(?<=['"])[\w-]*$/)?.from ?? word;
