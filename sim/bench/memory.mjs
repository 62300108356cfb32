// Address translation: walks of a guest's page tables that are bytes in its memory, by shadow tables and in two levels, and loads that hit.
import path from 'node:path';
import { BENCH } from './harness.mjs';

/** The issue: at least five million walks of a mapped page a second. */
const WALKS = 5;

export async function run(h) {
  const child = path.join(BENCH, 'children/memory.mjs');
  const measure = (what) => () => {
    const { seconds, done } = h.child(
      process.execPath,
      [child, h.dist, what, h.quick ? 200_000 : 8_000_000].map(String),
    );
    return done / seconds;
  };
  await h.single('memory walk of four levels', measure('walk'), { target: WALKS });
  await h.single('memory walk, TLB miss, second level', measure('slat-miss'), { target: WALKS });
  await h.single('memory walk, TLB miss, shadow tables', measure('shadow-miss'), { target: WALKS });
  await h.single('memory, TLB hit', measure('hit'));
  await h.single('memory load by a program, TLB hit', measure('load-hit'));
  await h.single('memory load by a program, TLB miss', measure('load-miss'), { target: WALKS });
}
