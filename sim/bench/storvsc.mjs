// Disk requests through the synthetic road: storvsc, real ring bytes, storvsp, SCSI, a disk that answers at once; 512 bytes,
// 32 in flight.
// The other figures are what tracing costs, and whether memory stays bounded however long a run is.
import path from 'node:path';
import { BENCH } from './harness.mjs';

/** Rows that the trace may keep at once: more than a batch of requests writes. */
const ROWS = 65_536;
/** The issue: a million and a half requests a second, and tracing at most 15 % dearer. */
const TARGET = 1.5;
const TRACING = 1 / 1.15;
/** A run ten times as long may end with this much more memory in use, and no more: code and feedback of the compiler. */
const SLACK = 1 << 20;

export async function run(h) {
  const requests = h.quick ? 20_000 : 1_000_000;
  const child = path.join(BENCH, 'children/storvsc.mjs');
  const measure = (rows, reads) => () => {
    const { seconds, requests: done } = h.child(
      process.execPath,
      [child, h.dist, rows, requests, reads].map(String),
    );
    return done / seconds;
  };
  await h.single('storvsc, reads, traced', measure(ROWS, 1), { target: TARGET });
  await h.single('storvsc, half reads, half writes, traced', measure(ROWS, 0.5), { target: TARGET });
  await h.pair('storvsc, tracing', measure(ROWS, 1), measure(0, 1), {
    target: TRACING,
    anchorName: 'not traced',
  });
  memory(h, child);
}

/** Bytes in use after a short run and after one ten times as long; the trace fills up in both and counts what it drops. */
function memory(h, child) {
  const long = h.quick ? 40_000 : 1_000_000;
  const after = (requests) =>
    h.child(process.execPath, ['--expose-gc', child, h.dist, 20_000, requests, 0.5, '--heap'].map(String));
  const [short, full] = [after(long / 10), after(long)];
  if (full.dropped === 0) throw new Error('the trace did not reach its cap');
  h.note({
    name: `storvsc, memory after ${long} requests`,
    unit: 'MB',
    ours: full.heap / 1e6,
    anchor: short.heap / 1e6,
    anchorName: `that after ${long / 10}`,
    ratio: full.heap / short.heap,
    met: full.heap <= short.heap + SLACK,
  });
}
