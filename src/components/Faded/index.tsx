/**
 * Another life, with gaps: the reader says what comes next, what happens in a step, or how often. Every wrong answer is explained; the
 * whole of it can be opened at any time, also without script.
 */
import { type FormEvent, useId, useState } from 'react';
import type { BlankData, FadedData, NumberData } from '../../truth/faded.ts';
import { sizeOf } from '../../truth/life.ts';
import { NumberAnswer } from '../NumberAnswer/index.tsx';
import { Goal } from '../WorkedExample/Life.tsx';
import example from '../WorkedExample/styles.module.css';
import { judge } from './judge.ts';
import styles from './styles.module.css';

export default function Faded({ data }: { data: FadedData }) {
  const { life, blanks } = data;
  const [solved, setSolved] = useState<readonly number[]>([]);
  const open = (i: number): boolean => !solved.includes(i);
  const solve = (i: number): void => setSolved((now) => (now.includes(i) ? now : [...now, i]));
  const left = blanks.length - solved.length;
  /** Behind a goal that is asked for nothing is told: it would be the answer. */
  const asking = blanks.findIndex(
    (blank, i) => open(i) && blank.kind === 'choice' && blank.step === undefined,
  );
  const told = asking < 0 ? life.goals : life.goals.slice(0, blanks[asking].goal + 1);
  return (
    <figure className={example.example}>
      <figcaption>{life.title}</figcaption>
      <p className={example.facts}>
        <code>{life.line}</code>. Some of it is missing: complete it.{' '}
        <span className={styles.left}>
          {left > 0 ? `${left} of ${blanks.length} to go.` : 'All of it is there.'}
        </span>
      </p>
      <ol className={example.goals}>
        {told.map((goal, g) => {
          const here = blanks.map((blank, i) => ({ blank, i })).filter(({ blank }) => blank.goal === g);
          const ofGoal = here.find(({ blank }) => blank.kind === 'choice' && blank.step === undefined);
          const closed = ofGoal !== undefined && open(ofGoal.i);
          const hidden = here.flatMap(({ blank, i }) =>
            blank.kind === 'choice' && blank.step !== undefined && open(i) ? [blank.step] : [],
          );
          const asked = closed ? [ofGoal] : here;
          return (
            <Goal
              key={goal.goal}
              goal={goal}
              closed={closed}
              hidden={hidden}
              untold={here.some(({ blank, i }) => blank.kind === 'number' && open(i))}
              title={closed ? <span className={example.gap}>to be completed</span> : undefined}
              below={asked.map(({ blank, i }) => (
                <Blank key={blank.question} blank={blank} onSolved={() => solve(i)} />
              ))}
            />
          );
        })}
      </ol>
      {told.length < life.goals.length && <p className={example.facts}>What comes after it follows.</p>}
      <details className={styles.whole}>
        <summary>All of it, with the answers</summary>
        <ol className={example.goals}>
          {life.goals.map((goal, g) => (
            <Goal
              key={goal.goal}
              goal={goal}
              below={blanks
                .filter((blank) => blank.goal === g && blank.kind === 'number')
                .map((blank) => (
                  <p key={blank.question} className={example.why}>
                    {blank.question} <b>{(blank as NumberData).answerText}.</b>{' '}
                    {(blank as NumberData).because}
                  </p>
                ))}
            />
          ))}
        </ol>
        <p className={example.facts}>{sizeOf(life)}.</p>
      </details>
    </figure>
  );
}

function Blank({ blank, onSolved }: { blank: BlankData; onSolved: () => void }) {
  return blank.kind === 'choice' ? (
    <Choice blank={blank} onSolved={onSolved} />
  ) : (
    <NumberBlank blank={blank} onSolved={onSolved} />
  );
}

function Choice({ blank, onSolved }: { blank: BlankData & { kind: 'choice' }; onSolved: () => void }) {
  const [chosen, setChosen] = useState(-1);
  const name = useId();
  const option = blank.options[chosen];
  const choose = (i: number): void => {
    setChosen(i);
    if (blank.options[i].right) onSolved();
  };
  return (
    <div className={styles.blank}>
      <fieldset>
        <legend>{blank.question}</legend>
        {blank.options.map(({ text }, i) => (
          <label key={text}>
            <input type="radio" name={name} checked={chosen === i} onChange={() => choose(i)} />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      <p className={styles.verdict} role="status">
        {option && (
          <>
            <b>{option.right ? '✓ Right.' : '✕ Not this.'}</b> {option.why}
          </>
        )}
      </p>
    </div>
  );
}

function NumberBlank({ blank, onSolved }: { blank: NumberData; onSolved: () => void }) {
  const [draft, setDraft] = useState('');
  const [said, setSaid] = useState<{ right: boolean; text: string }>();
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() === '') return;
    const verdict = judge(Number(draft), { ...blank, tolerance: 1 });
    setSaid(verdict);
    if (verdict.right) onSolved();
  };
  return (
    <form className={styles.blank} onSubmit={submit}>
      <p id={id}>{blank.question}</p>
      <NumberAnswer draft={draft} unit={blank.unit} question={id} onType={setDraft} />
      <p className={styles.verdict} role="status">
        {said && (
          <>
            <b>{said.right ? '✓ Right.' : '✕ Not this.'}</b> {said.text}
          </>
        )}
      </p>
    </form>
  );
}
