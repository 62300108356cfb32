import type { SnippetIs } from './types.ts';

export const interruptEnd: readonly SnippetIs[] = [
  {
    name: 'four-ways',
    title: 'Exits to end a hundred interrupts, four ways',
    code: `import { run } from 'ringside';

for (const method of ['mmio', 'msr', 'assist', 'auto'] as const)
  console.log(method.padEnd(6), run('interrupt-end', { method }).metrics.eoiExits, 'exits');`,
  },
  {
    name: 'together',
    title: 'The assist page spares the last end of a group',
    code: `import { run } from 'ringside';

for (const together of [1, 2, 4, 8]) {
  const { ends, spared } = run('interrupt-end', { method: 'assist', together, rounds: 40 }).metrics;
  console.log(\`\${together} at a time: \${spared} of \${ends} ends spared\`);
}`,
  },
  {
    name: 'help-undone',
    title: 'One source with AutoEOI undoes the help of APICv',
    code: `import { run } from 'ringside';

for (const method of ['mmio', 'auto'] as const) {
  const { posted, cyclesPerInterrupt } = run('interrupt-end', { method, hardware: 'apicv', era: '2020' }).metrics;
  console.log(method.padEnd(5), posted, 'posted', cyclesPerInterrupt, 'cycles each');
}`,
  },
  {
    name: 'task-priority',
    title: 'Where Windows keeps its level',
    code: `import { run } from 'ringside';

for (const level of ['page', 'lazy', 'cr8'] as const) {
  const { levelExits } = run('interrupt-end', { level, locks: 16, rounds: 4, rate: 5000 }).metrics;
  console.log(level.padEnd(5), levelExits, 'exits');
}`,
  },
];
