/** What a run gave back, and what kept it from running. */
import { memo, type ReactNode } from 'react';
import { formatCount } from '../../../sim/lab/format.ts';
import type { Issue, Still } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import { Account } from './Account.tsx';
import { Counters } from './Readouts.tsx';
import styles from './styles.module.css';

/** Issues that have no control to stand beside, and the message of a run that did not end. */
export function Failure({ issues, message }: { issues: readonly Issue[]; message: string }) {
  if (issues.length === 0 && !message) return null;
  return (
    <div className={styles.failure} role="alert">
      <strong>✕ {message || 'This was not run.'}</strong>
      <ul>
        {issues.map(({ path, message: what, hint }) => (
          <li key={path + what}>
            {what}: {hint}.
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ViewsProps {
  readonly group: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly shown: string;
  readonly onShow: (name: string) => void;
}

/** Chooses the picture. */
export const Views = ({ group, titles, names, shown, onShow }: ViewsProps) => (
  <fieldset className={styles.views}>
    <legend className="visually-hidden">View</legend>
    {names.map((name, i) => (
      <label key={name}>
        <input
          type="radio"
          name={group}
          checked={shown === name}
          onChange={() => onShow(name)}
          aria-keyshortcuts={String(i + 1)}
        />
        <span>{titles[name]}</span>
      </label>
    ))}
  </fieldset>
);

/** Which letter stands for which line. */
export const Legend = ({ lines }: { lines: readonly string[] }) => (
  <p className={styles.legend}>
    {lines.map((line, i) => (
      <span key={i === 0 ? 'A' : 'B'}>
        <b>{i === 0 ? 'A' : 'B'}</b> <code>{line}</code>{' '}
      </span>
    ))}
  </p>
);

/** Counters and account. */
export const Numbers = memo(({ stills }: { stills: readonly Still[] }) => (
  <>
    <div className={styles.readouts}>
      <Counters
        stills={stills}
        rows={({ headline }) => headline}
        caption="The counters that tell the story"
      />
      <Fold title="All counters">
        <Counters stills={stills} rows={({ more }) => more} caption="All other counters" />
      </Fold>
    </div>
    <Account stills={stills} />
  </>
));

/** Hides the numbers until the reader has bet, skipped or run. Without script it opens by a click. */
export function Veil({ on, open, children }: { on: boolean; open: boolean; children: ReactNode }) {
  if (!on) return children;
  return (
    <details className={styles.veil} open={open || undefined}>
      <summary>What was counted</summary>
      {children}
    </details>
  );
}

/** Version, seed, hardware, digests: what makes a run repeatable. */
export const Facts = memo(({ stills }: { stills: readonly Still[] }) => (
  <p className={styles.facts}>
    ringside {stills[0].version} · seed {stills[0].seed} · hardware of {stills[0].era} ·{' '}
    {formatCount(stills[0].hz / 1e6)} MHz ·{' '}
    {stills.map((entry, i) => (
      <span key={i === 0 ? 'A' : 'B'}>
        {i > 0 && ' · '}digest <code data-digest={entry.line}>{entry.digest}</code>
      </span>
    ))}
  </p>
));
