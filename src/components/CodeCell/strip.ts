/** From the TypeScript of a cell to JavaScript with the same lines: types removed, imports as calls, a look at the clock in every loop. */
import { parser } from '@lezer/javascript';
import { transform } from 'sucrase';
import type { Problem } from './protocol.ts';

const grammar = parser.configure({ dialect: 'ts' });
const LOOPS = new Set(['ForStatement', 'WhileStatement', 'DoStatement']);

/** The name under which loops call their guard; no name that a person writes. */
export const TURN = '__ringside_turn';

/** JavaScript, or what in the text is no TypeScript. */
export function strip(source: string): string | Problem {
  const foreign = foreignImport(source);
  if (foreign) return foreign;
  try {
    return transform(guarded(source), {
      transforms: ['typescript', 'imports'],
      disableESTransforms: true,
      production: true,
      filePath: 'cell',
    }).code;
  } catch (error) {
    return misspelt(error as SyntaxIssue);
  }
}

interface SyntaxIssue extends Error {
  readonly loc?: { readonly line: number };
}

function misspelt({ message, loc }: SyntaxIssue): Problem {
  const what = message.replace(/^Error transforming cell: /, '').replace(/ \(\d+:\d+\)$/, '');
  return {
    kind: 'problem',
    message: `This is not TypeScript yet: ${what.charAt(0).toLowerCase()}${what.slice(1)}.`,
    hint: 'Look at this line and the one before for a bracket, a quote or a comma that is missing.',
    ...(loc ? { line: loc.line } : {}),
  };
}

/** `import.meta` and its kin reach out of the cell. */
function foreignImport(source: string): Problem | undefined {
  let at = -1;
  grammar.parse(source).iterate({
    enter: ({ name, from }) => {
      if (name === 'ImportMeta' && at < 0) at = from;
    },
  });
  if (at < 0) return undefined;
  return {
    kind: 'problem',
    message: 'A cell has no modules of its own, so nothing of the form "import." is there.',
    hint: "Write import { … } from 'ringside' at the top.",
    line: source.slice(0, at).split('\n').length,
  };
}

/** The text with a call at the start of every loop's body. Lines stay as they are. */
export function guarded(source: string): string {
  const inserts: [number, string][] = [];
  grammar.parse(source).iterate({
    enter: ({ name, node }) => {
      if (!LOOPS.has(name)) return;
      const body = name === 'DoStatement' ? node.firstChild?.nextSibling : node.lastChild;
      if (!body || body.type.isError || body.from === body.to) return;
      if (body.name === 'Block') inserts.push([body.from + 1, `${TURN}();`]);
      else if (body.name === ';') inserts.push([body.from, `${TURN}()`]);
      else inserts.push([body.from, `{${TURN}();`], [body.to, '}']);
    },
  });
  let text = '';
  let from = 0;
  // The sort is stable: what opens an outer body stays before what opens an inner one.
  for (const [at, insert] of inserts.sort(([a], [b]) => a - b)) {
    text += source.slice(from, at) + insert;
    from = at;
  }
  return text + source.slice(from);
}
