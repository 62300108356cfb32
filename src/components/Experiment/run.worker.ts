/** Runs lines away from the page. Created when someone reaches for a control and kept; the library lives here and nowhere else. */
import { findExperiment, runLine } from '../../../sim/experiments/index.ts';
import { chromeTraceOf } from '../../../sim/lab/chrome-trace.ts';
import { diagramOf } from '../../../sim/lab/diagram.ts';
import { differenceOf } from '../../../sim/lab/difference.ts';
import { compareSvg } from '../../../sim/lab/figure.ts';
import { splitLine } from '../../../sim/lab/line.ts';
import type { Run } from '../../../sim/lab/run.ts';
import { type Sensitivity, sensitivityOf } from '../../../sim/lab/sensitivity.ts';
import { csvOf, notebookOf, snippet } from '../../../sim/lab/share.ts';
import { recapOf } from '../../truth/recap.ts';
import { detailOf, schemaOf, stillOf } from '../../truth/still.ts';
import type { Still } from '../../truth/types.ts';
import type { Answer, Question, Take } from './protocol.ts';

const runs = new Map<string, Run>();
/** A reader goes back and forth between a few settings. */
const KEPT = 6;

function runOf(line: string): Run {
  const kept = runs.get(line);
  if (kept) return kept;
  const run = runLine(line);
  if (runs.size >= KEPT) runs.delete(runs.keys().next().value as string);
  runs.set(line, run);
  return run;
}

const TAKES: Readonly<Record<Take, (run: Run, all: readonly Run[]) => string>> = {
  snippet: (run) => snippet(run),
  notebook: (run) => JSON.stringify(notebookOf(run, findExperiment(run.id).title), null, 1),
  mermaid: (run) =>
    run.wrongRule ? `%% WRONG RULE, on purpose: ${run.wrongRule}\n${diagramOf(run)}` : diagramOf(run),
  svg: (_, all) => compareSvg(all),
  csv: (run) => csvOf(run),
  json: (run) => JSON.stringify(run),
  perfetto: (run) => JSON.stringify(chromeTraceOf(run)),
};

/** The costs of a run are varied for this long; what has not been tried by then is said. */
const VARY_MS = 12_000;

function vary(line: string): Sensitivity {
  const end = performance.now() + VARY_MS;
  return sensitivityOf(findExperiment(splitLine(line).id), line, () => performance.now() < end);
}

/** What a page needs to show an experiment that it was not built with. */
const opened = ([a, b]: readonly Run[], stills: readonly Still[]) => ({
  schema: schemaOf(findExperiment(a.id)),
  stills,
  ...(b ? { difference: differenceOf(a, b) } : {}),
});

function answer(question: Question): Answer {
  const { id } = question;
  if (question.kind === 'sensitivity')
    return { id, kind: 'sensitivity', sensitivity: vary(question.lines[0]) };
  const all = question.lines.map(runOf);
  if (question.kind === 'take') return { id, kind: 'text', text: TAKES[question.take](all[0], all) };
  if (question.kind === 'recap') return { id, kind: 'recap', recap: recapOf(all[0]) };
  if (question.kind === 'difference')
    return { id, kind: 'difference', difference: differenceOf(all[0], all[1]) };
  if (question.kind === 'details') return { id, kind: 'details', details: all.map(detailOf) };
  const stills = all.map((run) => stillOf(findExperiment(run.id), run));
  if (question.kind === 'open') return { id, kind: 'opened', ...opened(all, stills) };
  const met = findExperiment(all[0].id).goals.map((goal) => goal.met(all[0]));
  return { id, kind: 'runs', stills, met };
}

function failure(id: number, error: unknown): Answer {
  const { issues, message } = error as {
    issues?: Extract<Answer, { kind: 'failure' }>['issues'];
    message?: string;
  };
  return { id, kind: 'failure', issues: issues ?? [], message: message ?? String(error) };
}

/** Columns are handed over, not copied. */
const buffers = (reply: Answer): Transferable[] =>
  reply.kind === 'details'
    ? reply.details
        .flatMap((detail) => [detail, detail.steps])
        .flatMap((columns) => Object.values(columns))
        .flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []))
    : [];

self.onmessage = ({ data }: MessageEvent<Question>) => {
  let reply: Answer;
  try {
    reply = answer(data);
  } catch (error) {
    reply = failure(data.id, error);
  }
  (self as unknown as Worker).postMessage(reply, buffers(reply));
};
