/**
 * Interrupts from processor to processor. A command may name many targets; taking the exits together does not make the targets fewer: the
 * hypervisor goes from one to the next, and the sender waits for all of it. The vector is pending at a target when its turn is over.
 *
 * Source: W. Li, Linux commit 4180bf1b655a (one hypercall for 79 targets still takes 985 ns for each of them).
 */
import type { Engine } from '../core/engine.ts';
import type { Vp } from './vp.ts';

/** Makes a vector pending at a processor. */
type Deliver = (vp: number, vector: number) => void;

/** Sends interrupts from processor to processor, in time. */
export class Ipis {
  private readonly engine: Engine;
  private readonly deliver: Deliver;
  private readonly arrival: number;

  constructor(engine: Engine, deliver: Deliver) {
    this.engine = engine;
    this.deliver = deliver;
    this.arrival = engine.handler('ipi.arrive', (arg) => this.deliver(arg >>> 8, arg & 0xff));
  }

  /** An interrupt command by way of the APIC. One that reaches the sender alone needs nobody to look for targets. */
  command(from: Vp, targets: readonly number[], vector: number): void {
    if (targets.some((target) => target !== from.index)) from.spend('ipi.send');
    this.send(from, targets, vector);
  }

  /** From inside an exit of `from`, whose clock it moves on. A processor reaches itself at once. */
  send(from: Vp, targets: readonly number[], vector: number): void {
    for (const target of targets) {
      if (target === from.index) {
        this.deliver(target, vector);
        continue;
      }
      from.spend('irq.target');
      this.engine.post(Math.max(from.now, this.engine.now), this.arrival, (target << 8) | vector);
    }
  }
}
