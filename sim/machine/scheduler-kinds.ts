/** Trace kinds of the scheduler. `who` is the VP: the lane of a processor and the lane of a VP are both in these rows. */
import type { Trace, TraceKind } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';

/** What happens to a VP that shares processors. */
export const SCHEDULER_KINDS = {
  dispatch: traceKind(
    'sched.dispatch',
    ['lp', 'partition'],
    'a logical processor switches to the VP of this partition',
  ),
  preempt: traceKind(
    'sched.preempt',
    ['lp', 'ran'],
    'the VP could go on, but it is the turn of another; cycles that it had the processor',
  ),
  block: traceKind(
    'sched.block',
    ['lp', 'ran'],
    'the VP waits for an interrupt or a device; cycles that it had the processor',
  ),
  wake: traceKind(
    'sched.wake',
    ['lp', 'queued'],
    'the VP can go on; lp -1 when none is idle, and how many wait already',
  ),
  spin: traceKind('sched.spin', ['lp', 'ran'], 'the VP only spins and gives its processor away'),
} as const satisfies Readonly<Record<string, TraceKind>>;

/** Numbers of the kinds in one trace. */
export function schedulerKinds(trace: Trace): Record<keyof typeof SCHEDULER_KINDS, number> {
  const entries = Object.entries(SCHEDULER_KINDS).map(([name, kind]) => [name, trace.kind(kind)]);
  return Object.fromEntries(entries) as Record<keyof typeof SCHEDULER_KINDS, number>;
}
