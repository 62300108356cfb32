/** What does an idle machine cost? Its ticks; and what becomes of them when it must wait for a processor. */
import { defineExperiment } from '../lab/experiment.ts';
import { timerClaims } from './timers-and-idle-claims.ts';
import { timerParams } from './timers-and-idle-params.ts';
import type { TimerMetric } from './timers-and-idle-run.ts';
import { checkTimers, simulateTimers, timerMetrics } from './timers-and-idle-run.ts';

export const timersAndIdle = defineExperiment<typeof timerParams, TimerMetric>({
  id: 'timers-and-idle',
  title: 'Ticks of machines that do nothing',
  question: 'What does an idle virtual machine cost?',
  page: '/concepts/timers-and-idle',
  params: timerParams,
  stages: [
    ['source', 'hz'],
    ['vms', 'load'],
    ['vps', 'processors', 'watchdog', 'patience', 'idle', 'lazy', 'events', 'work', 'slice', 'time', 'era'],
  ],
  metrics: timerMetrics,
  headline: ['exits', 'perTick', 'wakes', 'share', 'lost', 'longest', 'timeouts'],
  presets: {
    apic: { title: 'a', sentence: 'b', params: { source: 'apic' } },
  },
  bets: [],
  claims: timerClaims,
  goals: [],
  views: ['lanes', 'switches', 'diagram'],
  limits: ['x'],
  check: checkTimers,
  simulate: simulateTimers,
});
