// How many pages must change before one hypercall is the better way?
import { run } from 'ringside';

show(
  [1, 2, 4, 8, 32, 128].map((changed) => {
    const cycles = (how: 'invlpg' | 'cr3' | 'hypercall') =>
      run('tlb-flush', { how, changed }, { traceRows: 0 }).metrics
        .flushTime;
    return {
      changed,
      'page by page': cycles('invlpg'),
      'load cr3': cycles('cr3'),
      hypercall: cycles('hypercall'),
    };
  }),
);

show(run('tlb-flush', { how: 'hypercall', rounds: 2 }));
