/** A cell as a file of its own: TypeScript for Node, or a notebook for Jupyter. Both define `show`, which the page has by itself. */
import { LICENCE_LINE } from '../../../sim/lab/licence.ts';
import { VERSION } from '../../../sim/version.ts';

const HEAD = `// ringside ${VERSION}. ${LICENCE_LINE}`;

const usesShow = (source: string): boolean => /\bshow\(/.test(source);

/** The code as a file for `node file.ts` beside an installed `ringside`. */
export function typescriptOf(source: string): string {
  const show = `
/** On the page, draws; here, prints. */
function show(...what: unknown[]): void {
  for (const value of what) {
    const { line, digest, metrics } = value as { line?: string; digest?: string; metrics?: object };
    console.log(...(line && metrics ? [line, metrics, digest] : [value]));
  }
}
`;
  return `${HEAD}\n${source}\n${usesShow(source) ? show : ''}`;
}

const NOTEBOOK_SHOW = `import { notebook } from 'ringside';
import * as tslab from 'tslab';
const { show } = notebook(tslab.display);`;

/** The code as a notebook (nbformat 4.5, tslab kernel). */
export function notebookOf(source: string, title: string): string {
  const code = (id: string, text: string): object => ({
    cell_type: 'code',
    id,
    metadata: {},
    execution_count: null,
    outputs: [],
    source: text,
  });
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
      language_info: { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' },
    },
    cells: [
      { cell_type: 'markdown', id: 'title', metadata: {}, source: `# ${title}\n\n${HEAD.slice(3)}` },
      ...(usesShow(source) ? [code('show', NOTEBOOK_SHOW)] : []),
      code('cell', source),
    ],
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** Hands a text to the reader as a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
