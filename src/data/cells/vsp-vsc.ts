// From which pace on does a busy host need no signal?
import { curvesSvg, seriesOf, sweep } from 'ringside';

const gaps = [0, 1000, 3000, 10_000, 30_000, 100_000];
const pace = sweep('vsp-vsc', 'gap', gaps, { burst: 8 });

show(
  curvesSvg(
    [
      seriesOf(pace, 'signals', 'signals sent'),
      seriesOf(pace, 'suppressed', 'signals spared'),
    ],
    { title: 'Signals, by the gap between bursts', along: 'gap' },
  ),
);
for (const [i, { metrics }] of pace.runs.entries())
  console.log(
    `${pace.labels[i]}: ${metrics.signals} for ${metrics.packets}`,
  );
