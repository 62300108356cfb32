import type { SnippetIs } from './types.ts';

export const ringTransitions: readonly SnippetIs[] = [
  {
    name: 'five-switches',
    title: 'One OUT, five kinds of switch',
    code: `import { run } from 'ringside';

const { metrics } = run('ring-transitions');
console.log({
  privilege: metrics.privilegeSwitches,
  vm: metrics.vmTransitions,
  partition: metrics.partitionSwitches,
  thread: metrics.threadSwitches,
  addressSpace: metrics.addressSpaceSwitches,
});`,
  },
  {
    name: 'three-structures',
    title: 'The same device in three structures',
    code: `import { run } from 'ringside';

for (const structure of ['monolithic', 'hosted', 'microkernelised'] as const) {
  const { ringTransitions, nanoseconds } = run('ring-transitions', { structure }).metrics;
  console.log(structure.padEnd(16), ringTransitions, 'transitions', nanoseconds, 'ns');
}`,
  },
  {
    name: 'who-answers',
    title: 'Six instructions, and who answers them',
    code: `import { run } from 'ringside';

for (const instruction of ['out', 'outs', 'store', 'cpuid', 'msr', 'hypercall'] as const) {
  const { deviceIntercepts } = run('ring-transitions', { instruction }).metrics;
  console.log(instruction.padEnd(10), deviceIntercepts > 0 ? 'a device model' : 'the hypervisor');
}`,
  },
  {
    name: 'eras',
    title: 'The way stays, its price changes',
    code: `import { run } from 'ringside';

for (const era of ['2008', '2012', '2020'] as const) {
  const { ringTransitions, cycles } = run('ring-transitions', { era }).metrics;
  console.log(era, ringTransitions, 'transitions', cycles, 'cycles');
}`,
  },
];
