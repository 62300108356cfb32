/** The guest of `interrupt-end`: it works, takes locks if it has a level to raise, and handles what its sources have to say. */
import type { Program } from '../core/program.ts';
import { enableX2apic } from '../enlightenments/cluster-ipi.ts';
import { openWithAutoEoi, openWithEoi } from '../enlightenments/deprecate-auto-eoi.ts';
import { placeAssistPage } from '../enlightenments/eoi-assist.ts';
import type { Irql } from '../enlightenments/lazy-tpr.ts';
import { EagerIrql, LazyIrql, LEVEL, requestInterrupt } from '../enlightenments/lazy-tpr.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE } from '../wire/msr.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT } from '../wire/synic-constants.ts';
import type { InterruptEndParams } from './interrupt-end-run.ts';

/** Pages of the guest. */
const ASSIST_PAGE = 0x4000;
const EVENT_PAGE = 0x5000;
/** The first synthetic source, and its vector; each further one is a priority class higher, all above the level of locks. */
const FIRST_SINT = 4;
const FIRST_VECTOR = 0x51;
/** Cycles of work: in a handler, in deferred work, while a lock is held, and between two looks at the clock. */
const HANDLER = 600;
const DEFERRED = 1500;
const HELD = 300;
const STRETCH = 1000;

export class InterruptedGuest {
  /** Cycles that the guest's own work and its handlers had. */
  work = 0;
  /** Interrupts of sources that were handled, ends that were written, exits of those, and interrupts that needed none. */
  served = 0;
  ends = 0;
  eoiExits = 0;
  /** Exits of asking for deferred work. */
  selfExits = 0;
  selfEnding = 0;
  /** Cycles from signal to handler, or to the end of the run, over all. */
  waited = 0;
  merged = 0;
  private readonly machine: SmpMachine;
  private readonly partition: Partition;
  private readonly cpu: Cpu;
  private readonly params: InterruptEndParams;
  private readonly irql: Irql | undefined;
  /** When each source last had something to say that nobody has heard; -1 when it was heard. */
  private readonly since: number[];

  constructor(machine: SmpMachine, params: InterruptEndParams) {
    this.machine = machine;
    this.partition = machine.partitions[0];
    this.cpu = machine.cpus[0][0];
    this.params = params;
    this.irql = this.newLevel();
    this.since = new Array(params.together).fill(-1);
  }

  get levelAccesses(): number {
    return this.irql?.accesses ?? 0;
  }

  get deferred(): number {
    return this.irql?.deferred ?? 0;
  }

  get unheard(): number {
    return this.since.filter((at) => at >= 0).length;
  }

  /** Opens the sources, installs the handlers, and chooses how interrupts end. */
  boot(): void {
    const { cpu } = this;
    cpu.finish(this.setUp());
    this.since.forEach((_, source) => {
      cpu.onVector(vectorOf(source), () => this.handle(source));
    });
    cpu.onVector(LEVEL.DISPATCH, () => this.deferredWork());
  }

  /** Lets the sources interrupt the working guest; returns the cycles that took. */
  run(): number {
    const { engine, costs } = this.machine;
    const { rate, rounds, together } = this.params;
    const period = Math.round((costs.hz / rate) * together);
    const from = engine.now;
    const first = from + Math.round(period / 2);
    let round = 0;
    const clock = engine.timer('sources', () => {
      this.signal();
      if (++round < rounds) clock.set(first + round * period);
    });
    clock.set(first);
    this.cpu.run(this.busy(period));
    const elapsed = rounds * period;
    this.machine.runFor(elapsed);
    this.waited += this.since.reduce((sum, at) => sum + (at < 0 ? 0 : from + elapsed - at), 0);
    return elapsed;
  }

  private newLevel(): Irql | undefined {
    const { cpu } = this;
    const { level } = this.params;
    if (level === 'none') return undefined;
    cpu.tprMethod = level === 'cr8' || level === 'msr' ? level : 'mmio';
    return level === 'lazy' ? new LazyIrql(cpu) : new EagerIrql(cpu);
  }

  private *setUp(): Program {
    const { cpu, params } = this;
    if (params.method === 'x2apic') yield* enableX2apic(cpu);
    if (params.method === 'assist') yield* placeAssistPage(cpu, ASSIST_PAGE);
    else cpu.eoiMethod = params.method === 'auto' ? 'mmio' : params.method;
    yield* cpu.wrmsr(HV_X64_MSR.SIEFP, BigInt(EVENT_PAGE) | MSR_PAGE_ENABLE);
    yield* cpu.wrmsr(HV_X64_MSR.SCONTROL, 1n);
    const open = params.method === 'auto' ? openWithAutoEoi : openWithEoi;
    for (let source = 0; source < params.together; source++)
      yield* open(cpu, FIRST_SINT + source, vectorOf(source));
  }

  /** All sources have something to say, at one moment. */
  private signal(): void {
    for (let source = 0; source < this.params.together; source++) {
      const fresh = this.partition.synic.signalEvent(0, FIRST_SINT + source, 0);
      if (fresh) this.since[source] = this.machine.engine.now;
      else this.merged++;
    }
  }

  /** What the guest does all the time: compute, and take locks, as many to an interrupt as it should. */
  private *busy(period: number): Program {
    const { locks, together } = this.params;
    const unit = Math.max(2 * HELD, Math.round(period / (together * Math.max(1, locks))));
    for (;;) {
      if (!this.irql || locks === 0) yield* this.compute(STRETCH);
      else {
        yield* this.compute(unit - HELD);
        yield* this.holdLock(this.irql);
      }
    }
  }

  private *holdLock(irql: Irql): Program {
    const old = yield* irql.raise(LEVEL.DISPATCH);
    yield* this.compute(HELD);
    yield* irql.lower(old);
  }

  private *compute(cycles: number): Program {
    yield* this.cpu.compute(cycles);
    this.work += cycles;
  }

  private *handle(source: number): Program {
    const { irql } = this;
    const end = this.params.method === 'auto' ? () => this.endsItself() : () => this.end();
    const old = irql ? yield* irql.begin(vectorOf(source), end) : 0;
    if (old < 0) return;
    this.hear(source);
    yield* this.compute(HANDLER);
    if (this.params.dpc) yield* this.defer();
    if (irql) yield* irql.end(old, end);
    else yield* end();
  }

  private *defer(): Program {
    const { counters } = this.partition;
    const before = counters.exits;
    yield* requestInterrupt(this.cpu, LEVEL.DISPATCH);
    this.selfExits += counters.exits - before;
  }

  /** The second half of an interrupt. */
  private *deferredWork(): Program {
    const { irql } = this;
    if (!irql) return;
    const end = (): Program => this.end();
    const old = yield* irql.begin(LEVEL.DISPATCH, end);
    if (old < 0) return;
    yield* this.compute(DEFERRED);
    yield* irql.end(old, end);
  }

  /** Clears the source's event flag: from now on it may interrupt again. */
  private hear(source: number): void {
    this.partition.memory.u32[(EVENT_PAGE + (FIRST_SINT + source) * HV_EVENT_FLAGS_BYTE_COUNT) >>> 2] = 0;
    this.served++;
    this.waited += this.cpu.now - this.since[source];
    this.since[source] = -1;
  }

  private *end(): Program {
    const { counters } = this.partition;
    const before = counters.exits;
    yield* this.cpu.eoi();
    this.ends++;
    this.eoiExits += counters.exits - before;
  }

  // biome-ignore lint/correctness/useYield: an interrupt that ends by itself needs no instruction.
  private *endsItself(): Program {
    this.selfEnding++;
  }
}

const vectorOf = (source: number): number => FIRST_VECTOR + 0x10 * source;
