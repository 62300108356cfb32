/** The state of one experiment on a page: values, texts being typed, the run, and the address. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import type { ParamValue } from '../../../sim/lab/params.ts';
import { defaultsOf } from '../../../sim/lab/params.ts';
import type { Detail, Issue, Schema, Still } from '../../truth/types.ts';
import type { Values } from './address.ts';
import { differing, readAddress, writeAddress } from './address.ts';
import { ask, Stopped, wake } from './ask.ts';
import { publish } from './outcomes.ts';

export type Status = 'idle' | 'running' | 'done' | 'stopped' | 'failed';

export interface Settings {
  readonly values: Values;
  readonly seed: number;
  /** What the other run changes; nothing when there is no other run. */
  readonly contrast?: Values;
}

export interface Outcome {
  readonly stills: readonly Still[];
  /** What stepping needs; it follows a run on this page, so that the picture is not kept waiting. */
  readonly details?: readonly Detail[];
  /** True after the first run on this page. */
  readonly ran: boolean;
  readonly met: readonly boolean[];
  readonly status: Status;
  readonly issues: readonly Issue[];
  readonly message: string;
}

/** Longer records are brought when someone steps through them. */
const EAGER_STEPS = 8000;
/** A run that takes longer is announced; one that does not is simply there, drawn once. */
const NOTICE_MS = 100;
/** Settings that have not changed for this long are at rest. */
const REST_MS = 120;

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
    ran: false,
    status: 'idle',
    issues: [],
    message: '',
  }));
  const queued = useRef<Settings>(undefined);
  const busy = useRef(false);
  const stepping = useRef(false);

  /** Brings what stepping and zooming need. */
  const bring = useCallback(async (lines: readonly string[]) => {
    const answer = await ask({ kind: 'details', lines });
    if (answer.kind !== 'details') return;
    // Another run may be shown by now; its steps are others.
    setOutcome((now) =>
      now.stills.map(({ line }) => line).join() === lines.join() ? { ...now, details: answer.details } : now,
    );
  }, []);

  /** Brings it when the settings have been at rest for a moment: a reader who drags a slider wants pictures, no steps. */
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = useCallback(
    (lines: readonly string[]) => {
      resting.current = setTimeout(() => bring(lines).catch(() => undefined), REST_MS);
    },
    [bring],
  );

  const perform = useCallback(
    async (next: Settings) => {
      const lines = linesOf(schema, next);
      clearTimeout(resting.current);
      const notice = setTimeout(() => setOutcome(underWay), NOTICE_MS);
      try {
        const answer = await ask({ kind: 'run', lines }).finally(() => clearTimeout(notice));
        if (answer.kind === 'failure') return setOutcome((now) => failed(now, answer));
        if (answer.kind !== 'runs') return;
        const { stills, met } = answer;
        const more = queued.current !== undefined;
        if (!more) publish(stills[0]);
        setOutcome((now) => ({
          stills,
          met,
          ran: true,
          status: more && now.status === 'running' ? 'running' : 'done',
          issues: [],
          message: '',
        }));
        const steps = stills.reduce((sum, still) => sum + still.steps, 0);
        if (stepping.current || steps <= EAGER_STEPS) soon(lines);
      } catch (error) {
        setOutcome((now) => interrupted(now, error as Error));
      }
    },
    [schema, soon],
  );

  /** Runs the latest settings. While a run is under way only the newest wish waits; those between are dropped. */
  const run = useCallback(
    async (next: Settings) => {
      queued.current = next;
      if (busy.current) return;
      busy.current = true;
      for (let turn: Settings | undefined = next; turn; turn = queued.current) {
        queued.current = undefined;
        await perform(turn);
      }
      busy.current = false;
    },
    [perform],
  );

  const apply = useCallback(
    (next: Settings, remember = true) => {
      if (remember) setPast((before) => [...before.slice(-49), settings]);
      setSettings(next);
      // First of all: the worker computes while the page writes its address and redraws the controls.
      void run(next);
      const others = next.contrast ? { ...next.values, ...next.contrast } : undefined;
      const query = writeAddress(schema.id, schema.params, { ...next, other: others }, fig);
      window.history.replaceState(
        window.history.state,
        '',
        `${window.location.pathname}${query}${window.location.hash}`,
      );
    },
    [run, schema, fig, settings],
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

  /** What the first step, scrub or zoom needs: a run, and its steps. */
  const provide = useRef<() => void>(undefined as unknown as () => void);
  provide.current = () => {
    stepping.current = true;
    if (outcome.details || busy.current) return;
    if (outcome.ran) void bring(linesOf(schema, settings));
    else void run(settings);
  };

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
    /** The same function for good, so that what takes it need not be drawn again. */
    ensure: useCallback(() => provide.current(), []),
    /** Someone reaches for a control: the simulator is loaded by the time it is moved. */
    wake: () => wake(linesOf(schema, settings)),
    rerun: () => void run(settings),
  };
}

const underWay = (now: Outcome): Outcome => ({ ...now, status: 'running', issues: [], message: '' });

const failed = (now: Outcome, { issues, message }: Pick<Outcome, 'issues' | 'message'>): Outcome => ({
  ...now,
  status: 'failed',
  issues,
  message: issues.length > 0 ? '' : message,
});

function interrupted(now: Outcome, error: Error): Outcome {
  const stopped = error instanceof Stopped;
  const message = stopped
    ? 'The run took longer than ten seconds and was stopped: choose smaller settings.'
    : error.message;
  return { ...now, status: stopped ? 'stopped' : 'failed', message };
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
