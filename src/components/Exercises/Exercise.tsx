/** One exercise. What is typed stays in this browser. */
import { type FormEvent, useId, useRef, useState } from 'react';
import type { DrawnTask, ExerciseData } from '../../truth/exercises.ts';
import { CodeArea, type CodeHandle } from '../CodeCell/CodeArea.tsx';
import { download } from '../CodeCell/takeaway.ts';
import { NumberAnswer } from '../NumberAnswer/index.tsx';
import { type Judged, judge } from './judge.ts';
import styles from './styles.module.css';
import { useKeptText } from './useKeptText.ts';

const KIND: Readonly<Record<ExerciseData['kind'], string>> = {
  predict: 'Predict',
  complete: 'Complete',
  explain: 'Explain',
  build: 'Build',
};

const MARK = {
  right: '✓ Right.',
  misconception: '✕ Not yet.',
  wrong: '✕ Not yet.',
  unusable: 'Cannot be judged.',
};

export function Exercise({ exercise }: { exercise: ExerciseData }) {
  const { id, kind, title, drawn, names } = exercise;
  const [which, setWhich] = useState(0);
  const [judged, setJudged] = useState<Judged | 'busy'>();
  const task = drawn[which];
  const question = useId();
  const check = async (source: string): Promise<void> => {
    setJudged('busy');
    setJudged(await judge({ id, seed: task.seed, names, source }));
  };
  const another = (): void => {
    setWhich((which + 1) % drawn.length);
    setJudged(undefined);
  };
  return (
    <li id={`exercise-${id.split('/')[1]}`} className={styles.exercise}>
      <p className={styles.title}>
        <span className={styles.kind}>{KIND[kind]}</span> {title}
      </p>
      <p id={question} className={styles.task} aria-live="polite">
        <Marked text={task.task} />
      </p>
      <Form
        key={`${task.seed}`}
        exercise={exercise}
        task={task}
        question={question}
        onCheck={(source) => void check(source)}
        onAnother={drawn.length > 1 ? another : undefined}
      />
      <p className={styles.verdict} role="status">
        {judged === 'busy' && 'Running …'}
        {judged && judged !== 'busy' && (
          <>
            <b>{MARK[judged.verdict.kind]}</b> {judged.verdict.says}
          </>
        )}
      </p>
      {judged && judged !== 'busy' && judged.printed.length > 0 && (
        <pre className={styles.printed}>{judged.printed.join('\n')}</pre>
      )}
      <Help exercise={exercise} task={task} />
    </li>
  );
}

/** Words between backticks and stars as authors write them. */
function Marked({ text }: { text: string }) {
  return text.split(/(`[^`]+`|\*[^*]+\*)/).map((piece, i) =>
    piece.startsWith('`') ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in their order
      <code key={i}>{piece.slice(1, -1)}</code>
    ) : piece.startsWith('*') && piece.length > 2 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in their order
      <em key={i}>{piece.slice(1, -1)}</em>
    ) : (
      piece
    ),
  );
}

interface FormProps {
  readonly exercise: ExerciseData;
  readonly task: DrawnTask;
  readonly question: string;
  readonly onCheck: (source: string) => void;
  readonly onAnother?: () => void;
}

function Form(props: FormProps) {
  if (props.exercise.kind === 'predict') return <Predict {...props} />;
  if (props.exercise.kind === 'explain') return <Explain {...props} />;
  return <Code {...props} />;
}

/** What stands behind the button that checks. */
function More({
  exercise,
  task,
  source,
  onAnother,
}: Omit<FormProps, 'onCheck' | 'question'> & { source: string }) {
  const take = (): void =>
    download(
      `${exercise.id.replace('/', '-')}.ts`,
      `// ringside exercise ${exercise.id}, seed ${task.seed}\n${source}`,
      'text/typescript',
    );
  return (
    <>
      {onAnother && (
        <button type="button" className={styles.quiet} onClick={onAnother}>
          Other numbers
        </button>
      )}
      <button type="button" className={styles.quiet} onClick={take} title="A file for `ringside check`">
        Hand-in file
      </button>
    </>
  );
}

function Predict({ exercise, task, question, onCheck, onAnother }: FormProps) {
  const [draft, setDraft] = useState('');
  const source = `export const answer = ${draft.trim() || 'NaN'};\n`;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() !== '') onCheck(source);
  };
  return (
    <form onSubmit={submit}>
      <NumberAnswer draft={draft} unit={exercise.unit ?? ''} question={question} onType={setDraft}>
        <More exercise={exercise} task={task} source={source} onAnother={onAnother} />
      </NumberAnswer>
    </form>
  );
}

function Explain({ exercise, task, question, onCheck, onAnother }: FormProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const source = `export const answer = ${JSON.stringify(chosen)};\n`;
  const toggle = (letter: string): void =>
    setChosen((now) =>
      now.includes(letter) ? now.filter((one) => one !== letter) : [...now, letter].sort(),
    );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCheck(source);
  };
  return (
    <form onSubmit={submit}>
      <fieldset className={styles.choices} aria-describedby={question}>
        <legend className="visually-hidden">Sentences</legend>
        {(task.choices ?? []).map(({ letter, text }) => (
          <label key={letter}>
            <input type="checkbox" checked={chosen.includes(letter)} onChange={() => toggle(letter)} />
            <span>
              ({letter}) {text}
            </span>
          </label>
        ))}
      </fieldset>
      <div className={styles.bar}>
        <button type="submit">Check</button>
        <More exercise={exercise} task={task} source={source} onAnother={onAnother} />
      </div>
    </form>
  );
}

function Code({ exercise, task, onCheck, onAnother }: FormProps) {
  const { text, setText } = useKeptText(`exercise/${exercise.id}`, task.starter);
  const handle = useRef<CodeHandle>(null);
  const reset = (): void => {
    setText(task.starter);
    handle.current?.replace(task.starter);
  };
  return (
    <>
      <CodeArea
        text={text}
        tokens={text === task.starter ? task.tokens : undefined}
        label={`Your answer: ${exercise.title}`}
        onChange={setText}
        onRun={() => onCheck(text)}
        handle={handle}
      />
      <div className={styles.bar}>
        <button type="button" onClick={() => onCheck(text)} title="Ctrl+Enter in the editor">
          Check
        </button>
        <button type="button" className={styles.quiet} onClick={() => void handle.current?.edit()}>
          Edit
        </button>
        <button type="button" className={styles.quiet} disabled={text === task.starter} onClick={reset}>
          Reset
        </button>
        <More exercise={exercise} task={task} source={text} onAnother={onAnother} />
      </div>
    </>
  );
}

/** Hints one after the other, each stronger; then the solution. */
function Help({ exercise: { hints }, task }: { exercise: ExerciseData; task: DrawnTask }) {
  return (
    <div className={styles.help}>
      {hints.map((hint, i) => (
        <details key={hint}>
          <summary>Hint {i + 1}</summary>
          <p>
            <Marked text={hint} />
          </p>
        </details>
      ))}
      <details>
        <summary>Solution</summary>
        <pre>
          <code>{task.solution}</code>
        </pre>
      </details>
    </div>
  );
}
