import type { SnippetIs } from './types.ts';

export const spinLock: readonly SnippetIs[] = [
  {
    name: 'absent-holder',
    title: 'One machine more, and most of the time is waited away',
    code: `import { run } from 'ringside';

for (const vms of [1, 2]) {
  const { waiting, rounds } = run('spin-lock', { vms, time: 50 }).metrics;
  console.log(\`\${vms} machines: \${rounds} rounds, \${waiting} % of the time waiting\`);
}`,
  },
  {
    name: 'who-helps',
    title: 'Who notices that a processor only waits',
    code: `import { run } from 'ringside';

for (const help of ['none', 'hint', 'ple'] as const) {
  const { rate } = run('spin-lock', { help, time: 50 }).metrics;
  console.log(help.padEnd(5), rate, 'times a second');
}`,
  },
  {
    name: 'tries',
    title: 'A number of tries is a time in disguise',
    code: `import { run } from 'ringside';

for (const tries of [64, 512, 4095]) {
  const { rate, hints } = run('spin-lock', { help: 'hint', tries, time: 50 }).metrics;
  console.log(\`\${tries} tries: \${rate} a second, \${hints} calls\`);
}`,
  },
  {
    name: 'no-order',
    title: 'A lock without an order',
    code: `import { run } from 'ringside';

for (const lock of ['ticket', 'tas'] as const)
  console.log(lock.padEnd(6), run('spin-lock', { lock, time: 50 }).metrics.useful, '% of the time is work');`,
  },
];
