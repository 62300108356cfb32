/** The state of one experiment on a page: values, texts being typed, the run, and the address. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Difference } from '../../../sim/lab/difference.ts';
import { formatLine, readQuery, splitLine } from '../../../sim/lab/line.ts';
import type { ParamValue } from '../../../sim/lab/params.ts';
import { defaultsOf } from '../../../sim/lab/params.ts';
import type { Detail, Issue, Schema, Still } from '../../truth/types.ts';
import type { Values } from './address.ts';
import { differing, readAddress, writeAddress } from './address.ts';
import { ask, Stopped, wake } from './ask.ts';
import { onAddress } from './inbox.ts';
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
  /** What the two runs differ in; it follows them like the details. */
  readonly difference?: Difference;
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

export interface Start {
  readonly schema: Schema;
  readonly still: Still;
  readonly other?: Still;
  readonly difference?: Difference;
  /** Number on the page, from 1; 0 for a figure that the address does not speak of. */
  readonly fig: number;
}

export function useExperiment({ schema, still, other, difference, fig }: Start) {
  const initial = useRef<Settings>(undefined as unknown as Settings);
  if (!initial.current) initial.current = initialSettings(schema, still, other);
  const [settings, setSettings] = useState<Settings>(initial.current);
  const [past, setPast] = useState<readonly Settings[]>([]);
  const [outcome, setOutcome] = useState<Outcome>(() => ({
    stills: other ? [still, other] : [still],
    difference,
    met: [],
    ran: false,
    status: 'idle',
    issues: [],
    message: '',
  }));
  /** The step that the address speaks of, from 1. */
  const [wanted, setWanted] = useState<number>();
  const queued = useRef<Settings>(undefined);
  const busy = useRef(false);
  const stepping = useRef(false);

  /** Adds to the outcome of these lines what was asked about them. Another run may be shown by now. */
  const bring = useCallback(async (kind: 'details' | 'difference', lines: readonly string[]) => {
    const answer = await ask({ kind, lines });
    setOutcome((now) => {
      if (now.stills.map(({ line }) => line).join() !== lines.join()) return now;
      if (answer.kind === 'details') return { ...now, details: answer.details };
      return answer.kind === 'difference' ? { ...now, difference: answer.difference } : now;
    });
  }, []);

  /**
   * Brings the rest when the settings have been at rest for a moment, and tells the page of the run: a reader who drags a slider wants
   * pictures, and the sentences of a page are many.
   */
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = useCallback(
    (stills: readonly Still[], steps: number) => {
      const lines = stills.map(({ line }) => line);
      resting.current = setTimeout(async () => {
        publish(stills[0]);
        if (lines.length > 1) await bring('difference', lines).catch(() => undefined);
        if (stepping.current || steps <= EAGER_STEPS) await bring('details', lines).catch(() => undefined);
      }, REST_MS);
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
        setOutcome((now) => ({
          stills,
          met,
          ran: true,
          status: more && now.status === 'running' ? 'running' : 'done',
          issues: [],
          message: '',
        }));
        const steps = stills.reduce((sum, still) => sum + still.steps, 0);
        soon(stills, steps);
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
      setWanted(undefined);
      if (fig === 0) return;
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
    if (fig === 0) return;
    const read = (): void => {
      const found = readAddress(schema.id, schema.params, window.location.search, fig);
      if (!found) return;
      const contrast = found.other ? pick(found.other, differing(found.values, found.other)) : undefined;
      const next = { values: found.values, seed: found.seed, contrast };
      setSettings(next);
      setWanted(found.at);
      stepping.current ||= found.at !== undefined;
      if (found.issues.length > 0)
        setOutcome((now) => ({
          ...now,
          status: 'failed',
          issues: found.issues,
          message: 'The address was not understood in full.',
        }));
      else void run(next);
    };
    read();
    return onAddress(read);
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
    if (outcome.ran) void bring('details', linesOf(schema, settings));
    else void run(settings);
  };

  return {
    settings,
    outcome,
    wanted,
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
