/** The text of a cell in coloured pieces, with the classes that the editor uses too: reading and editing look the same. */
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser } from '@lezer/javascript';

/** A piece of code and its classes; a piece without is plain. */
export type Token = readonly [text: string, classes?: string];

const grammar = parser.configure({ dialect: 'ts' });

export function coloured(source: string): Token[] {
  const tokens: Token[] = [];
  highlightCode(
    source,
    grammar.parse(source),
    classHighlighter,
    (text, classes) => tokens.push(classes ? [text, classes] : [text]),
    () => tokens.push(['\n']),
  );
  return tokens;
}
