/** The state of one experiment on a page: values, texts being typed, the run, and the address. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import type { ParamValue } from '../../../sim/lab/params.ts';
import { defaultsOf } from '../../../sim/lab/params.ts';
import type { Issue, Schema, Still } from '../../truth/types.ts';
import type { Values } from './address.ts';
import { differing, readAddress, writeAddress } from './address.ts';
import { ask, Stopped } from './ask.ts';
import type { Result } from './protocol.ts';

export type Status = 'idle' | 'running' | 'done' | 'stopped' | 'failed';

export interface Settings {
  readonly values: Values;
  readonly seed: number;
  /** What the other run changes; nothing when there is no other run. */
  readonly contrast?: Values;
}

export interface Outcome {
  readonly stills: readonly Still[];
  /** There after the first run on this page. */
  readonly results?: readonly Result[];
  readonly met: readonly boolean[];
  readonly status: Status;
  readonly issues: readonly Issue[];
  readonly message: string;
}

const valuesOf = (schema: Schema, line: string): Values =>
  readQuery(schema.params, splitLine(line).query).values as Values;

const pick = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, values[name]]));

export function useExperiment(schema: Schema, still: Still, other: Still | undefined, fig: number) {
  const initial = useRef<Settings>(undefined as unknown as Settings);
  if (!initial.current) initial.current = initialSettings(schema, still, other);
  const [settings, setSettings] = useState<Settings>(initial.current);
  const [past, setPast] = useState<readonly Settings[]>([]);
  const [outcome, setOutcome] = useState<Outcome>(() => ({
    stills: other ? [still, other] : [still],
    met: [],
    status: 'idle',
    issues: [],
    message: '',
  }));
  const latest = useRef(0);

  const run = useCallback(
    async (next: Settings) => {
      const turn = ++latest.current;
      setOutcome((now) => ({ ...now, status: 'running', issues: [], message: '' }));
      try {
        const answer = await ask({ kind: 'run', lines: linesOf(schema, next) });
        // A newer question was asked meanwhile: this answer is stale.
        if (turn !== latest.current) return;
        if (answer.kind === 'runs') {
          const { results, met } = answer;
          setOutcome({
            stills: results.map((result) => result.still),
            results,
            met,
            status: 'done',
            issues: [],
            message: '',
          });
        } else if (answer.kind === 'failure') {
          setOutcome((now) => ({
            ...now,
            status: 'failed',
            issues: answer.issues,
            message: answer.issues.length > 0 ? '' : answer.message,
          }));
        }
      } catch (error) {
        if (turn !== latest.current) return;
        const stopped = error instanceof Stopped;
        setOutcome((now) => ({
          ...now,
          status: stopped ? 'stopped' : 'failed',
          message: stopped ? '' : (error as Error).message,
        }));
      }
    },
    [schema],
  );

  const apply = useCallback(
    (next: Settings, remember = true) => {
      setSettings((now) => {
        if (remember) setPast((before) => [...before.slice(-49), now]);
        return next;
      });
      const others = next.contrast ? { ...next.values, ...next.contrast } : undefined;
      const query = writeAddress(schema.id, schema.params, { ...next, other: others }, fig);
      window.history.replaceState(
        window.history.state,
        '',
        `${window.location.pathname}${query}${window.location.hash}`,
      );
      void run(next);
    },
    [run, schema, fig],
  );

  useEffect(() => {
    const found = readAddress(schema.id, schema.params, window.location.search, fig);
    if (!found) return;
    const contrast = found.other ? pick(found.other, differing(found.values, found.other)) : undefined;
    const next = { values: found.values, seed: found.seed, contrast };
    setSettings(next);
    if (found.issues.length > 0)
      setOutcome((now) => ({
        ...now,
        status: 'failed',
        issues: found.issues,
        message: 'The address was not understood in full.',
      }));
    else void run(next);
  }, [schema, fig, run]);

  const undo = useCallback(() => {
    const last = past[past.length - 1];
    if (!last) return;
    setPast(past.slice(0, -1));
    apply(last, false);
  }, [past, apply]);

  return {
    settings,
    outcome,
    lines: linesOf(schema, settings),
    canUndo: past.length > 0,
    undo,
    reset: useCallback(() => apply(initial.current), [apply]),
    set: (name: string, value: ParamValue) =>
      apply({ ...settings, values: { ...settings.values, [name]: value } }),
    setSeed: (seed: number) => apply({ ...settings, seed }),
    preset: (params: Values) =>
      apply({ ...settings, values: { ...defaultsOf(schema.params), ...params } as Values }),
    /** Keeps the present run beside the next ones, or lets it go. */
    pin: (on: boolean) => apply({ ...settings, contrast: on ? settings.values : undefined }),
    /** Runs as it stands: what the first step, scrub or zoom needs. */
    ensure: () => (outcome.results || outcome.status === 'running' ? undefined : void run(settings)),
    rerun: () => void run(settings),
  };
}

function initialSettings(schema: Schema, still: Still, other: Still | undefined): Settings {
  const values = valuesOf(schema, still.line);
  if (!other) return { values, seed: still.seed };
  const beside = valuesOf(schema, other.line);
  return { values, seed: still.seed, contrast: pick(beside, differing(values, beside)) };
}

function linesOf(schema: Schema, { values, seed, contrast }: Settings): string[] {
  const line = (of: Values): string => formatLine(schema.id, schema.params, of as never, seed);
  return contrast ? [line(values), line({ ...values, ...contrast })] : [line(values)];
}
