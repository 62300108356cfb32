// Does a guest that asks for help lose less time?
import { run } from 'ringside';

const time = 10; // milliseconds

for (const help of ['none', 'hint', 'ple'] as const) {
  const { metrics } = run('spin-lock', { help, time });
  console.log(`help: ${help}`, {
    rounds: metrics.rounds,
    waiting: metrics.waiting,
    worst: metrics.worst,
  });
}

// The same lock with a processor for everyone.
show(run('spin-lock', { vms: 1, time: 2 }));
