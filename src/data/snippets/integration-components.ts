import type { SnippetIs } from './types.ts';

export const integrationComponents: readonly SnippetIs[] = [
  {
    name: 'before-after',
    title: 'Before the installation and after it',
    code: `import { run } from 'ringside';

const { metrics } = run('integration-components');
console.log(\`boot disk: \${metrics.bootDiskBefore} intercepts, then \${metrics.bootDisk}\`);
console.log(\`emulated devices: \${metrics.emulatedBefore}, then \${metrics.emulated}\`);`,
  },
  {
    name: 'restart',
    title: 'The filter waits for a restart',
    code: `import { run } from 'ringside';

for (const reboot of [false, true])
  console.log(reboot ? 'restarted' : 'not yet', run('integration-components', { reboot }).metrics.bootDisk);`,
  },
  {
    name: 'old-package',
    title: 'An old package over new drivers',
    code: `import { run } from 'ringside';

for (const force of [false, true]) {
  const { vmbusBefore, vmbus } = run('integration-components', { profile: 'windows-10', era: '2020', force }).metrics;
  console.log(force ? 'forced' : 'looked at versions', vmbusBefore, '→', vmbus);
}`,
  },
  {
    name: 'old-way',
    title: 'What goes the old way for ever',
    code: `import { run } from 'ringside';

const { control, clock, keys } = run('integration-components').metrics;
console.log({ control, clock, keys });`,
  },
];
