import type { SnippetIs } from './types.ts';

export const twoRoads: readonly SnippetIs[] = [
  {
    name: 'stops-by-mode',
    title: 'Stops of one write, by every way to talk to the disk',
    code: `import { run } from 'ringside';

for (const mode of ['pio-words', 'pio', 'multiple', 'dma', 'int13', 'synthetic'] as const) {
  const { metrics } = run('two-roads', { mode, size: 10_240 });
  console.log(mode.padEnd(10), metrics.deviceIntercepts, 'stops', metrics.microseconds, 'µs');
}`,
  },
  {
    name: 'stops-by-size',
    title: 'The line of programmed I/O: two points give its slope',
    code: `import { run } from 'ringside';

const stops = (size: number) => run('two-roads', { mode: 'pio', size }).metrics.deviceIntercepts;
const slope = stops(1024) - stops(512);
const start = stops(512) - slope;
console.log(\`\${start} + \${slope} for each sector; 20 sectors: \${start + 20 * slope} = \${stops(10_240)}\`);`,
  },
  {
    name: 'same-bytes',
    title: 'Every road moves the same bytes',
    code: `import { run } from 'ringside';

const modes = ['pio', 'dma', 'int13', 'synthetic'] as const;
console.log(modes.every((mode) => run('two-roads', { mode, size: 65_536 }).metrics.intact === 1));`,
  },
  {
    name: 'queue-depth',
    title: 'A full queue needs fewer signals than requests',
    code: `import { run } from 'ringside';

for (const depth of [1, 4, 16, 32]) {
  const { signals, packets } = run('two-roads', { mode: 'synthetic', requests: 64, depth, disk: 'nvme' }).metrics;
  console.log(\`depth \${depth}: \${signals} signals for \${packets} packets\`);
}`,
  },
  {
    name: 'slow-disk',
    title: 'A slow disk hides the road',
    code: `import { run } from 'ringside';

for (const disk of ['memory', 'nvme', 'sata-ssd', 'sas15k'] as const) {
  const time = (mode: 'dma' | 'synthetic') => run('two-roads', { mode, disk, size: 4096 }).metrics.microseconds;
  console.log(disk.padEnd(9), (time('dma') / time('synthetic')).toFixed(2), 'times as long by registers');
}`,
  },
];
