/** Questions at the end of a page. Every option says why it is right or wrong. */
import { useId, useState } from 'react';
import type { CheckData } from '../../truth/types.ts';
import { unbroken } from '../../truth/unbroken.ts';
import type { VariantData } from '../../truth/variants.ts';
import styles from './styles.module.css';
import { Variant } from './Variant.tsx';

export default function Checks({
  data,
  variant,
}: {
  data: readonly CheckData[];
  /** The question whose numbers are drawn; not every page has one yet. */
  variant?: VariantData;
}) {
  return (
    <ol className={styles.checks}>
      {data.map((check) => (
        <Check key={check.id} check={check} />
      ))}
      {variant && <Variant data={variant} />}
    </ol>
  );
}

function Check({ check }: { check: CheckData }) {
  const [chosen, setChosen] = useState(-1);
  const name = useId();
  const option = check.options[chosen];
  return (
    <li id={`check-${check.id}`} className={styles.check}>
      <fieldset>
        <legend>{unbroken(check.question)}</legend>
        {check.options.map(({ text }, i) => (
          <label key={text}>
            <input type="radio" name={name} checked={chosen === i} onChange={() => setChosen(i)} />
            <span>{unbroken(text)}</span>
          </label>
        ))}
      </fieldset>
      <p className={styles.why} role="status">
        {option && (
          <>
            <b>{option.right ? '✓ Yes.' : '✕ No.'}</b> {option.why}
          </>
        )}
      </p>
      <noscript>
        <details>
          <summary>The answer</summary>
          {check.options.map(({ text, right, why }) => (
            <p key={text}>
              <b>{right ? 'Yes' : 'No'}:</b> {unbroken(`${text} ${why}`)}
            </p>
          ))}
        </details>
      </noscript>
    </li>
  );
}
