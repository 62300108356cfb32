/** Everything that crossed the seam, the newest first; each line opens to the structure that it carried. */
import { useState } from 'react';
import type { LogLine } from './protocol.ts';
import styles from './styles.module.css';

type Kind = 'messages' | 'packets' | 'signals' | 'registers' | 'other calls';

/** Lines on the page at once. */
const SHOWN = 200;
const KINDS: readonly Kind[] = ['messages', 'packets', 'signals', 'registers', 'other calls'];

function kindOf({ title, struct }: LogLine): Kind {
  if (/^(CPUID|RDMSR|WRMSR)/.test(title)) return 'registers';
  if (title.startsWith('packet')) return 'packets';
  if (title === 'SIGNAL_EVENT' || title === 'interrupt') return 'signals';
  return struct?.startsWith('vmbus_') ? 'messages' : 'other calls';
}

const moment = (ms: number): string => `${(ms / 1000).toFixed(4)} s`;

function Line({ line }: { line: LogLine }) {
  const { from, title, says, at, times, struct, fields } = line;
  const head = (
    <>
      <span className={styles.at}>{moment(at)}</span>{' '}
      <span className={from === 'guest' ? styles.fromGuest : styles.fromHost}>
        {from === 'guest' ? 'guest →' : '← host'}
      </span>{' '}
      <strong>{title}</strong> {says}
      {times > 1 ? ` ×${times}` : ''}
    </>
  );
  if (!fields || fields.length === 0) return <li className={styles.plain}>{head}</li>;
  return (
    <li>
      <details>
        <summary>{head}</summary>
        {struct && (
          <p>
            <code>struct {struct}</code>
          </p>
        )}
        <dl>
          {fields.map(([name, value]) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

export default function Log({ log }: { log: readonly LogLine[] }) {
  const [wanted, setWanted] = useState<readonly Kind[]>(['messages', 'packets', 'signals', 'other calls']);
  const all = log.filter((line) => wanted.includes(kindOf(line)));
  const flip = (kind: Kind, on: boolean): void =>
    setWanted(on ? [...wanted, kind] : wanted.filter((one) => one !== kind));
  return (
    <div className={styles.log}>
      <fieldset>
        <legend>In the log</legend>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={wanted.includes(kind)}
              onChange={({ target }) => flip(kind, target.checked)}
            />{' '}
            {kind}
          </label>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the log is scrolled by keyboard. */}
      <section tabIndex={0} className={styles.lines} aria-label="Log of the seam">
        {all.length > SHOWN && (
          <p>
            The newest {SHOWN} of {all.length} lines; a recording has them all.
          </p>
        )}
        <ol>
          {all
            .slice(-SHOWN)
            .reverse()
            .map((line) => (
              <Line key={line.id} line={line} />
            ))}
        </ol>
      </section>
    </div>
  );
}
