// Port exits through the whole emulated path, tracing on: guest driver, processor, partition, route, worker process, IDE registers, and
// back. The second figure is what tracing costs: the same with a trace that keeps nothing.
import path from 'node:path';
import { BENCH } from './harness.mjs';

/** Rows that the trace may keep at once: more than one request writes. */
const ROWS = 131_072;
/** The issue: at least ten million exits a second, and tracing at most 15 % dearer. */
const TARGET = 10;
const TRACING = 1 / 1.15;

export async function run(h) {
  const exits = h.quick ? 100_000 : 6_000_000;
  const child = path.join(BENCH, 'children/exits.mjs');
  const measure = (rows) => h.child(process.execPath, [child, h.dist, rows, exits].map(String));
  const traced = () => {
    const { seconds, exits: done, rows } = measure(ROWS);
    if (rows < done) throw new Error('not every exit left a row in the trace');
    return done / seconds;
  };
  const untraced = () => {
    const { seconds, exits: done } = measure(0);
    return done / seconds;
  };
  await h.single('port exits, whole path, traced', traced, { target: TARGET });
  await h.pair('port exits, tracing', traced, untraced, { target: TRACING, anchorName: 'not traced' });
}
