// Who answers, and how long does the host wait for those who do not?
import { run } from 'ringside';

const patience = 5; // seconds

show(
  (['none', 'late', 'hung', 'gone'] as const).map((trouble) => {
    const { metrics } = run('guest-services', {
      service: 'kvp',
      trouble,
      patience,
    });
    return {
      trouble,
      asked: metrics.asked,
      'answered well': metrics.good,
      'given up': metrics.unanswered,
      'longest wait (s)': metrics.longest,
    };
  }),
);

show(run('guest-services', { service: 'kvp', requests: 2 }));
