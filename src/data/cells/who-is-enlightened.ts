// Which systems still touch a device that does not exist?
import { run } from 'ringside';

const systems = ['windows-xp', 'windows-2008', 'linux-today'] as const;

const runs = systems.map((system) =>
  run('who-is-enlightened', { system, era: '2020', vps: 1, time: 20 }),
);
show(
  runs.map(({ params, metrics }) => ({
    system: params.system,
    exits: metrics.exits,
    'for devices': metrics.deviceExits,
    'by call': metrics.byCall,
    'without an exit': metrics.sharedPage,
  })),
);
