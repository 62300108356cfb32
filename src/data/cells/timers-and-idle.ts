// What do idle machines cost, by what wakes them?
import { run } from 'ringside';

const sources = ['pit', 'apic', 'direct', 'tickless'] as const;

show(
  sources.map((source) => {
    const { metrics } = run('timers-and-idle', {
      source,
      vms: 4,
      time: 100,
    });
    return {
      source,
      'exits a tick': metrics.perTick,
      'wakes a second': metrics.wakes,
      'share of the processors': metrics.share,
    };
  }),
);

show(run('timers-and-idle', { source: 'direct', vms: 1, time: 10 }));
