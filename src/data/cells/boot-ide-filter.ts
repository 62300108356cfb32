// When does a starting guest reach the speed of the synthetic disk?
import { run } from 'ringside';

show(
  (['none', 'storflt'] as const).map((technique) => {
    const { metrics } = run('boot-ide-filter', { technique });
    return {
      technique,
      'by emulation': `${metrics.emulatedShare} %`,
      'exits before': metrics.exitsBefore,
      'exits after': metrics.exitsAfter,
      'lost requests': metrics.lost,
    };
  }),
);
