// Cells and their outputs as a Jupyter notebook, nbformat 4.5, written as Jupyter itself writes it.

/** The text of a `.ipynb` file. `outputs` has one list for each cell of code, in order. */
export function notebookText(cells, outputs) {
  const results = [...outputs];
  let count = 0;
  const notebook = {
    cells: cells.map((cell, i) =>
      cell.kind === 'markdown' ? markdownCell(cell, i) : codeCell(cell, i, ++count, results.shift()),
    ),
    metadata: {
      kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
      language_info: {
        codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
        file_extension: '.ts',
        mimetype: 'text/typescript',
        name: 'typescript',
        version: '3.7.2',
      },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

// Ids are numbers of place: a cell that did not move keeps its id, and the diff shows what was written.
const idOf = (i) => `cell-${String(i + 1).padStart(2, '0')}`;

const markdownCell = ({ tags, source }, i) => ({
  cell_type: 'markdown',
  id: idOf(i),
  metadata: tags.length > 0 ? { tags } : {},
  source: lines(source),
});

const codeCell = ({ tags, source }, i, count, outputs) => ({
  cell_type: 'code',
  execution_count: count,
  id: idOf(i),
  metadata: tags.length > 0 ? { tags } : {},
  outputs: outputs.map(outputOf),
  source: lines(source),
});

function outputOf(output) {
  if (output.kind === 'stream') return { name: output.name, output_type: 'stream', text: lines(output.text) };
  const data = Object.entries(output.data).map(([type, value]) => [type, lines(value)]);
  return { data: Object.fromEntries(data), metadata: {}, output_type: 'display_data' };
}

/** A text as a list of lines that keep their ends. */
function lines(text) {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
