import type { SnippetIs } from './types.ts';

export const generations: readonly SnippetIs[] = [
  {
    name: 'what-starts',
    title: 'Which machine starts from which disk',
    code: `import { run } from 'ringside';

for (const generation of ['1', '2'] as const)
  for (const bus of ['ide', 'scsi'] as const) {
    const { booted } = run('generations', { generation, bus, model: 'memory' }).metrics;
    console.log(\`generation \${generation} from \${bus}: \${booted ? 'starts' : 'does not'}\`);
  }`,
  },
  {
    name: 'the-code',
    title: 'It is the code in the firmware',
    code: `import { run } from 'ringside';

for (const firmware of ['shipped', 'always'] as const) {
  const { booted } = run('generations', { generation: '1', bus: 'scsi', firmware, model: 'memory' }).metrics;
  console.log(\`BIOS, \${firmware}: \${booted ? 'starts from SCSI' : 'finds nothing'}\`);
}`,
  },
  {
    name: 'second-table',
    title: 'The second copy of the partition table',
    code: `import { run } from 'ringside';

for (const image of ['whole', 'primary', 'tables'] as const)
  console.log(image.padEnd(8), run('generations', { image, model: 'memory' }).metrics.booted ? 'starts' : 'does not');`,
  },
  {
    name: 'hot-add',
    title: 'Add a disk while the machine runs',
    code: `import { run } from 'ringside';

for (const add of ['scsi', 'ide'] as const) {
  const { disks } = run('generations', { add, model: 'memory' }).metrics;
  console.log(add.padEnd(5), disks, 'disks in the end');
}`,
  },
];
