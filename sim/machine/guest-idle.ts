/**
 * GUEST_IDLE: a read suspends the processor until an interrupt is pending, whether it may be taken or not.
 *
 * Source: TLFS, "Virtual Processor Idle Sleep State". HLT waits for an interrupt that it can take; a processor that has interrupts off
 * would halt for ever. What the read returns is not specified, and nobody looks: 0.
 */
import type { Trace } from '../core/trace.ts';
import { traceKind } from '../core/trace.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import type { Counters } from './counters.ts';
import type { ExitPath } from './exit-path.ts';
import type { Features } from './features.ts';
import { ROUTE } from './routes.ts';
import type { Vp } from './vp.ts';

/** The row of a read, up to the moment in which the processor stands still. */
export const IDLE = traceKind('idle', [], 'the guest waits until an interrupt is pending');

export class GuestIdle {
  private readonly path: ExitPath;
  private readonly trace: Trace;
  private readonly counters: Counters;

  constructor(path: ExitPath, trace: Trace, counters: Counters) {
    this.path = path;
    this.trace = trace;
    this.counters = counters;
  }

  /** Whether a read of this MSR is one of the idle state. Without the privilege it is a read of nothing: #GP. */
  static is(index: number, features: Features): boolean {
    return index === HV_X64_MSR.GUEST_IDLE && features.guestIdle && features.hypervisorPresent;
  }

  /** The read. A guest that is not simulated goes on at once: its owner waits in its stead. */
  read(vp: Vp): bigint | undefined {
    if (!this.path.enter(vp, ROUTE['hypervisor-idle'])) return undefined;
    this.counters.tally('halts');
    this.trace.span(this.trace.kind(IDLE), vp.started, vp.now, vp.who);
    vp.idling = vp.driven;
    return 0n;
  }
}
