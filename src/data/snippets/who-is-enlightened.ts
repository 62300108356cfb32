import type { SnippetIs } from './types.ts';

export const whoIsEnlightened: readonly SnippetIs[] = [
  {
    name: 'systems',
    title: 'Exits a second, by system',
    code: `import { run } from 'ringside';

for (const system of ['unmodified', 'windows-xp', 'windows-2003-sp2', 'windows-2008'] as const)
  console.log(system.padEnd(17), run('who-is-enlightened', { system }).metrics.exits);`,
  },
  {
    name: 'no-call',
    title: 'Most enlightenments are no hypercalls',
    code: `import { run } from 'ringside';

const { inUse, byCall, noCall } = run('who-is-enlightened', { system: 'linux-today', era: '2020' }).metrics;
console.log(\`\${inUse} in use: \${byCall} by call, \${noCall} without one\`);`,
  },
  {
    name: 'invisible',
    title: 'Hide the signature in CPUID',
    code: `import { run } from 'ringside';

for (const visible of [true, false]) {
  const { inUse, exits } = run('who-is-enlightened', { system: 'linux-today', era: '2020', visible }).metrics;
  console.log(visible ? 'shown' : 'hidden', inUse, 'in use', exits, 'exits a second');
}`,
  },
  {
    name: 'one-less',
    title: 'What one enlightenment is worth',
    code: `import { run } from 'ringside';

const exits = (without: 'none' | 'eoi-assist' | 'lazy-tpr' | 'local-tlb-flush') =>
  run('who-is-enlightened', { without }).metrics.exits;
for (const without of ['eoi-assist', 'lazy-tpr', 'local-tlb-flush'] as const)
  console.log(without.padEnd(16), exits(without) - exits('none'), 'exits a second more');`,
  },
];
