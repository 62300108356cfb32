import type { SnippetIs } from './types.ts';

export const guestServices: readonly SnippetIs[] = [
  {
    name: 'heartbeat',
    title: 'Who misses a heartbeat, and who does not',
    code: `import { run } from 'ringside';

for (const trouble of ['none', 'hung', 'gone', 'frozen'] as const) {
  const { contactLost } = run('guest-services', { service: 'heartbeat', trouble }).metrics;
  console.log(trouble.padEnd(7), contactLost > 0 ? 'contact lost' : 'heard');
}`,
  },
  {
    name: 'thirty-seconds',
    title: 'Thirty seconds for each question',
    code: `import { run } from 'ringside';

const { longest, failed, contact } = run('guest-services', { trouble: 'hung', duration: 600 }).metrics;
console.log(\`\${longest} s a question, \${failed} failed, heart \${contact ? 'beats' : 'is silent'}\`);`,
  },
  {
    name: 'frozen',
    title: 'A daemon that dies between freeze and thaw',
    code: `import { run } from 'ringside';

const { thaws, frozenAtEnd } = run('guest-services', { service: 'vss', trouble: 'gone', after: 2 }).metrics;
console.log(\`\${thaws} thaws were sent; the file systems are \${frozenAtEnd ? 'still frozen' : 'free'}\`);`,
  },
  {
    name: 'wrong-value',
    title: 'A late reply is taken for the next one’s',
    code: `import { run } from 'ringside';

const { good, mistaken } = run('guest-services', { trouble: 'late', duration: 40 }).metrics;
console.log(\`\${good} answers, \${mistaken} of them with another key’s value\`);`,
  },
];
