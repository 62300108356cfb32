/** The report on a folder of hand-ins: for people, for programs, for a spreadsheet, for a page. */
import type { Graded } from './grade.ts';
import { clean } from './isolate.ts';
import { table, wrap } from './output.ts';

export const FORMATS = ['text', 'json', 'csv', 'markdown'] as const;

type Format = (typeof FORMATS)[number];

/** The report in a format. */
export function reportIn(format: Format, graded: readonly Graded[], folder: string): string {
  return FORMAT[format](graded, folder);
}

const FORMAT: Readonly<Record<Format, (graded: readonly Graded[], folder: string) => string>> = {
  text: asText,
  json: (graded, folder) => JSON.stringify({ folder, ...totals(graded), handIns: graded }, null, 2),
  csv: (graded) =>
    [COLUMNS, ...graded.map(rowOf)]
      .map((row) => row.map(csvCell).join(','))
      .join('\r\n')
      .concat('\r\n'),
  markdown: (graded, folder) => {
    const rows = [COLUMNS, COLUMNS.map(() => '---'), ...graded.map(rowOf)];
    const { right, count } = totals(graded);
    const lines = rows.map(
      (row, i) => `| ${row.map((cell) => (i === 1 ? cell : mdCell(cell))).join(' | ')} |`,
    );
    return `# ${mdCell(folder)}\n\n${right} of ${count} answers are right.\n\n${lines.join('\n')}\n`;
  },
};

const COLUMNS = ['whose', 'file', 'exercise', 'seed', 'right', 'kind', 'says'];

const rowOf = ({ whose, file, exercise, seed, verdict }: Graded): string[] => [
  whose,
  clean(file, 300),
  exercise ?? '',
  seed === undefined ? '' : String(seed),
  verdict.right ? '1' : '0',
  verdict.kind,
  verdict.says,
];

const totals = (graded: readonly Graded[]): { count: number; right: number } => ({
  count: graded.length,
  right: graded.filter(({ verdict }) => verdict.right).length,
});

function asText(graded: readonly Graded[], folder: string): string {
  const people = [...new Set(graded.map(({ whose }) => whose))];
  const sums = people.map((whose) => {
    const own = graded.filter((one) => one.whose === whose);
    return [whose, `${totals(own).right} of ${own.length}`];
  });
  const details = graded
    .filter(({ verdict }) => !verdict.right)
    .map(
      ({ file, exercise, verdict }) =>
        `${clean(file, 300)}${exercise ? ` (${exercise})` : ''}\n${wrap(verdict.says, 2)}`,
    );
  const { right, count } = totals(graded);
  return `${folder}: ${right} of ${count} answers are right\n\n${table(sums, [1])}\n${details.join('\n')}`;
}

/** A cell of a spreadsheet. One that would begin a formula is made text: a hand-in must not compute on the grader's machine. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell of a Markdown table: nothing in it is markup. */
const mdCell = (text: string): string => text.replace(/([\\|`*_<>[\]()!#])/g, '\\$1').replace(/\n/g, ' ');
