/** Controls made from the declaration of a parameter: slider and number, choice, switch. What was typed stays, whatever is wrong with it. */
import { useEffect, useId, useState } from 'react';
import { unitAfter } from '../../../sim/lab/format.ts';
import type {
  ChoiceParam,
  CountParam,
  FlagParam,
  Param,
  ParamValue,
  SizeParam,
} from '../../../sim/lab/params.ts';
import { checkValue, formatValue, parseValue } from '../../../sim/lab/params.ts';
import type { Issue } from '../../truth/types.ts';
import styles from './controls.module.css';

export interface ControlProps {
  readonly name: string;
  readonly param: Param;
  readonly value: ParamValue;
  /** What the run said about this value. */
  readonly issue?: Issue;
  readonly onChange: (value: ParamValue) => void;
}

export function Control(props: ControlProps) {
  const id = useId();
  const { param } = props;
  return (
    <div className={styles.control}>
      <label className={styles.label} htmlFor={id}>
        {param.label}
      </label>
      {param.kind === 'choice' ? (
        <Choice {...props} id={id} param={param} />
      ) : param.kind === 'flag' ? (
        <Flag {...props} id={id} param={param} />
      ) : (
        <Quantity {...props} id={id} param={param} />
      )}
      <p className={styles.why} id={`${id}-why`}>
        {param.why}
      </p>
      {param.kind === 'choice' || param.kind === 'flag' ? (
        <Complaint id={`${id}-issue`} issue={props.issue} />
      ) : null}
    </div>
  );
}

function Complaint({ id, issue }: { id: string; issue?: Issue }) {
  if (!issue) return null;
  return (
    <p className={styles.issue} id={id} role="alert">
      <span aria-hidden="true">✕ </span>
      {issue.message}: {issue.hint}.
    </p>
  );
}

function Choice({ id, param, value, onChange }: ControlProps & { id: string; param: ChoiceParam }) {
  return (
    <select
      className={styles.select}
      id={id}
      value={value as string}
      onChange={(event) => onChange(event.target.value)}
      aria-describedby={`${id}-why`}
    >
      {Object.entries(param.options).map(([key, label]) => (
        <option key={key} value={key}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Flag({ id, value, onChange }: ControlProps & { id: string; param: FlagParam }) {
  return (
    <input
      className={styles.flag}
      id={id}
      type="checkbox"
      checked={value as boolean}
      onChange={(event) => onChange(event.target.checked)}
      aria-describedby={`${id}-why`}
    />
  );
}

/** Slider positions: doublings on a logarithmic scale, steps on a linear one. */
function scaleOf(param: CountParam | SizeParam) {
  if (param.scale === 'linear')
    return {
      max: (param.max - param.min) / param.step,
      to: (v: number) => (v - param.min) / param.step,
      from: (p: number) => param.min + p * param.step,
    };
  const first = Math.max(param.min, param.step);
  const zero = param.min === 0 ? 1 : 0;
  const max = Math.floor(Math.log2(param.max / first) + 1e-9) + zero;
  return {
    max,
    to: (v: number) => (v < first ? 0 : Math.round(Math.log2(v / first)) + zero),
    from: (p: number) => (p < zero ? 0 : first * 2 ** (p - zero)),
  };
}

function Quantity({
  id,
  name,
  param,
  value,
  issue,
  onChange,
}: ControlProps & { id: string; param: CountParam | SizeParam }) {
  const shown = formatValue(param, value);
  const [text, setText] = useState(shown);
  const [typed, setTyped] = useState<Issue>();
  useEffect(() => {
    setText(shown);
    setTyped(undefined);
  }, [shown]);

  const scale = scaleOf(param);
  const type = (next: string): void => {
    setText(next);
    const read = parseValue(name, param, next);
    const wrong = typeof read === 'object' ? read : checkValue(name, param, read);
    setTyped(wrong);
    if (!wrong) onChange(read as number);
  };
  const unit = param.kind === 'count' ? unitAfter(param.unit) : '';
  const wrong = typed ?? issue;
  return (
    <>
      <div className={styles.quantity}>
        <input
          className={styles.slider}
          type="range"
          min={0}
          max={scale.max}
          step={1}
          value={scale.to(value as number)}
          aria-label={param.label}
          aria-valuetext={`${shown}${unit}`}
          onChange={(event) => onChange(scale.from(Number(event.target.value)))}
        />
        <input
          className={styles.number}
          id={id}
          type="text"
          inputMode={param.kind === 'count' ? 'numeric' : 'text'}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => type(event.target.value)}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-issue` : `${id}-why`}
        />
        {unit && <span className={styles.unit}>{unit}</span>}
      </div>
      <Complaint id={`${id}-issue`} issue={wrong} />
    </>
  );
}
