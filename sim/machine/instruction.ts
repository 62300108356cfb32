/**
 * The instruction that a simulated processor is executing.
 *
 * A guest's program is a generator; it executes an instruction by delegating to this object (`yield* cpu.in8(port)`). There is one
 * object per processor, used again for every instruction, so an access allocates nothing and starts no generator. It completes inline
 * as long as nothing is due elsewhere at or before the processor's own time. Otherwise it yields once, and goes on in time order.
 *
 * Interrupts are taken between instructions, in the middle of a computation and out of HLT. The handler is a program of its own that
 * runs nested: its instructions go through this same object, one frame deeper.
 */
import type { Engine, Timer } from '../core/engine.ts';
import type { Program } from '../core/program.ts';
import type { Frame } from './instruction-frame.ts';
import { newFrame } from './instruction-frame.ts';
import type { PageFault } from './memory-exits.ts';
import { MEMORY_OUTCOME } from './memory-exits.ts';
import type { Partition } from './partition.ts';
import type { PollLoop } from './pause-loop.ts';
import { PauseLoop } from './pause-loop.ts';
import type { Width } from './seam.ts';
import type { Vp } from './vp.ts';

/** What an instruction does. */
export const OP = {
  IN: 0,
  OUT: 1,
  INS: 2,
  OUTS: 3,
  CPUID: 4,
  RDMSR: 5,
  WRMSR: 6,
  VMCALL: 7,
  LOAD: 8,
  STORE: 9,
  HLT: 10,
  COMPUTE: 11,
  CR8: 16,
  MEMORY: 12,
  POLL: 20,
  PAUSE: 21,
  ACT: 40,
} as const;

/** What is left of an instruction that did not complete in one go. */
const NOTHING = 0;
const REPEAT = 1;
const COMPUTE = 2;
const HALT = 3;
const POLL = 4;
const IDLE = 5;

type Step = IteratorResult<void, unknown>;

const YIELD: Step = { done: false, value: undefined };

export class Instruction {
  op = 0;
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** Operands of 64 bits. */
  wide0 = 0n;
  wide1 = 0n;
  wide2 = 0n;
  /** The loop that POLL waits in. */
  loop: PollLoop | undefined = undefined;
  /** What serves an exit that has no operation of its own. */
  act: (vp: Vp) => unknown = () => undefined;
  /** The interrupt flag. Set from the start: a program that minds clears it. */
  interruptsEnabled = true;
  /** False when another thread of the guest takes the processor while one waits: then waiting is no exit. */
  halts = true;
  /** The exception that the last RDMSR, WRMSR, VMCALL or string instruction raised. */
  fault: '#GP' | '#UD' | '#PF' | undefined = undefined;
  /** Address and error code of the last page fault of a load or store. */
  pageFault: PageFault | undefined = undefined;
  readonly handlers: ((() => Program) | undefined)[] = new Array(256).fill(undefined);
  private fresh = false;
  private left = NOTHING;
  private depth = 0;
  /** Waiting for an interrupt or the end of a computation: an interrupt may cut the wait short. */
  private sleeping = false;
  private readonly frames: Frame[] = [newFrame()];
  private readonly done: { done: true; value: unknown } = { done: true, value: undefined };
  private vp: Vp;
  private engine: Engine;
  private partition: Partition;
  private timer: Timer;
  private readonly pauses: PauseLoop | undefined;

  constructor(partition: Partition, vp: Vp, timer: Timer) {
    this.partition = partition;
    this.engine = partition.engine;
    this.vp = vp;
    this.timer = timer;
    const { pauseLoopExits } = partition;
    this.pauses = pauseLoopExits && new PauseLoop(pauseLoopExits);
  }

  /** The instruction in progress goes on in another partition. */
  moveTo(partition: Partition, vp: Vp, timer: Timer): void {
    this.partition = partition;
    this.engine = partition.engine;
    this.vp = vp;
    this.timer = timer;
    this.sleeping = false;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Prepares an instruction. */
  begin(op: number, a: number, b: number, c: number): this {
    this.op = op;
    this.a = a;
    this.b = b;
    this.c = c;
    this.fresh = true;
    return this;
  }

  next(): Step {
    if (!this.fresh) return this.settle(this.frames[this.depth]);
    this.fresh = false;
    const { vp } = this;
    const value = this.execute();
    const quiet = vp.now < this.engine.nextDue && !(this.interruptsEnabled && vp.apic.ready);
    if (quiet && !vp.leaving && this.left === NOTHING && !vp.suspended) {
      this.done.value = value;
      return this.done as Step;
    }
    const frame = this.frames[this.depth];
    frame.handler = undefined;
    frame.woken = false;
    this.keep(frame, value);
    return this.settle(frame);
  }

  /** An interrupt became deliverable while this processor waits: it goes on now. */
  interrupted(): void {
    if (!this.sleeping || !(this.interruptsEnabled || this.vp.idling)) return;
    this.sleeping = false;
    if (!this.vp.wake()) this.timer.set(Math.max(this.vp.now, this.engine.now, this.pausingUntil()));
  }

  /** End of the PAUSE that a waiting loop executes now; 0 when there is none. */
  private pausingUntil(): number {
    const { left, loop, until } = this.active();
    return left === POLL ? (loop as PollLoop).busyUntil(this.engine.now, until) : 0;
  }

  /** INIT: nothing is in progress, no handler runs, interrupts are taken again. */
  reset(): void {
    this.depth = 0;
    this.left = NOTHING;
    this.sleeping = false;
    this.interruptsEnabled = true;
    for (const frame of this.frames) Object.assign(frame, newFrame());
  }

  /** The processor is taken away. False in the middle of an instruction: `settle` gives it up at the end. */
  stop(): boolean {
    if (!this.sleeping) return false;
    this.sleeping = false;
    const busy = this.pausingUntil();
    if (busy > this.engine.now) this.timer.set(busy);
    else this.timer.cancel();
    return busy <= this.engine.now;
  }

  /** The processor is there again, for `stolen` cycles it was not: a computation in progress ends that much later. */
  restart(stolen: number): void {
    const { vp } = this;
    const frame = this.active();
    if (frame.left !== COMPUTE && frame.left !== POLL) {
      this.timer.set(vp.now);
      return;
    }
    frame.until += stolen;
    if (frame.left === POLL) {
      (frame.loop as PollLoop).restart(vp.now, frame.until);
      this.timer.set(vp.now);
    } else if (this.interruptsEnabled && vp.apic.ready) this.timer.set(vp.now);
    else this.sleep(frame.until);
  }

  /** The frame of the instruction that waits: the innermost handler's. */
  private active(): Frame {
    let depth = 0;
    while (this.frames[depth].handler) depth++;
    return this.frames[depth];
  }

  /** Carries an instruction on until it completes or must wait. */
  private settle(frame: Frame): Step {
    const { vp, engine } = this;
    this.sleeping = false;
    vp.halted = false;
    if (vp.now < engine.now) vp.now = engine.now;
    for (;;) {
      if (engine.nextDue <= vp.now && engine.now < vp.now) return this.wait(vp.now);
      if (vp.leaving && !frame.handler && !vp.arriving && !vp.suspended) {
        vp.leave();
        return YIELD;
      }
      if (frame.handler) {
        if (!this.runHandler(frame)) return YIELD;
      } else if (vp.suspended) {
        vp.block();
        return YIELD;
      } else if (vp.arriving) {
        if (engine.now < vp.now) return this.wait(vp.now);
        this.keep(frame, this.execute());
      } else if (this.interruptsEnabled && vp.apic.ready) {
        this.takeInterrupt(frame);
      } else if (frame.left === NOTHING) {
        this.fault = frame.fault;
        this.pageFault = frame.pageFault;
        this.done.value = frame.value;
        return this.done as Step;
      } else if (!this.carryOn(frame)) {
        return YIELD;
      }
    }
  }

  /** The part that is left: more iterations, more computing, or waiting for an interrupt. False when it must wait. */
  private carryOn(frame: Frame): boolean {
    const { vp, engine } = this;
    if (frame.left === REPEAT) {
      this.restore(frame);
      this.keep(frame, this.execute());
      return true;
    }
    if (frame.left === COMPUTE) {
      if (frame.until >= engine.nextDue && frame.until > engine.now) return this.sleep(frame.until);
      vp.now = Math.max(vp.now, frame.until);
      frame.left = NOTHING;
      return true;
    }
    if (frame.left === POLL) return this.poll(frame);
    if (frame.left === IDLE && vp.apic.pending && !frame.woken) {
      vp.spend('irq.wake');
      frame.woken = true;
    }
    if (frame.woken) {
      frame.left = NOTHING;
      vp.idling = false;
      return true;
    }
    vp.halted = this.halts || vp.idling;
    this.sleep(Infinity);
    if (vp.halted) vp.block();
    return false;
  }

  /** Turns of a waiting loop: to the end of the first in which there is something to do. The value is how many are left. */
  private poll(frame: Frame): boolean {
    const { vp, engine } = this;
    const loop = frame.loop as PollLoop;
    while (!loop.over(vp.now, frame.until)) {
      const next = loop.next(vp.now, frame.until);
      if (next >= engine.nextDue) {
        loop.site.join(loop);
        return this.sleep(next);
      }
      vp.now = next;
    }
    loop.site.leave(loop);
    this.pauses?.passed(loop.from, vp.now - loop.period + loop.pause, true);
    frame.value = Math.max(0, (frame.until - vp.now) / loop.period);
    frame.left = NOTHING;
    return true;
  }

  private beginPoll(): void {
    const { vp, loop } = this;
    if (!loop) return;
    this.left = POLL;
    loop.length = this.a * loop.period;
    this.d = vp.now + loop.length;
    loop.from = this.pauses?.start(vp.now) ?? vp.now;
    loop.look = (at) => {
      const frame = this.active();
      if (!this.sleeping || frame.loop !== loop || frame.left !== POLL) return;
      this.timer.set(loop.turnFrom(Math.max(at, vp.now), frame.until));
    };
  }

  /** PAUSE: a short rest. When the processor has seen enough of them it exits, and executes the PAUSE after the VM entry. */
  private pause(): void {
    const { vp, partition, pauses } = this;
    const entered = this.b === 1;
    if (!entered && (vp.arriving || pauses?.exits(vp.now))) {
      partition.pauseExit(vp);
      if (vp.arriving) return;
      this.b = 1;
      this.left = REPEAT;
      return;
    }
    const at = vp.now;
    vp.spend('spin.pause');
    pauses?.passed(at, vp.now, entered);
  }

  private sleep(until: number): false {
    this.sleeping = true;
    if (until < Infinity) this.timer.set(until);
    return false;
  }

  private wait(at: number): Step {
    this.timer.set(at);
    return YIELD;
  }

  /** Runs the interrupt handler of this frame one frame deeper. False when it waits. */
  private runHandler(frame: Frame): boolean {
    if (++this.depth === this.frames.length) this.frames.push(newFrame());
    const step = (frame.handler as Program).next();
    this.depth--;
    if (!step.done) return false;
    frame.handler = undefined;
    frame.until = this.vp.now + frame.rest;
    if (frame.left === POLL) (frame.loop as PollLoop).restart(this.vp.now, frame.until);
    this.interruptsEnabled = true;
    return true;
  }

  private takeInterrupt(frame: Frame): void {
    const halted = !frame.woken && (frame.left === HALT ? this.halts : frame.left === IDLE);
    frame.rest = Math.max(0, frame.until - this.vp.now);
    frame.woken = true;
    const vector = this.partition.interrupts.take(this.vp, halted);
    frame.until = this.vp.now + frame.rest;
    const handler = this.handlers[vector];
    if (!handler) {
      this.partition.interrupts.lose(this.vp, vector);
      return;
    }
    this.interruptsEnabled = false;
    frame.handler = handler();
  }

  /** Remembers an instruction in its frame. */
  private keep(frame: Frame, value: unknown): void {
    frame.value = value;
    frame.fault = this.fault;
    frame.pageFault = this.pageFault;
    frame.left = this.left;
    this.left = NOTHING;
    frame.op = this.op;
    frame.a = this.a;
    frame.b = this.b;
    frame.c = this.c;
    frame.d = this.d;
    frame.until = frame.left === COMPUTE || frame.left === POLL ? this.d : 0;
    frame.loop = this.loop;
    frame.rest = 0;
  }

  private restore(frame: Frame): void {
    this.op = frame.op;
    this.a = frame.a;
    this.b = frame.b;
    this.c = frame.c;
    this.d = frame.d;
  }

  /** Does it, by way of the seam. With `vp.arriving` set afterwards nothing has happened yet and the call is to be repeated. */
  private execute(): unknown {
    const { partition, vp } = this;
    switch (this.op) {
      case OP.IN:
        return partition.portIn(vp.index, this.a, this.b as Width);
      case OP.OUT:
        partition.portOut(vp.index, this.a, this.b as Width, this.c);
        return undefined;
      case OP.INS:
      case OP.OUTS:
        this.repeat();
        return undefined;
      case OP.LOAD:
        return partition.mmioRead(vp.index, this.a, this.b as Width);
      case OP.STORE:
        partition.mmioWrite(vp.index, this.a, this.b as Width, this.c);
        return undefined;
      case OP.HLT:
        if (!this.halts || partition.halt(vp)) this.left = HALT;
        return undefined;
      case OP.COMPUTE:
        this.compute();
        return undefined;
      case OP.MEMORY:
        return this.memory();
      case OP.POLL:
        this.beginPoll();
        return undefined;
      case OP.PAUSE:
        this.pause();
        return undefined;
      case OP.ACT:
        return this.act(vp);
      case OP.CR8:
        partition.writeCr8(vp, this.a);
        return undefined;
      default:
        return this.executeWide();
    }
  }

  /** Instructions with 64-bit operands or results. */
  private executeWide(): unknown {
    const { partition, vp } = this;
    this.fault = undefined;
    switch (this.op) {
      case OP.CPUID:
        return partition.cpuid(vp.index, this.a, this.b);
      case OP.RDMSR: {
        const value = partition.readMsr(vp.index, this.a);
        if (value === undefined) this.fault = '#GP';
        if (vp.idling) this.left = IDLE;
        return value ?? 0n;
      }
      case OP.WRMSR:
        if (!partition.writeMsr(vp.index, this.a, this.wide0)) this.fault = '#GP';
        return undefined;
      default: {
        const result = partition.hypercall(vp.index, this.wide0, this.wide1, this.wide2);
        if (result === undefined) this.fault = '#UD';
        return result ?? 0n;
      }
    }
  }

  /** One exit of a string instruction: port in `a`, width in `b`, address in `c`, elements left in `d`. */
  private repeat(): void {
    const { partition, vp } = this;
    if (this.d === 0) return;
    const string = this.op === OP.INS ? partition.portInString : partition.portOutString;
    const moved = string.call(partition, vp.index, this.a, this.b as Width, this.c, this.d);
    if (vp.arriving) return;
    this.c += moved * this.b;
    this.d -= moved;
    if (moved === 0) this.fault = '#PF';
    else if (this.d > 0) this.left = REPEAT;
  }

  /** A load, a store or a control register: address in `a`, operation and width in `b`, halves of a stored value in `c` and `d`. */
  private memory(): number | bigint {
    const { memoryExits } = this.partition;
    const width = this.b >>> 4;
    this.fault = undefined;
    const outcome = memoryExits.execute(this.vp, this.b & 15, this.a, width, this.c, this.d);
    if (outcome === MEMORY_OUTCOME.AGAIN && !this.vp.arriving) this.left = REPEAT;
    else if (outcome > MEMORY_OUTCOME.AGAIN) {
      this.fault = outcome === MEMORY_OUTCOME.PAGE_FAULT ? '#PF' : '#GP';
      this.pageFault = memoryExits.pageFault;
      return width === 8 ? 0n : 0;
    }
    return width === 8 ? memoryExits.wide : memoryExits.low;
  }

  private compute(): void {
    const { vp } = this;
    const end = vp.now + this.a;
    if (end < this.engine.nextDue && !(this.interruptsEnabled && vp.apic.ready)) vp.now = end;
    else {
      this.left = COMPUTE;
      this.d = end;
    }
  }
}
