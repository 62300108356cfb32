/** The line at the top of a hand-in that says which exercise it answers. */

/** What a header says. */
export interface Header {
  readonly id: string;
  readonly seed: number;
  /** Whose it is, when the line says so. */
  readonly name?: string;
  /** Number of the line, from 1. */
  readonly line: number;
}

const LINE =
  /^\s*(?:\/\/|#|\/\*)?\s*ringside exercise:?\s+([\w-]+\/[\w-]+)(?:[\s,]+seed[\s:=]+(\d{1,15}))?(?:[\s,]+by[\s:]+([^*\n]{1,80}))?/i;

/** The header of an exercise: the first line of a hand-in. */
export const headerLine = (id: string, seed: number): string => `// ringside exercise ${id}, seed ${seed}`;

/** The header in a text; nothing when its first twenty lines have none. */
export function readHeader(text: string): Header | undefined {
  const lines = text.split('\n', 20);
  for (const [i, line] of lines.entries()) {
    const found = LINE.exec(line);
    if (found)
      return {
        id: found[1],
        seed: Number(found[2] ?? 1),
        ...(found[3] ? { name: found[3].trim() } : {}),
        line: i + 1,
      };
  }
  return undefined;
}
