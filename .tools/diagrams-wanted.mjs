// Which diagrams the site needs, and whether one has been drawn from its present source.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const FOLDER = join(ROOT, 'src', 'diagrams');

/** The Mermaid text of a run. The digest is left out: a drawing is stale when its arrows change, not when a price does. */
export const textOf = (run, diagramOf) => diagramOf(run).replace(/, digest [0-9a-f]{16}/, '');

/** Short fingerprint of a diagram's source; the drawn file carries it. */
export const hashOf = (source) => createHash('sha256').update(source).digest('hex').slice(0, 16);

/** Diagrams that no experiment writes: their text was written down from a run of a real guest, and stands as it is. */
export const RECORDED = ['boot-linux.connect'];

/** Lines of every `<Diagram of="…">` in the docs and of every preset of every experiment. */
export function wantedLines(experiments, formatLine) {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.mdx'),
  );
  const shown = pages
    .flatMap((file) =>
      [...readFileSync(join(ROOT, 'docs', file), 'utf8').matchAll(/<Diagram\s[^>]*?of="([^"]+)"/g)].map(
        ([, line]) => line.replaceAll('&amp;', '&'),
      ),
    )
    .filter((line) => !RECORDED.includes(line));
  const presets = experiments.flatMap(({ id, params, presets }) =>
    Object.values(presets).map((preset) => formatLine(id, params, preset.params)),
  );
  return [...new Set([...shown, ...presets])];
}

/** True when the drawn file was made from this source. */
export function isDrawn(slug, source) {
  const file = join(FOLDER, `${slug}.svg`);
  return existsSync(file) && readFileSync(file, 'utf8').includes(`data-source="${hashOf(source)}"`);
}
