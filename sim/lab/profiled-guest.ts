/**
 * A guest assembled from a profile: it looks what the host offers, uses what its system knows, and does each job of a mixed work by the
 * program of the contract that fits. Two systems on the same machine differ in nothing but their profiles.
 */
import type { Program } from '../core/program.ts';
import { cyclesOfNs } from '../core/units.ts';
import { readPmTimer } from '../enlightenments/pc-clock-reads.ts';
import { readReferenceCounter } from '../enlightenments/reference-counter.ts';
import { ReferenceTscClock } from '../enlightenments/reference-tsc.ts';
import { TestAndSetLock } from '../enlightenments/spin-locks.ts';
import { readApicId, readVpIndex } from '../enlightenments/vp-index.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import type { SystemProfile } from '../guest/profiles/index.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import type { Booted } from './profiled-boot.ts';
import { look, setUp } from './profiled-boot.ts';
import { bootAtaDisk, bootSyntheticDisk } from './profiled-disk.ts';
import { ProfiledInterrupts } from './profiled-interrupts.ts';
import type { Job, LevelKeeping } from './profiled-kernel.ts';
import { ProfiledKernel } from './profiled-kernel.ts';
import { ProfiledMemory } from './profiled-memory.ts';
import { ProfiledTick } from './profiled-tick.ts';
import { decideUses } from './uses.ts';

/** How long the lock is held, in ns: assumed. */
const LOCK_HELD_NS = 1000;
/** A request of 4 KiB, and how many places of the disk are used. */
const REQUEST_SECTORS = 8;
const PLACES = 1024;
/** A step through the places that meets all of them. */
const STRIDE = 391;

/** Jobs that a program does one after the other; the others come by interrupts or in between. */
export type Task = Exclude<Job, 'work' | 'boot' | 'tick' | 'eoi'>;

/** Which guest. */
export interface ProfiledGuestOptions {
  readonly system: SystemProfile;
  readonly levels: LevelKeeping;
  /** Enlightenments that it shall do without. */
  readonly without?: readonly EnlightenmentId[];
}

/** Brings up a guest, one processor after the other, and runs the engine until it is up. */
export function bootProfiledGuest(cpus: readonly Cpu[], options: ProfiledGuestOptions): ProfiledGuest {
  const { system, levels, without } = options;
  const [first] = cpus;
  const found = first.finish(look(first, system));
  const useless: readonly EnlightenmentId[] = levels === 'apic' ? [] : ['lazy-tpr'];
  const kernel = new ProfiledKernel(cpus, levels, decideUses({ system, found, without, useless }));
  const booted = first.finish(setUp(first, kernel, found));
  const disk = first.finish(bootDisk(first, kernel));
  const guest = new ProfiledGuest(kernel, booted, disk);
  for (const cpu of cpus) cpu.finish(guest.bootProcessor(cpu));
  return guest;
}

function bootDisk(cpu: Cpu, kernel: ProfiledKernel): Program<BlockDriver> {
  if (!kernel.has('synic-vmbus')) return bootAtaDisk(cpu, kernel.pages);
  return bootSyntheticDisk(cpu, kernel.pages, !kernel.has('deprecate-auto-eoi'));
}

export class ProfiledGuest {
  readonly kernel: ProfiledKernel;
  /** Requests to the disk that failed. */
  failures = 0;
  private requests = 0;
  private readonly booted: Booted;
  private readonly disk: BlockDriver;
  private readonly buffer: number;
  private readonly memory: ProfiledMemory;
  private readonly interrupts: ProfiledInterrupts;
  private readonly ticks: ProfiledTick;
  private readonly lock: TestAndSetLock;
  private readonly clocks: readonly (ReferenceTscClock | undefined)[];
  private readonly tasks: Readonly<Record<Task, (cpu: Cpu) => Program>> = {
    clock: (cpu) => this.readClock(cpu),
    switch: (cpu) => this.memory.switch(cpu),
    'local-flush': (cpu) => this.memory.flushLocal(cpu),
    'remote-flush': (cpu) => this.memory.flushRemote(cpu),
    ipi: (cpu) => this.interrupts.callOthers(cpu),
    level: (cpu) => this.interrupts.raised(cpu, nothing),
    lock: (cpu) => this.interrupts.raised(cpu, () => this.holdLock(cpu)),
    disk: (cpu) => this.request(cpu),
    idle: (cpu) => this.ticks.idle(cpu),
  };

  constructor(kernel: ProfiledKernel, booted: Booted, disk: BlockDriver) {
    const { cpus, pages } = kernel;
    this.kernel = kernel;
    this.booted = booted;
    this.disk = disk;
    this.buffer = pages.page();
    this.lock = new TestAndSetLock(cpus[0].memory, pages.page());
    this.memory = new ProfiledMemory(kernel);
    this.interrupts = new ProfiledInterrupts(kernel);
    this.ticks = new ProfiledTick(kernel, this.interrupts, booted.directTimers);
    const { clockPage } = booted;
    this.clocks = cpus.map((cpu) => (clockPage > 0 ? new ReferenceTscClock(cpu, clockPage) : undefined));
  }

  /** What each processor does for itself at start-up. */
  *bootProcessor(cpu: Cpu): Program {
    if (this.kernel.has('vp-index')) yield* readVpIndex(cpu);
    else yield* readApicId(cpu);
    yield* this.interrupts.start(cpu);
    yield* this.memory.start(cpu);
  }

  /** Begins to tick: the first thing of a processor's program. */
  *startTicks(cpu: Cpu, hz: number): Program {
    yield* this.ticks.start(cpu, hz);
  }

  /** Does a job once. */
  *do(cpu: Cpu, task: Task): Program {
    yield* this.kernel.during(cpu, task, () => this.tasks[task](cpu));
  }

  private *readClock(cpu: Cpu): Program {
    const clock = this.clocks[cpu.index];
    if (clock) {
      const before = clock.fallbacks;
      yield* clock.read();
      if (clock.fallbacks === before) this.kernel.sharedPage++;
    } else if (this.kernel.has('reference-counter')) yield* readReferenceCounter(cpu);
    else yield* readPmTimer(cpu);
  }

  private *holdLock(cpu: Cpu): Program {
    yield* this.lock.acquire(cpu, this.booted.tries);
    const held = cyclesOfNs(LOCK_HELD_NS, cpu.partition.costs.hz);
    yield* this.kernel.during(cpu, 'work', () => compute(cpu, held));
    yield* this.lock.release(cpu);
  }

  /** One request, reads and writes in turn, scattered over the disk. The thread waits; its processor has others to run. */
  private *request(cpu: Cpu): Program {
    const number = this.requests++;
    const lba = ((number * STRIDE) % PLACES) * REQUEST_SECTORS;
    cpu.whileWaiting = 'busy';
    const { kind } = yield* this.disk[number % 2 ? 'write' : 'read'](lba, REQUEST_SECTORS, this.buffer);
    cpu.whileWaiting = 'halt';
    if (kind !== 'ok') this.failures++;
  }
}

function* nothing(): Program {}

function* compute(cpu: Cpu, cycles: number): Program {
  yield* cpu.compute(cycles);
}
