// Which machine starts from which disk, and what does it stop for?
import { run } from 'ringside';

for (const generation of ['1', '2'] as const)
  for (const bus of ['ide', 'scsi'] as const) {
    const { metrics } = run('generations', {
      generation,
      bus,
      scale: '64',
    });
    const end = metrics.booted ? 'starts' : 'does not start';
    console.log(`generation ${generation} from ${bus}: ${end}`, {
      intercepts: metrics.deviceIntercepts,
      connections: metrics.connections,
    });
  }
