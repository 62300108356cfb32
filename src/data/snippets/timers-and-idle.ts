import type { SnippetIs } from './types.ts';

export const timersAndIdle: readonly SnippetIs[] = [
  {
    name: 'per-tick',
    title: 'Exits of one tick, by its source',
    code: `import { run } from 'ringside';

for (const source of ['pit', 'rtc', 'apic', 'message', 'direct'] as const)
  console.log(source.padEnd(8), run('timers-and-idle', { source, hz: 64, time: 250 }).metrics.perTick);`,
  },
  {
    name: 'tickless',
    title: 'Idle without a tick',
    code: `import { run } from 'ringside';

for (const source of ['pit', 'tickless'] as const) {
  const { exits, share } = run('timers-and-idle', { source, time: 200 }).metrics;
  console.log(source.padEnd(9), exits, 'exits a second', share, '% of a processor');
}`,
  },
  {
    name: 'lost-ticks',
    title: 'Who makes up for ticks that were missed',
    code: `import { run } from 'ringside';

for (const [source, lazy] of [['apic', false], ['direct', false], ['direct', true]] as const) {
  const { lost } = run('timers-and-idle', { source, lazy, load: 100, vms: 8, time: 100 }).metrics;
  console.log(source, lazy ? 'lazy' : '', lost, 'lost');
}`,
  },
  {
    name: 'end-of-tick',
    title: 'The end of a tick’s interrupt, then and now',
    code: `import { run } from 'ringside';

for (const era of ['2008', '2020'] as const)
  console.log(era, run('timers-and-idle', { source: 'apic', era, time: 100 }).metrics.perTick, 'exits a tick');`,
  },
];
