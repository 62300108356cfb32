// What is left of a processor that only looks at its clock?
import { formatCount, run } from 'ringside';

const rate = 100_000; // times a second that a program asks
const sources = [
  'pit',
  'pm-timer',
  'reference-counter',
  'tsc-page',
] as const;

show(
  sources.map((source) => {
    const { metrics } = run('clock-read', { source, rate, duration: 2 });
    return {
      source,
      'exits a read': metrics.exitsPerRead,
      'cycles a read': formatCount(metrics.cyclesPerRead),
      'share of the time': `${Math.round(metrics.share)} %`,
    };
  }),
);

show(run('clock-read', { source: 'reference-counter', rate, duration: 1 }));
