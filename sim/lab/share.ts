/** What a reader takes away from a run: the command, the snippet, the notebook, the data. Each carries version and seed. */
import { LICENCE_LINE } from './licence.ts';
import type { Run } from './run.ts';

/** The command that repeats the run. */
export const cliLine = (run: Run): string => `npx ringside run "${run.line}"`;

/** A few lines of TypeScript that repeat the run and say whether it came out the same. */
export function snippet(run: Run): string {
  const watermark = run.wrongRule ? `// WRONG RULE, on purpose: ${run.wrongRule}\n` : '';
  return (
    `// ringside ${run.version}, seed ${run.seed}. ${LICENCE_LINE}\n${watermark}` +
    `import { runLine } from 'ringside';\n\n` +
    `const run = runLine('${run.line}');\n` +
    `console.log(run.metrics, run.digest); // ${run.digest}\n`
  );
}

/** A Jupyter notebook (nbformat 4.5, tslab kernel) whose first code cell holds the line of this run. */
export function notebookOf(run: Run, title: string): object {
  const markdown = (id: string, text: string): object => ({
    cell_type: 'markdown',
    id,
    metadata: {},
    source: text,
  });
  const code = (id: string, source: string, tags: readonly string[] = []): object => ({
    cell_type: 'code',
    id,
    metadata: tags.length > 0 ? { tags } : {},
    execution_count: null,
    outputs: [],
    source,
  });
  const wrong = run.wrongRule ? `\n\n**Wrong rule, on purpose:** ${run.wrongRule}` : '';
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
      language_info: { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' },
    },
    cells: [
      markdown('title', `# ${title}\n\nringside ${run.version}, seed ${run.seed}. ${LICENCE_LINE}${wrong}`),
      code('parameters', `const line = '${run.line}';`, ['parameters']),
      code(
        'run',
        `import { notebook, runLine } from 'ringside';\nimport * as tslab from 'tslab';\nconst { show } = notebook(tslab.display);\nconst run = runLine(line);\nshow(run);`,
      ),
      code(
        'digest',
        `console.log(run.digest, run.digest === '${run.digest}' ? 'same as on the page' : 'DIFFERS from the page');`,
      ),
    ],
  };
}

/** The recorded events as CSV with a header row; times in cycles. */
export function csvOf(run: Run): string {
  const { trace } = run;
  const rows = trace.at.map((at, i) =>
    [
      at,
      trace.end[i],
      trace.kinds[trace.kind[i]].name,
      trace.routes[trace.route[i]]?.id ?? '',
      trace.who[i],
      trace.a[i],
      trace.b[i],
    ].join(','),
  );
  return ['at,end,kind,route,who,a,b', ...rows].join('\n').concat('\n');
}
