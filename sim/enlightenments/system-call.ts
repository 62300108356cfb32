/**
 * What a program of a guest does when it needs its kernel: a change of ring inside the guest and back. No exit, and no business of the
 * hypervisor; it is here because a clock that only the kernel can read costs it.
 */

import type { Program } from '../core/program.ts';
import { traceKind } from '../core/trace.ts';
import type { Cpu } from '../machine/cpu.ts';

/** The two halves of a system call. */
export const SYSCALL = traceKind('clock.syscall', [], 'a program asks its kernel for the time');
export const SYSRET = traceKind('clock.sysret', [], 'the kernel returns to the program');

/** Runs `body` in the kernel, called from a program. Two ring transitions. */
export function* bySystemCall<R>(cpu: Cpu, body: () => Program<R>): Program<R> {
  const { partition } = cpu;
  const { trace } = partition;
  yield* cpu.serve((vp) => partition.exitBy(vp, 'clock-syscall', trace.kind(SYSCALL), 0, () => 0));
  cpu.vp.cpl = 0;
  const result = yield* body();
  yield* cpu.serve((vp) => partition.exitBy(vp, 'clock-sysret', trace.kind(SYSRET), 0, () => 0));
  cpu.vp.cpl = 3;
  return result;
}

/** Where the reader of a clock runs. */
export type ClockReader = 'kernel' | 'user';

/** Runs `body` in the kernel, from wherever the reader is. */
export const inKernel = <R>(cpu: Cpu, reader: ClockReader, body: () => Program<R>): Program<R> =>
  reader === 'user' ? bySystemCall(cpu, body) : body();
