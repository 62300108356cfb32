/** The command in this process, with a terminal of its own. */
import { main } from './main.ts';

/** What the command said and returned. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `await ringside('run', 'two-roads', '--json')`. */
export async function ringside(...words: string[]): Promise<Said> {
  let out = '';
  let err = '';
  const code = await main(words, {
    out: {
      write: (text) => {
        out += text;
      },
    },
    err: {
      write: (text) => {
        err += text;
      },
    },
  });
  return { code, out, err };
}
