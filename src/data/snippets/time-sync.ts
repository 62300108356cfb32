import type { SnippetIs } from './types.ts';

export const timeSync: readonly SnippetIs[] = [
  {
    name: 'lost-is-late',
    title: 'Lost ticks are lost time',
    code: `import { run } from 'ringside';

for (const others of [0, 2, 4]) {
  const { ticksLost, error } = run('time-sync', { others, time: 10 }).metrics;
  console.log(\`\${others} others: \${ticksLost} ticks lost, \${Math.round(error)} ms behind\`);
}`,
  },
  {
    name: 'counter',
    title: 'A counter goes on, whoever runs',
    code: `import { run } from 'ringside';

for (const clock of ['ticks', 'counter'] as const)
  console.log(clock.padEnd(8), Math.round(run('time-sync', { clock, time: 10 }).metrics.error), 'ms behind');`,
  },
  {
    name: 'slew',
    title: 'Five hundred parts in a million are too few',
    code: `import { run } from 'ringside';

for (const policy of ['ignore', 'slew', 'step'] as const)
  console.log(policy.padEnd(7), Math.round(run('time-sync', { policy, time: 10 }).metrics.worst), 'ms at the worst');`,
  },
  {
    name: 'old-message',
    title: 'A message that was on the way for too long',
    code: `import { run } from 'ringside';

for (const message of ['plain', 'reference'] as const) {
  const { worst } = run('time-sync', { message, clock: 'counter', policy: 'step', others: 8, time: 20 }).metrics;
  console.log(message.padEnd(10), worst.toFixed(1), 'ms at the worst');
}`,
  },
];
