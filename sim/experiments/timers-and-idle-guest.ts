/** A guest of `timers-and-idle`: one that ticks, and one that does not. */
import type { Program } from '../core/program.ts';
import type { Rng } from '../core/rng.ts';
import { cyclesOfNs } from '../core/units.ts';
import { reportCrash } from '../enlightenments/crash-msrs.ts';
import { openWithAutoEoi } from '../enlightenments/deprecate-auto-eoi.ts';
import { idleByHalt, idleByRegister } from '../enlightenments/guest-idle.ts';
import { ClockWatchdog, readRelaxedTiming } from '../enlightenments/relaxed-timing.ts';
import { startSynic } from '../enlightenments/synic-vmbus.ts';
import type { TimerTarget } from '../enlightenments/synthetic-timers.ts';
import {
  armOneShot,
  prepareOneShot,
  startPeriodicTimer,
  stopTimer,
  takeExpiry,
} from '../enlightenments/synthetic-timers.ts';
import { endRtcTick, startApicTick, startPitTick, startRtcTick } from '../enlightenments/tick-sources.ts';
import type { InterruptController } from '../guest/drivers/pc-interrupts.ts';
import { ApicInterrupts, PicInterrupts } from '../guest/drivers/pc-interrupts.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import { WorkerProcess } from '../host/worker.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { Hypervisor } from '../machine/hypervisor.ts';
import { IRQ } from '../wire/ports.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import type { TimerParams } from './timers-and-idle-run.ts';

const SINT = 2;
/** Vector of ticks that come through no interrupt controller of the PC. */
const VECTOR = 0xed;
/** Message and flag pages, two for each processor. */
const PAGES = 0x10_000;
/** A VP with something to do does it for its share of so many seconds, and sleeps for the rest. */
const WINDOW = 0.01;

/** What happened to the ticks of one VP. */
export interface Beat {
  /** Ticks or events taken. */
  taken: number;
  /** When the last one was taken. */
  last: number;
  /** Longest time without one, and how many times that was longer than one and a half periods. */
  longest: number;
  late: number;
}

/** One virtual machine and the programs of its processors. */
export class TickingGuest {
  readonly cpus: readonly Cpu[];
  readonly beats: readonly Beat[];
  /** The watchdog stopped the machine. */
  crashed = false;
  private readonly params: TimerParams;
  private readonly rng: Rng;
  private readonly hz: number;
  /** Cycles between two ticks. */
  private readonly period: number;
  private readonly work: number;
  private readonly controller: InterruptController | undefined;
  /** The guest has a watchdog; it looks from `arm` on. */
  private watches = false;
  private watchdog: ClockWatchdog | undefined;

  constructor(hypervisor: Hypervisor, cpus: readonly Cpu[], params: TimerParams, rng: Rng) {
    this.cpus = cpus;
    this.params = params;
    this.rng = rng;
    this.hz = hypervisor.costs.hz;
    this.period = this.hz / params.hz;
    this.work = cyclesOfNs(params.work, this.hz);
    this.beats = cpus.map(() => ({ taken: 0, last: 0, longest: 0, late: 0 }));
    this.controller = this.attachClocks(hypervisor);
  }

  /** The devices of a PC, for a guest that takes its ticks from them. */
  private attachClocks(hypervisor: Hypervisor): InterruptController | undefined {
    const { source } = this.params;
    if (source !== 'pit' && source !== 'rtc') return undefined;
    const [cpu] = this.cpus;
    const worker = new WorkerProcess(hypervisor, cpu.partition);
    attachPcClocks(cpu.partition, { line: (irq, level) => worker.line(irq, level) });
    return source === 'pit' ? new PicInterrupts(cpu) : new ApicInterrupts(cpu);
  }

  /** What a kernel does once: interrupt controllers, SynIC, its tick, the question about watchdogs. */
  *boot(cpu: Cpu): Program {
    const { source, watchdog } = this.params;
    cpu.onVector(this.vector, () => this.tick(cpu));
    if (this.controller instanceof PicInterrupts) yield* this.controller.initialise();
    if (this.controller) yield* this.controller.enable(this.irq);
    if (source === 'message' || source === 'tickless') yield* this.openSource(cpu);
    if (source === 'tickless') yield* prepareOneShot(cpu, 0, this.targetOf(cpu));
    else yield* this.startTicks(cpu);
    this.beats[cpu.index].last = cpu.now;
    if (cpu.index > 0) return;
    const relaxed = watchdog === 'asks' && (yield* readRelaxedTiming(cpu));
    this.watches = watchdog !== 'none' && !relaxed;
  }

  /** The machine has been up for a while: its watchdog begins to look. */
  arm(): void {
    if (this.watches) this.watchdog = new ClockWatchdog(this.cpus.length, this.params.patience);
  }

  private *openSource(cpu: Cpu): Program {
    const messages = this.messages(cpu);
    yield* startSynic(cpu, { messages, events: messages + 0x1000, sint: SINT, vector: VECTOR });
    if (this.autoEoi(cpu)) yield* openWithAutoEoi(cpu, SINT, VECTOR);
  }

  /** Does the guest's work until it is stopped. */
  *main(cpu: Cpu): Program {
    if (this.params.source === 'tickless') yield* this.sleepBetweenEvents(cpu);
    else yield* this.sleepBetweenTicks(cpu);
  }

  private get irq(): number {
    return this.params.source === 'pit' ? IRQ.PIT : IRQ.RTC;
  }

  private get vector(): number {
    return this.controller ? this.controller.vectorOf(this.irq) : VECTOR;
  }

  private messages(cpu: Cpu): number {
    return PAGES + cpu.index * 0x2000;
  }

  /** Synthetic sources end by themselves where the hypervisor does not advise against it. */
  private autoEoi(cpu: Cpu): boolean {
    return !cpu.partition.features.deprecateAutoEoi;
  }

  private targetOf(cpu: Cpu): TimerTarget {
    const byMessage = this.params.source === 'message' || !cpu.partition.features.directTimers;
    return byMessage ? { sint: SINT } : { vector: VECTOR };
  }

  private *startTicks(cpu: Cpu): Program {
    const { source, hz, lazy } = this.params;
    if (source === 'pit') yield* startPitTick(cpu, hz);
    else if (source === 'rtc') yield* startRtcTick(cpu, hz);
    else if (source === 'apic') yield* startApicTick(cpu, VECTOR, hz);
    else yield* startPeriodicTimer(cpu, 0, Math.round(HV_CLOCK_HZ / hz), this.targetOf(cpu), lazy);
  }

  /** The first VP of several has nothing to do. */
  private loadOf(cpu: Cpu): number {
    return this.cpus.length > 1 && cpu.index === 0 ? 0 : this.params.load / 100;
  }

  private *sleepBetweenTicks(cpu: Cpu): Program {
    const window = WINDOW * this.hz;
    const load = this.loadOf(cpu);
    while (!this.crashed) {
      const end = cpu.now + window;
      if (load > 0) yield* cpu.compute(load * window);
      if (load === 1) continue;
      while (cpu.now < end && !this.crashed) yield* this.idle(cpu);
    }
  }

  private *sleepBetweenEvents(cpu: Cpu): Program {
    const interval = this.hz / this.params.events;
    for (;;) {
      const { taken } = this.beats[cpu.index];
      const pause = this.rng.int(Math.ceil(interval / 2), Math.floor(1.5 * interval));
      yield* armOneShot(cpu, 0, Math.ceil((cpu.now + pause) / (this.hz / HV_CLOCK_HZ)));
      if (this.loadOf(cpu) > 0) yield* cpu.compute(this.loadOf(cpu) * pause);
      while (this.beats[cpu.index].taken === taken) yield* this.idle(cpu);
    }
  }

  private idle(cpu: Cpu): Program {
    return this.params.idle === 'hlt' ? idleByHalt(cpu) : idleByRegister(cpu);
  }

  /** The clock interrupt. */
  private *tick(cpu: Cpu): Program {
    this.note(cpu);
    if (this.controller) yield* this.controller.begin(this.irq);
    if (this.params.source === 'rtc') yield* endRtcTick(cpu);
    const byMessage = 'sint' in this.targetOf(cpu) && !this.controller && this.params.source !== 'apic';
    if (byMessage) yield* takeExpiry(cpu, this.messages(cpu), SINT);
    yield* cpu.compute(this.work);
    if (this.controller) yield* this.controller.end(this.irq);
    else if (!byMessage || !this.autoEoi(cpu)) yield* cpu.eoi();
    yield* this.watch(cpu);
  }

  private note(cpu: Cpu): void {
    const beat = this.beats[cpu.index];
    const gap = cpu.now - beat.last;
    beat.taken++;
    beat.last = cpu.now;
    beat.longest = Math.max(beat.longest, gap);
    if (gap > 1.5 * this.period) beat.late++;
  }

  /** A machine that has stopped itself takes no more ticks. */
  private *watch(cpu: Cpu): Program {
    const parameters = this.crashed ? undefined : this.watchdog?.tick(cpu.index);
    if (parameters) {
      this.crashed = true;
      yield* reportCrash(cpu, parameters);
    }
    if (this.crashed) yield* this.stopTicks(cpu);
  }

  private *stopTicks(cpu: Cpu): Program {
    if (this.params.source === 'apic') yield* startApicTick(cpu, VECTOR, Infinity);
    else yield* stopTimer(cpu, 0);
  }
}
