/** Writing to the terminal and to files. Nothing that is printed for people is wider than 100 columns. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Issue } from '../core/errors.ts';
import type { ExitCode } from './exit-codes.ts';

/** Where a command writes; tests give their own. */
export interface Terminal {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

/** Adds one sub-command to the program. `done` reports an exit code other than 0. */
export type AddCommand = (program: Command, terminal: Terminal, done: (code: ExitCode) => void) => void;

/** A file that could not be read or written; carries the sentence for the user. */
export class FileTrouble extends Error {}

/** Issues as lines: where, what, what to do. */
export function printIssues(terminal: Terminal, issues: readonly Issue[]): void {
  for (const { path, message, hint } of issues) terminal.err.write(`${path}: ${message}\n  ${hint}\n`);
}

/** Writes a result to a file, or to the terminal when there is none or it is `-`. */
export function deliver(terminal: Terminal, file: string | undefined, text: string): void {
  if (file === undefined || file === '-') {
    terminal.out.write(text.endsWith('\n') ? text : `${text}\n`);
    return;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    const absent = (error as { code?: string }).code === 'ENOENT';
    throw new FileTrouble(
      `${file} cannot be written: ${absent ? 'there is no such folder; make it first' : reason(error)}`,
    );
  }
  terminal.err.write(`wrote ${file}\n`);
}

/** The operating system's reason in words. */
export function reason(error: unknown): string {
  const code = (error as { code?: string }).code;
  const known: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of its path is no folder',
    EFBIG: 'it would be too large for its file system',
  };
  return (code && known[code]) || (error instanceof Error ? error.message : String(error));
}

/** Columns of text, each as wide as its widest cell; numbers to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text: string, column: number): string =>
    right.includes(column) ? text.padStart(widths[column]) : text.padEnd(widths[column]);
  return rows
    .map((row) => row.map(cell).join('  ').trimEnd())
    .join('\n')
    .concat('\n');
}

/** Columns of a terminal that printed text may take. */
export const WIDTH = 100;

/** A table under a row of names; where it would be too wide, names like `ringTransitions` are written below each other. */
export function namedTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = names.map((_, i) => i).slice(1);
  const plain = table([names, ...rows], right);
  if (plain.indexOf('\n') <= WIDTH) return plain;
  const parts = names.map((name) => name.replace(/([a-z])([A-Z])/g, '$1 $2').split(' '));
  const height = Math.max(...parts.map(({ length }) => length));
  const heads = Array.from({ length: height }, (_, line) =>
    parts.map((words) => words[line - (height - words.length)] ?? ''),
  );
  return table([...heads, ...rows], right);
}

/** Words in lines of at most 100 columns, each indented by so many spaces. */
export function wrap(text: string, indent: number): string {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (indent + last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${' '.repeat(indent)}${line}\n`).join('');
}

/** The same behind a bullet. */
export const bullet = (text: string): string => `  - ${wrap(text, 4).trimStart()}`;
