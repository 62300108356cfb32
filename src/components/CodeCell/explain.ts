/** Errors of a reader's code in plain sentences, with the line of the cell. */

import { inspect } from './inspect.ts';
import type { Problem } from './protocol.ts';

/** The code was stopped by a limit of the cell; the sentence is for the reader. */
export class Stop extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** What was thrown, said plainly. `offset` is the number of lines that stand before the cell's first in the compiled function. */
export function explain(thrown: unknown, offset = 0): Problem {
  if (!(thrown instanceof Error)) {
    const what = inspect(thrown);
    return problem(
      `The code threw ${what.length > 80 ? 'something that is no error' : what}.`,
      'Throw an Error instead: it says what went wrong, and where.',
    );
  }
  const line = lineOf(thrown, offset);
  const { message, hint } = sentence(thrown);
  return { ...problem(message, hint), ...(line === undefined ? {} : { line }) };
}

export const problem = (message: string, hint: string, line?: number): Problem => ({
  kind: 'problem',
  message,
  hint,
  ...(line === undefined ? {} : { line }),
});

function lineOf(error: Error, offset: number): number | undefined {
  const [, line] = /\bcell\.ts:(\d+)(?::\d+)?/.exec(String(error.stack)) ?? [];
  const own = Number(line) - offset;
  return own >= 1 ? own : undefined;
}

function sentence(error: Error): { message: string; hint: string } {
  if (error instanceof Stop) return error;
  const { issues } = error as { issues?: readonly { path: string; message: string; hint: string }[] };
  if (Array.isArray(issues))
    return {
      message: `The library refused: ${issues.map(({ message }) => message).join('; ')}.`,
      hint: issues.map(({ hint }) => `${hint}.`).join(' '),
    };
  const text = String(error.message);
  for (const [pattern, message, hint] of SENTENCES) {
    const found = pattern.exec(`${error.name}: ${text}`);
    if (found) return { message: message.replace('$1', found[1] ?? ''), hint };
  }
  return { message: text ? `${error.name}: ${text}` : `${error.name}, without a word.`, hint: '' };
}

const SENTENCES: readonly (readonly [RegExp, string, string])[] = [
  [
    /^ReferenceError: Cannot access '?(.+?)'? before init/,
    '"$1" is used before the line that makes it.',
    'Move its declaration up.',
  ],
  [
    /^ReferenceError: '?([^\s']+)'? is not defined/,
    'There is nothing named "$1" here.',
    'Is it spelled as where it was declared? Does the import name it?',
  ],
  [
    /^RangeError: Maximum call stack|too much recursion/,
    'A function calls itself without end.',
    'Give it a case in which it returns without another call.',
  ],
  [
    /^RangeError: (?:Invalid (?:array|typed array) length|Array buffer allocation failed|Invalid string length)/,
    'That is longer than memory can hold.',
    'Ask for less.',
  ],
  [
    /^TypeError: Cannot read propert(?:y|ies) of (?:undefined|null) \(reading '(.+)'\)/,
    '"$1" was asked of something that is not there (undefined or null).',
    'Print the thing to the left of the dot.',
  ],
  [
    /^TypeError: (.+?) is not a function/,
    '"$1" is not a function.',
    'Is the name right? Are the brackets needed?',
  ],
  [
    /^TypeError: Assignment to constant variable/,
    'A const keeps its first value.',
    'Declare it with let to change it.',
  ],
  [
    /^SyntaxError: Identifier '(.+)' has already been declared/,
    '"$1" is declared twice.',
    'Give one of the two another name.',
  ],
  [
    /^SyntaxError: (.+)/,
    'The code does not hold together: $1.',
    'Press Edit: the editor underlines the place.',
  ],
];
