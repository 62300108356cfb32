/**
 * Ways around a generator on paths that run millions of times a second. Both are exact: they do what the long way would have done, and
 * decline when it would have done something else.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';

/**
 * Computes for so many cycles if nothing can happen meanwhile: no event is due and no interrupt can be taken. Otherwise does nothing and
 * returns false; the caller then has to `yield* cpu.compute(cycles)`.
 */
export function computeQuietly(cpu: Cpu, cycles: number): boolean {
  const { vp } = cpu;
  if (vp.now + cycles >= cpu.partition.engine.nextDue) return false;
  if (vp.apic.ready && cpu.interruptsEnabled) return false;
  vp.elapse(cycles);
  return true;
}

/** A program that has returned already. It can be delegated to any number of times. */
class Returned<R> {
  private readonly end: IteratorReturnResult<R>;

  constructor(value: R) {
    this.end = { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorReturnResult<R> {
    return this.end;
  }
}

/** A program that returns `value` and takes no time. Make it once, use it for every call. */
export function returned<R>(value: R): Program<R> {
  return new Returned(value) as unknown as Program<R>;
}
