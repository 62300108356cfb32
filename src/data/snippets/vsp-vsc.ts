import type { SnippetIs } from './types.ts';

export const vspVsc: readonly SnippetIs[] = [
  {
    name: 'signals-by-burst',
    title: 'A signal for each burst, not for each packet',
    code: `import { run } from 'ringside';

for (const burst of [1, 2, 4, 8]) {
  const { signals, suppressed } = run('vsp-vsc', { burst, packets: 64 }).metrics;
  console.log(\`bursts of \${burst}: \${signals} signals, \${suppressed} spared\`);
}`,
  },
  {
    name: 'wrong-rule',
    title: 'What a signal for each packet would cost',
    code: `import { run } from 'ringside';

const time = (rule: 'correct' | 'signal-per-packet') => run('vsp-vsc', { rule }).metrics.hypervisorExits;
console.log(\`\${time('correct')} exits by the rule, \${time('signal-per-packet')} without it\`);`,
  },
  {
    name: 'lost-wake-up',
    title: 'Leave out one look, and packets are stuck',
    code: `import { run } from 'ringside';

const params = { burst: 1, drain: 1000, gap: 1000 };
for (const rule of ['correct', 'no-recheck'] as const)
  console.log(rule, run('vsp-vsc', { ...params, rule }).metrics.stuck, 'packets stuck');`,
  },
  {
    name: 'monitor-page',
    title: 'No exit, but a wait: the monitor page',
    code: `import { run } from 'ringside';

for (const notify of ['hypercall', 'monitor'] as const) {
  const { hypervisorExits, meanLatency } = run('vsp-vsc', { notify }).metrics;
  console.log(notify.padEnd(10), hypervisorExits, 'exits', meanLatency, 'µs on the way');
}`,
  },
  {
    name: 'small-ring',
    title: 'A small ring makes the sender wait',
    code: `import { run } from 'ringside';

for (const ring of [4096, 16_384, 65_536]) {
  const { stalls } = run('vsp-vsc', { ring, burst: 256, packets: 256, gap: 0 }).metrics;
  console.log(\`\${ring / 1024} KiB: found full \${stalls} times\`);
}`,
  },
];
