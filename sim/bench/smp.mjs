// Several virtual processors: exits that the hypervisor answers, with one, four and many VPs; virtual time against time; growth.
import path from 'node:path';
import { BENCH } from './harness.mjs';

/** The issue: at least three million exits a second with four VPs; 64 VPs for a virtual second in less than two seconds. */
const EXITS = 3;
const VIRTUAL = 0.5;

export async function run(h) {
  const child = path.join(BENCH, 'children/smp.mjs');
  const measure = (what, vps, processors, ms) =>
    h.child(process.execPath, [child, h.dist, what, vps, processors, h.quick ? ms / 50 : ms].map(String));
  const exits = (vps, processors) => () => {
    const { seconds, exits: done } = measure('exits', vps, processors, 1000 / vps);
    return done / seconds;
  };
  const virtual = (what, processors) => () => {
    const { seconds, milliseconds } = measure(what, 64, processors, 1000);
    return milliseconds / 1000 / seconds;
  };
  const one = exits(1, 0);
  await h.single('hypervisor exits, 4 VPs, a processor each', exits(4, 0), { target: EXITS });
  await h.single('hypervisor exits, 4 VPs share one processor', exits(4, 1), { target: EXITS });
  await h.pair('hypervisor exits, 4 VPs, a processor each', exits(4, 0), one, { anchorName: 'one VP' });
  await h.pair('hypervisor exits, 4 VPs share one', exits(4, 1), one, { anchorName: 'one VP' });
  const seconds = { unit: 'virtual s/s', scale: 1, target: VIRTUAL };
  await h.single('64 VPs, 250 ticks a second each', virtual('ticks', 64), seconds);
  await h.single('64 VPs on 16 processors, 250 ticks', virtual('ticks', 16), seconds);
  await h.single('64 VPs on 32 processors, ticket locks', virtual('locks', 32), seconds);
  for (const what of ['ticks', 'locks']) await growth(h, what, measure);
}

/** Work for each second, in units of n log n: with 64 VPs at least as much as with 8, or the growth is steeper than that. */
async function growth(h, what, measure) {
  const rate = (vps) => () => {
    const { seconds, milliseconds } = measure(what, vps, vps / 2, 1000);
    return (vps * Math.log2(vps) * milliseconds) / seconds;
  };
  await h.pair(`growth from 8 to 64 VPs, ${what}`, rate(64), rate(8), {
    target: 1,
    scale: 1,
    unit: 'n log n',
    anchorName: 'with 8',
  });
}
