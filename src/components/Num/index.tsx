/**
 * A number in running text, read from a run at build. Where the sentence speaks of the run that the page starts with, the number of the
 * reader's own last run stands beside it: the sentence stays true, and one press takes the readers' numbers away again.
 */
import { useState } from 'react';
import { useLastRun } from '../Experiment/outcomes.ts';
import styles from './styles.module.css';

export interface NumProps {
  readonly data: { readonly text: string; readonly label: string; readonly line: string };
  readonly m: string;
  /** The experiment whose last run this number follows. */
  readonly follows?: string;
}

export default function Num({ data, m, follows }: NumProps) {
  return (
    <>
      <data className="tabular" value={data.text} title={`${data.label}: ${data.line}`}>
        {data.text}
      </data>
      {follows && <Yours of={follows} m={m} built={data} />}
    </>
  );
}

function Yours({ of, m, built }: { of: string; m: string; built: NumProps['data'] }) {
  const still = useLastRun(of);
  const [away, setAway] = useState<string>();
  if (!still || still.line === built.line || away === still.line) return null;
  const found = [...still.headline, ...still.more].find(({ name }) => name === m);
  if (!found) return null;
  return (
    <button
      type="button"
      className={styles.yours}
      title={`${found.label} of your run ${still.line}; the sentence speaks of ${built.line}. Press to see it as built.`}
      onClick={() => setAway(still.line)}
    >
      yours: {found.text}
    </button>
  );
}
