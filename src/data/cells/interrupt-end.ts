// When does the assist page spare the exit, and when not?
import { run, seriesOf, sweep } from 'ringside';

const together = [1, 2, 4, 8]; // interrupts that come at once
const asked = { method: 'assist', rounds: 50 } as const;

const assisted = sweep('interrupt-end', 'together', together, asked);
show(
  seriesOf(
    assisted,
    'exitsPerInterrupt',
    'Exits an interrupt, by how many come at once',
  ),
);

const { metrics } = run('interrupt-end', { method: 'mmio', rounds: 50 });
console.log(`without it: ${metrics.exitsPerInterrupt} exits an interrupt`);
