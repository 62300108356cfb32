import type { SnippetIs } from './types.ts';

export const bootIdeFilter: readonly SnippetIs[] = [
  {
    name: 'both-roads',
    title: 'Bytes by each road, from power-on to run time',
    code: `import { run } from 'ringside';

const { bytesEmulated, bytesSynthetic, runEmulated } = run('boot-ide-filter', { disk: 'memory' }).metrics;
console.log({ bytesEmulated, bytesSynthetic, runEmulated });`,
  },
  {
    name: 'int13',
    title: 'A BIOS with and without the enlightened port',
    code: `import { run } from 'ringside';

for (const int13 of ['plain', 'enlightened'] as const) {
  const { interceptsBefore, firmwareReads } = run('boot-ide-filter', { int13, disk: 'memory' }).metrics;
  console.log(int13.padEnd(12), interceptsBefore, 'stops for', firmwareReads, 'reads');
}`,
  },
  {
    name: 'two-owners',
    title: 'Two drivers on one disk',
    code: `import { run } from 'ringside';

const { entries, entriesLost } = run('boot-ide-filter', { rule: 'two-owners', disk: 'memory' }).metrics;
console.log(\`\${entriesLost} of \${entries} entries are gone, and every write succeeded\`);`,
  },
  {
    name: 'no-driver',
    title: 'Where the drivers are missing',
    code: `import { run } from 'ringside';

for (const technique of ['storflt', 'prefer-ms-hyperv'] as const) {
  const { up } = run('boot-ide-filter', { technique, drivers: false, disk: 'memory' }).metrics;
  console.log(technique.padEnd(17), up ? 'starts' : 'does not start');
}`,
  },
];
