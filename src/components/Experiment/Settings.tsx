/** What a reader can turn: presets, controls in stages, and the way back. */
import type { Schema } from '../../truth/types.ts';
import { Fold } from '../Fold/index.tsx';
import { Control } from './Controls.tsx';
import styles from './styles.module.css';
import type { useExperiment } from './useExperiment.ts';

type Lab = ReturnType<typeof useExperiment>;

interface SettingsProps {
  readonly schema: Schema;
  readonly lab: Lab;
  readonly names: readonly string[];
  /** True for a page's own contrast: it speaks first, and who wants to change what both runs share opens the controls. */
  readonly contrast: boolean;
}

/** The controls with these names. */
export function Settings({ schema, lab, names, contrast }: SettingsProps) {
  const { settings, outcome } = lab;
  const grid = (
    <div className={styles.controls}>
      {names.map((name) => (
        <Control
          key={name}
          name={name}
          param={schema.params[name]}
          value={settings.values[name]}
          issue={outcome.issues.find(({ path }) => path === name)}
          onChange={(value) => lab.set(name, value)}
        />
      ))}
    </div>
  );
  if (contrast) return <Fold title="Change what both runs share">{grid}</Fold>;
  return (
    <>
      <Presets schema={schema} values={settings.values} onPick={lab.preset} />
      {grid}
    </>
  );
}

/** More controls, undo, reset, keep, run. */
export function Tools({ lab, contrast, onMore }: { lab: Lab; contrast: boolean; onMore?: () => void }) {
  const kept = Boolean(lab.settings.contrast);
  return (
    <div className={styles.tools}>
      {onMore && (
        <button type="button" onClick={onMore} aria-keyshortcuts="m">
          More controls
        </button>
      )}
      <button type="button" onClick={lab.undo} disabled={!lab.canUndo} aria-keyshortcuts="u">
        Undo
      </button>
      <button type="button" onClick={lab.reset} aria-keyshortcuts="x">
        Reset
      </button>
      {!contrast && (
        <button type="button" onClick={() => lab.pin(!kept)} aria-pressed={kept} aria-keyshortcuts="k">
          {kept ? 'Drop the kept run' : 'Keep this run beside the next'}
        </button>
      )}
      {lab.outcome.status !== 'running' && (
        <button type="button" onClick={lab.rerun} aria-keyshortcuts="r">
          Run
        </button>
      )}
    </div>
  );
}

function Presets({
  schema,
  values,
  onPick,
}: {
  schema: Schema;
  values: Readonly<Record<string, unknown>>;
  onPick: (params: never) => void;
}) {
  const entries = Object.entries(schema.presets);
  const isOn = (params: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(schema.params).every(([name, param]) => values[name] === (params[name] ?? param.default));
  const present = entries.find(([, { params }]) => isOn(params));
  if (entries.length === 0) return null;
  return (
    <div className={styles.presets}>
      <fieldset>
        <legend className="visually-hidden">Presets</legend>
        {entries.map(([name, { title, params }]) => (
          <button
            type="button"
            key={name}
            aria-pressed={present?.[0] === name}
            onClick={() => onPick(params as never)}
          >
            {title}
          </button>
        ))}
      </fieldset>
      <p>{present ? present[1].sentence : 'Your own settings.'}</p>
    </div>
  );
}
