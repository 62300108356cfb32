// How many pages must change before one hypercall is the better way?
import { run } from 'ringside';

show(
  [1, 2, 4, 8, 32, 128].map((changed) => {
    const time = (how: 'invlpg' | 'cr3' | 'hypercall') =>
      run('tlb-flush', { how, changed }, { traceRows: 0 }).metrics
        .flushTime;
    return {
      changed,
      'page by page (µs)': time('invlpg'),
      'load cr3 (µs)': time('cr3'),
      'hypercall (µs)': time('hypercall'),
    };
  }),
);

show(run('tlb-flush', { how: 'hypercall', rounds: 2 }));
