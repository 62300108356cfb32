/** What an experiment works with: seeded chance, cost profiles, machines. One lab serves one run. */

import { invariant } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { Streams } from '../core/rng.ts';
import { Trace } from '../core/trace.ts';
import type { Bound, CostName, Era } from '../machine/costs.ts';
import { CostProfile } from '../machine/costs.ts';
import type { Structure, StructureId } from '../machine/structures.ts';
import { STRUCTURES } from '../machine/structures.ts';
import type { MachineOptions } from './machines.ts';
import { Machine } from './machines.ts';
import type { Recorded, Recording } from './recording.ts';
import { recordingOf } from './recording.ts';
import type { SmpOptions } from './smp.ts';
import { SmpMachine } from './smp.ts';

/** Which end of every cost's range a run uses. */
export type CostLevel = Bound;

/** Settings of a run that are no parameters of its experiment. */
export interface LabOptions {
  readonly costs?: CostLevel;
  readonly overrideCosts?: Readonly<Record<string, number>>;
  readonly traceRows?: number;
}

/** Rows of trace that a run keeps unless told otherwise: enough for every default preset, small enough to post between threads. */
export const RUN_TRACE_ROWS = 20_000;

/** What an experiment works with: machines, chance and the evidence they leave. */
export class Lab {
  readonly seed: number;
  readonly level: CostLevel;
  private readonly streams: Streams;
  private readonly overrides: Readonly<Record<string, number>>;
  private readonly rows: number;
  private recordedMachine: Recorded | undefined;
  private copied: Recording | undefined;

  constructor(seed: number, options: LabOptions = {}) {
    this.seed = seed;
    this.level = options.costs ?? 'typical';
    this.streams = new Streams(seed);
    this.overrides = options.overrideCosts ?? {};
    this.rows = options.traceRows ?? RUN_TRACE_ROWS;
  }

  /** A lab of the same run, in which chance begins anew: for doing the same thing again. */
  again(): Lab {
    return new Lab(this.seed, { costs: this.level, overrideCosts: this.overrides, traceRows: this.rows });
  }

  /** A stream of chance of its own: another consumer never shifts its numbers. */
  rng(name: string): Rng {
    return this.streams.stream(name);
  }

  /** The profile of an era at this run's level, with the reader's own values laid over it. */
  costs(era: Era): CostProfile {
    return new CostProfile(era).at(this.level).with(this.overrides as Partial<Record<CostName, number>>);
  }

  /** Builds a machine. The first one of a run is the one whose trace the run shows. */
  machine(options: MachineOptions): Machine {
    const machine = new Machine(this, options);
    this.recordedMachine ??= machine.recorded;
    return machine;
  }

  /** Builds a machine of several processors. The first machine of a run is the one whose trace the run shows. */
  smp(options: SmpOptions): SmpMachine {
    const machine = new SmpMachine(this, options);
    this.recordedMachine ??= machine.recorded;
    return machine;
  }

  /** Takes note of a machine that an assembly of its own has built. The first machine of a run is the one whose trace the run shows. */
  adopt<M extends { readonly recorded: Recorded }>(machine: M): M {
    this.recordedMachine ??= machine.recorded;
    return machine;
  }

  /** A trace with this run's cap, or with a smaller one: for a machine of which the beginning says enough. */
  newTrace(most = this.rows): Trace {
    return new Trace({ cap: Math.max(1, Math.min(this.rows, most)), enabled: this.rows > 0 });
  }

  /** What the run shows. Our own mistake when the experiment built no machine. */
  get recorded(): Recorded {
    invariant(this.recordedMachine, 'the experiment built no machine');
    return this.recordedMachine;
  }

  /** The trace of what the run shows, as plain data. Copied once as long as no row comes: an experiment that reads it does not pay twice. */
  recording(): Recording {
    const { recorded } = this;
    if (this.copied?.total !== recorded.trace.total) this.copied = recordingOf(recorded);
    return this.copied as Recording;
  }
}

/** A structure by name, or as it is. */
export const structureOf = (structure: StructureId | Structure): Structure =>
  typeof structure === 'string' ? STRUCTURES[structure] : structure;
