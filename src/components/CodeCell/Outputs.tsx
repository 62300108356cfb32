/** What stands under a cell: lines, drawings, tables, and what went wrong. */
import { useMemo } from 'react';
import styles from './outputs.module.css';
import type { Output, Problem } from './protocol.ts';
import { safeSvg } from './safe.ts';

export interface OutputsProps {
  readonly outputs: readonly Output[];
  /** True for what the build computed; anything else is looked through before it is drawn. */
  readonly built: boolean;
  readonly source: string;
  /** Leads to a line of the code. */
  readonly onLine: (line: number) => void;
  /** The link that shows a run elsewhere on this page or on its own. */
  readonly linkOf: (run: Extract<Output, { kind: 'run' }>) => {
    href: string;
    text: string;
    onFollow?: () => void;
  };
}

/** Lines that follow each other are one text. */
function grouped(
  outputs: readonly Output[],
): (Output | { kind: 'lines'; lines: Extract<Output, { kind: 'log' }>[] })[] {
  const groups: ReturnType<typeof grouped> = [];
  for (const output of outputs) {
    const last = groups[groups.length - 1];
    if (output.kind !== 'log') groups.push(output);
    else if (last?.kind === 'lines') last.lines.push(output);
    else groups.push({ kind: 'lines', lines: [output] });
  }
  return groups;
}

export function Outputs(props: OutputsProps) {
  const groups = useMemo(() => grouped(props.outputs), [props.outputs]);
  return (
    <>
      {groups.map((group, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outputs only grow at their end
        <One key={i} output={group} {...props} />
      ))}
    </>
  );
}

function One({
  output,
  built,
  source,
  onLine,
  linkOf,
}: Omit<OutputsProps, 'outputs'> & { output: ReturnType<typeof grouped>[number] }) {
  switch (output.kind) {
    case 'lines':
      return (
        <pre className={styles.lines}>
          {output.lines.map(({ level, text }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines only grow at their end
            <span key={i} data-level={level}>
              {`${text}\n`}
            </span>
          ))}
        </pre>
      );
    case 'log':
    case 'text':
      return <pre className={styles.lines}>{output.text}</pre>;
    case 'svg':
      return <Drawing svg={output.svg} built={built} />;
    case 'table':
      return <Table head={output.head} rows={output.rows} />;
    case 'run': {
      const { href, text, onFollow } = linkOf(output);
      return (
        <p className={styles.run}>
          <code>{output.line}</code> digest <code>{output.digest}</code>{' '}
          <a
            href={href}
            onClick={(event) => {
              if (!onFollow) return;
              event.preventDefault();
              onFollow();
            }}
          >
            {text}
          </a>
        </p>
      );
    }
    default:
      return <Wrong problem={output} source={source} onLine={onLine} />;
  }
}

function Drawing({ svg, built }: { svg: string; built: boolean }) {
  const safe = useMemo(() => (built ? svg : safeSvg(svg)), [svg, built]);
  if (safe === undefined) return <p className={styles.wrong}>This drawing is not SVG that can be read.</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide drawing is scrolled by keyboard too
    <div className={styles.drawing} tabIndex={0} role="group" aria-label="Figure, may be scrolled">
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: from the build, or looked through by safeSvg */}
      <div dangerouslySetInnerHTML={{ __html: safe }} />
    </div>
  );
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) {
  const isNumber = (text: string): boolean => /^[−-]?[\d.\s\u202f]+%?$/.test(text);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard too
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Table, may be scrolled">
      <table className={styles.table}>
        <thead>
          <tr>
            {head.map((text, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
              <th key={i} scope="col" className={isNumber(rows[0]?.[i] ?? '') ? 'number' : undefined}>
                {text || <span className={styles.hidden}>number</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <tr key={i}>
              {row.map((text, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name
                <td key={j} className={isNumber(text) ? 'number' : undefined}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Wrong({
  problem,
  source,
  onLine,
}: {
  problem: Problem;
  source: string;
  onLine: (line: number) => void;
}) {
  const { line, message, hint } = problem;
  const text = line === undefined ? undefined : source.split('\n')[line - 1]?.trim();
  return (
    <div className={styles.wrong} role="alert">
      <p>
        {line !== undefined && (
          <button type="button" onClick={() => onLine(line)}>
            Line {line}
          </button>
        )}{' '}
        <strong>{message}</strong> {hint}
      </p>
      {text && <pre>{text}</pre>}
    </div>
  );
}
