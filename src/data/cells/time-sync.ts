// How often must the host tell the time, so that nobody is a second late?
import { run, seriesOf, sweep } from 'ringside';

const time = 20; // seconds

const alone = run('time-sync', { policy: 'ignore', time });
console.log(
  `${alone.metrics.ticksLost} ticks lost, and nobody corrects them:`,
);
console.log(`${alone.metrics.error} ms behind at the end`);

const periods = [1, 2, 5, 10]; // seconds between two messages
const told = sweep('time-sync', 'period', periods, {
  policy: 'step',
  time,
});
show(
  seriesOf(told, 'worst', 'Worst error, by seconds between messages', 'ms'),
);
