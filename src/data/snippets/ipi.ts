import type { SnippetIs } from './types.ts';

export const ipi: readonly SnippetIs[] = [
  {
    name: 'one-call',
    title: 'Exits of the sender, by the number of processors',
    code: `import { run } from 'ringside';

for (const vps of [4, 16, 64, 128]) {
  const exits = (method: 'each' | 'cluster' | 'call') =>
    run('ipi', { vps, method, apic: 'x2apic', rounds: 1 }).metrics.senderExits;
  console.log(\`\${vps}: one by one \${exits('each')}, by clusters \${exits('cluster')}, by call \${exits('call')}\`);
}`,
  },
  {
    name: 'not-fewer',
    title: 'A call does not make the targets fewer',
    code: `import { run } from 'ringside';

for (const vps of [9, 17, 33]) {
  const { targets, sendCycles } = run('ipi', { vps, method: 'call', apic: 'x2apic', rounds: 1 }).metrics;
  console.log(\`\${targets} targets: \${sendCycles} cycles\`);
}`,
  },
  {
    name: 'host-decides',
    title: 'The same Windows 10 on two hosts',
    code: `import { run } from 'ringside';

for (const era of ['2012', '2020'] as const)
  console.log(era, run('ipi', { guest: 'windows-10', era, rounds: 1 }).metrics.senderExits, 'exits');`,
  },
  {
    name: 'absent-target',
    title: 'A target whose processor runs somebody else',
    code: `import { run } from 'ringside';

for (const overcommit of [1, 2]) {
  const { allCycles } = run('ipi', { overcommit, method: 'call', apic: 'x2apic', rounds: 1 }).metrics;
  console.log(\`\${overcommit} to a processor: all have answered after \${allCycles} cycles\`);
}`,
  },
];
