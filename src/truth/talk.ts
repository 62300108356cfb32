/** Reduces a run of the integration services to what was asked and when it was answered: one track for each service. */
import type { Run } from '../../sim/lab/run.ts';
import { DM } from '../../sim/wire/dynmem-codes.ts';
import { ICMSGTYPE } from '../../sim/wire/ic-codes.ts';

/** How a question ended: with a good answer, with a bad one, or not at all. */
export const TALK_END = { GOOD: 0, FAILED: 1, SILENT: 2 } as const;

/** The questions of one service. Three numbers each: start and width in ten-thousandths of the longest run, and a `TALK_END`. */
export interface TalkTrack {
  readonly label: string;
  readonly questions: readonly number[];
}

/** One run's conversation. */
export interface Talk {
  readonly line: string;
  readonly tracks: readonly TalkTrack[];
}

/** Conversations on one scale of time, `length` cycles long. */
export interface Talks {
  readonly length: number;
  readonly hz: number;
  readonly runs: readonly Talk[];
}

const LABELS: Readonly<Record<number, string>> = {
  [ICMSGTYPE.HEARTBEAT]: 'heartbeat',
  [ICMSGTYPE.KVPEXCHANGE]: 'keys',
  [ICMSGTYPE.SHUTDOWN]: 'shutdown',
  [ICMSGTYPE.TIMESYNC]: 'time',
  [ICMSGTYPE.VSS]: 'backup',
  [ICMSGTYPE.FCOPY]: 'file copy',
};
const MEMORY = 'memory';
/** Which memory message answers which. */
const ANSWER_TO: Readonly<Record<number, number>> = {
  [DM.BALLOON_RESPONSE]: DM.BALLOON_REQUEST,
  [DM.UNBALLOON_RESPONSE]: DM.UNBALLOON_REQUEST,
  [DM.HOT_ADD_RESPONSE]: DM.HOT_ADD_REQUEST,
};

interface Question {
  readonly from: number;
  to: number;
  end: number;
}

/** The conversations of several runs, on the scale of the longest. */
export function talksOf(runs: readonly Run[]): Talks {
  const heard = runs.map((run) => ({ run, tracks: tracksOf(run) }));
  const length = Math.max(1, ...runs.map(({ trace }) => (trace.at.at(-1) ?? 0) - (trace.at[0] ?? 0)));
  return {
    length,
    hz: runs[0].trace.hz,
    runs: heard.map(({ run, tracks }) => ({
      line: run.line,
      tracks: [...tracks].map(([label, questions]) => ({
        label,
        questions: questions.flatMap(({ from, to, end }) => [
          share(from, length),
          share(to - from, length),
          end,
        ]),
      })),
    })),
  };
}

const share = (cycles: number, length: number): number => Math.round((cycles / length) * 10_000);

function tracksOf({ trace }: Run): Map<string, Question[]> {
  const tracks = new Map<string, Question[]>();
  const start = trace.at[0] ?? 0;
  const stop = (trace.at.at(-1) ?? 0) - start;
  const ask = (label: string, at: number): void => {
    const track = tracks.get(label) ?? [];
    track.push({ from: at, to: stop, end: TALK_END.SILENT });
    tracks.set(label, track);
  };
  const close = (label: string, at: number, end: number): void => {
    const last = tracks.get(label)?.at(-1);
    if (last && last.to === stop) Object.assign(last, { to: at, end });
  };
  trace.kind.forEach((kind, row) => {
    const [at, a, b] = [trace.at[row] - start, trace.a[row], trace.b[row]];
    const { name } = trace.kinds[kind];
    const label = LABELS[a];
    if (name === 'ic.request' && label) ask(label, at);
    else if (name === 'ic.answer' && label) close(label, at, b === 0 ? TALK_END.GOOD : TALK_END.FAILED);
    else if (name === 'ic.timeout' && label) close(label, at, TALK_END.SILENT);
    else if (name === 'dynmem.sent' && Object.values(ANSWER_TO).includes(a)) ask(MEMORY, at);
    else if (name === 'dynmem.received' && a in ANSWER_TO) close(MEMORY, at, TALK_END.GOOD);
  });
  // A beat that goes out as the run ends is no silence.
  for (const [label, questions] of tracks)
    tracks.set(
      label,
      questions.filter(({ from, to }) => to < stop || stop - from > stop / 100),
    );
  return new Map([...tracks].sort(([p], [q]) => Number(q === 'heartbeat') - Number(p === 'heartbeat')));
}
