import type { SnippetIs } from './types.ts';

export const tlbFlush: readonly SnippetIs[] = [
  {
    name: 'then-and-now',
    title: 'INVLPG in 2008 and today',
    code: `import { run } from 'ringside';

for (const paging of ['shadow', 'slat'] as const)
  console.log(paging, run('tlb-flush', { paging, how: 'invlpg' }).metrics.flushExits, 'exits');`,
  },
  {
    name: 'shoot-down',
    title: 'A shoot-down by interrupts and by one call',
    code: `import { run } from 'ringside';

for (const vps of [2, 4, 8, 16, 32]) {
  const exits = (how: 'invlpg' | 'hypercall') =>
    run('tlb-flush', { vps, how, reach: 'remote', paging: 'slat', era: '2020', rounds: 1 }).metrics.flushExits;
  console.log(\`\${vps} processors: \${exits('invlpg')} exits by interrupts, \${exits('hypercall')} by call\`);
}`,
  },
  {
    name: 'stale',
    title: 'Forget to flush, and read the old page',
    code: `import { run } from 'ringside';

for (const how of ['none', 'invlpg'] as const)
  console.log(how, run('tlb-flush', { how }).metrics.stale, 'reads of the old page');`,
  },
  {
    name: 'after-cr3',
    title: 'After MOV CR3 everything is found anew',
    code: `import { run } from 'ringside';

for (const touched of [16, 64, 256]) {
  const { useTime, fills } = run('tlb-flush', { how: 'cr3', touched }).metrics;
  console.log(\`\${touched} pages in use: \${fills} fills, \${useTime} µs a round\`);
}`,
  },
];
