/** What the playground offers to begin with: the cells of the pages, and the code of the notebooks. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cellIds, sourceOf } from './cells.ts';

export interface Example {
  readonly id: string;
  readonly title: string;
  readonly source: string;
}

export interface Examples {
  readonly cells: readonly Example[];
  readonly notebooks: readonly Example[];
}

export const examples = (siteDir: string): Examples => ({
  cells: cellIds().map((id) => {
    const source = sourceOf(id);
    return { id, title: /^\/\/ (.+)/.exec(source)?.[1] ?? id, source };
  }),
  notebooks: notebooks(path.join(siteDir, 'notebooks')),
});

const notebooks = (folder: string): Example[] =>
  readdirSync(folder)
    .filter((file) => /^\d\d-[a-z-]+\.ts$/.test(file))
    .sort()
    .map((file) => {
      const source = readFileSync(path.join(folder, file), 'utf8').trim();
      const title = /^\/\/ # (.+)/m.exec(source)?.[1] ?? file;
      return { id: file.slice(0, -3), title, source };
    });
