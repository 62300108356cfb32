/** A notebook's text with another parameter cell, which loses what it printed. */
export function withParameters(text: string, source: string): string {
  const notebook = JSON.parse(text) as {
    cells: { metadata: { tags?: string[] }; source: string[] }[];
  };
  for (const cell of notebook.cells) if (cell.metadata.tags?.includes('parameters')) cell.source = [source];
  return `${JSON.stringify(notebook, null, 1)}\n`;
}
