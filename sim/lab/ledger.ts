/**
 * Who made an exit? The counters of a partition say how many passages there were of each route; this says for what. A guest's program
 * names what it does (`during`), and every exit and every cycle in between is put down to that name, processor by processor.
 *
 * It only looks: a program that is watched makes the same exits at the same times.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { RouteId } from '../machine/routes.ts';
import { DEVICE_ROUTES, HYPERVISOR_ROUTES, ROUTE, ROUTE_IDS } from '../machine/routes.ts';

/** What was put down to one name. */
export interface Entry {
  /** Cycles of the processors' own time. */
  cycles: number;
  /** How often it was begun. */
  times: number;
  /** Passages by route number. */
  readonly passages: Float64Array;
}

const EXITS = [...DEVICE_ROUTES, ...HYPERVISOR_ROUTES].map((id) => ROUTE[id]);

const newEntry = (): Entry => ({ cycles: 0, times: 0, passages: new Float64Array(ROUTE_IDS.length) });

/** The book of one virtual machine. `L` are the names. */
export class Ledger<L extends string> {
  private readonly entries = new Map<L, Entry>();
  private readonly cpus: readonly Cpu[];
  private readonly passages: Float64Array;
  /** Passages that have been put down already. */
  private readonly seen: Float64Array;
  /** What each processor does, and since when by its own time. */
  private readonly doing: L[];
  private readonly since: number[];

  /** `first` is what the processors do until they say otherwise. */
  constructor(cpus: readonly Cpu[], first: L) {
    this.cpus = cpus;
    this.passages = cpus[0].partition.counters.passages;
    this.seen = Float64Array.from(this.passages);
    this.doing = cpus.map(() => first);
    this.since = cpus.map((cpu) => cpu.vp.runtime);
  }

  /** Runs a whole program of a processor and keeps the book while it does. Everything that is put down must run in one of these. */
  *watch<R>(cpu: Cpu, program: Program<R>): Program<R> {
    for (;;) {
      this.seen.set(this.passages);
      const step = program.next();
      this.write(cpu);
      if (step.done) return step.value;
      yield;
    }
  }

  /** Runs a part of a program under a name; what it interrupts keeps its own. */
  *during<R>(cpu: Cpu, name: L, part: () => Program<R>): Program<R> {
    const before = this.turn(cpu, name);
    this.entry(name).times++;
    const result = yield* part();
    this.turn(cpu, before);
    return result;
  }

  /** Forgets what is in the book; the processors go on with what they do. */
  clear(): void {
    this.entries.clear();
    for (const cpu of this.cpus) this.since[cpu.index] = cpu.vp.runtime;
  }

  /** Puts down the time up to now. */
  close(): void {
    for (const cpu of this.cpus) this.turn(cpu, this.doing[cpu.index]);
  }

  /** What was put down to a name; nothing when it never was. */
  of(name: L): Readonly<Entry> {
    return this.entries.get(name) ?? newEntry();
  }

  /** Exits under a name, those of idling left out. */
  exits(name: L): number {
    const { passages } = this.of(name);
    return EXITS.reduce((sum, route) => sum + passages[route], 0);
  }

  /** Cycles under all names. */
  get cycles(): number {
    return [...this.entries.values()].reduce((sum, entry) => sum + entry.cycles, 0);
  }

  /** Passages of some routes under all names. */
  total(routes: readonly RouteId[]): number {
    let sum = 0;
    for (const { passages } of this.entries.values()) for (const id of routes) sum += passages[ROUTE[id]];
    return sum;
  }

  /** From here on the processor does something else. Returns what it did. */
  private turn(cpu: Cpu, name: L): L {
    this.write(cpu);
    const before = this.doing[cpu.index];
    const now = cpu.vp.runtime;
    this.entry(before).cycles += now - this.since[cpu.index];
    this.since[cpu.index] = now;
    this.doing[cpu.index] = name;
    return before;
  }

  /** Puts the passages since the last time down to what the processor does: only this processor has run since then. */
  private write(cpu: Cpu): void {
    const { passages } = this.entry(this.doing[cpu.index]);
    for (let route = 0; route < this.seen.length; route++) {
      passages[route] += this.passages[route] - this.seen[route];
      this.seen[route] = this.passages[route];
    }
  }

  private entry(name: L): Entry {
    let entry = this.entries.get(name);
    if (!entry) {
      entry = newEntry();
      this.entries.set(name, entry);
    }
    return entry;
  }
}
