// Which instruction is the dear one, and in which kind of hypervisor?
import { run } from 'ringside';

const structures = ['microkernelised', 'monolithic', 'hosted'] as const;
const instructions = ['cpuid', 'hypercall', 'out'] as const;

show(
  instructions.map((instruction) => {
    const row: Record<string, string | number> = { instruction };
    for (const structure of structures)
      row[`${structure}, ns`] = run('ring-transitions', {
        instruction,
        structure,
      }).metrics.nanoseconds;
    return row;
  }),
);

// One of them, step by step.
show(run('ring-transitions', { instruction: 'out' }));
