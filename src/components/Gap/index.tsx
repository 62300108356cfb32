/** Bet and outcome in one picture. Nothing of it is shown or announced before the bet. */
import { formatCount } from '../../../sim/lab/format.ts';
import type { BetData } from '../../truth/types.ts';
import { textOf } from '../Bet/index.tsx';
import { useBet } from '../Bet/store.ts';
import styles from '../Bet/styles.module.css';

export default function Gap({ data }: { data: BetData }) {
  const { placed, answer } = useBet(data.key);
  if (!placed) {
    return (
      <div className={styles.gap}>
        <details className={styles.outcome}>
          <summary>The outcome (place your bet above, or open this)</summary>
          <Outcome data={data} />
        </details>
      </div>
    );
  }
  return (
    <div className={styles.gap}>
      {data.options ? null : <Scale data={data} bet={answer === undefined ? undefined : Number(answer)} />}
      <p>
        {answer === undefined ? 'You had no bet. ' : `You said ${textOf(data, answer)}. `}
        {verdict(data, answer)}
      </p>
      <Outcome data={data} />
      {beliefs(data, answer).map((belief) => (
        <p className={styles.belief} key={belief}>
          {belief}
        </p>
      ))}
    </div>
  );
}

const Outcome = ({ data }: { data: BetData }) => (
  <p>
    The run says <b>{data.outcomeText}</b>. {data.explain}
  </p>
);

function verdict(data: BetData, answer: string | undefined): string {
  if (answer === undefined) return '';
  if (data.options) return answer === data.outcome ? 'That is what happens.' : 'The machine disagrees.';
  const ratio = ratioOf(Number(answer), data.outcome as number);
  if (ratio === 1) return 'Exactly.';
  if (ratio <= (data.tolerance ?? 1)) return 'Close enough: you see how it works.';
  return `That is ${Number.isFinite(ratio) ? `a factor of ${formatCount(Math.round(ratio * 10) / 10)}` : 'far'} from it.`;
}

const ratioOf = (a: number, b: number): number => (a === b ? 1 : Math.max(a, b) / Math.min(a, b));

/** The belief that leads to the reader's answer comes first; without one, all of them are of interest. */
function beliefs(data: BetData, answer: string | undefined): string[] {
  const near = data.misconceptions.filter((entry) => {
    if (answer === undefined) return false;
    return data.options ? entry.answer === answer : ratioOf(Number(answer), Number(entry.answer)) <= 1.5;
  });
  const right =
    answer !== undefined &&
    (data.options
      ? answer === data.outcome
      : ratioOf(Number(answer), data.outcome as number) <= (data.tolerance ?? 1));
  if (right) return [];
  return (near.length > 0 ? near : data.misconceptions).map(
    (entry) => `${textOf(data, entry.answer)}? ${entry.belief}`,
  );
}

/** A logarithmic line: from one to ten times the larger number. */
function Scale({ data, bet }: { data: BetData; bet?: number }) {
  const outcome = data.outcome as number;
  const top = Math.max(10, outcome, bet ?? 0) * 2;
  const x = (value: number): number => (100 * Math.log10(1 + value)) / Math.log10(1 + top);
  const side = (value: number): string => (x(value) > 60 ? styles.left : '');
  return (
    <div
      className={styles.scale}
      role="img"
      aria-label={`${bet === undefined ? '' : `Your bet ${formatCount(bet)}; `}outcome ${data.outcomeText}, on a logarithmic line`}
    >
      <div
        className={`${styles.mark} ${side(outcome)}`}
        style={x(outcome) > 60 ? { right: `${100 - x(outcome)}%` } : { left: `${x(outcome)}%` }}
      >
        <span>{data.outcomeText}</span>
      </div>
      {bet !== undefined && (
        <div
          className={`${styles.mark} ${styles.below} ${side(bet)}`}
          style={x(bet) > 60 ? { right: `${100 - x(bet)}%` } : { left: `${x(bet)}%` }}
        >
          <span>your bet: {formatCount(bet)}</span>
        </div>
      )}
    </div>
  );
}
