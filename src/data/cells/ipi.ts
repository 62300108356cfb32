// One call to all others: from how many processors on is it worth it?
import { curvesSvg, seriesOf, sweep } from 'ringside';

const vps = [2, 4, 8, 16, 32, 64];
const series = (['each', 'call'] as const).map((method) =>
  seriesOf(
    sweep('ipi', 'vps', vps, { method, rounds: 1 }),
    'sendCycles',
    method,
  ),
);

show(
  curvesSvg(series, {
    title: 'Cycles of the sender',
    along: 'virtual processors',
    scale: 'log',
  }),
);
for (const [i, n] of vps.entries()) {
  const [each, call] = series.map(({ values }) => values[i]);
  console.log(`${n} processors: each ${each}, one call ${call}`);
}
