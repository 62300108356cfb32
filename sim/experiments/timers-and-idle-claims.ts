/** What `timers-and-idle` says, and over which settings it must be true. */
import type { Claim } from '../lab/experiment.ts';
import type { TimerMetric, TimerParams } from './timers-and-idle-run.ts';
export const timerClaims: Readonly<Record<string, Claim<TimerParams, TimerMetric>>> = {};
