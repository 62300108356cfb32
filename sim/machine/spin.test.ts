import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Streams } from '../core/rng.ts';
import { Cpu } from './cpu.ts';
import { Hypervisor } from './hypervisor.ts';
import type { PartitionOptions } from './partition.ts';
import { PAUSE_LOOP, SpinSite } from './pause-loop.ts';
import { spin } from './spin.ts';

const MEMORY = 64 * 1024;
/** Words of guest memory: the next ticket, and whose turn it is. */
const NEXT = 0x400;
const OWNER = 0x401;

interface Bench {
  readonly hypervisor: Hypervisor;
  readonly cpus: readonly Cpu[];
  readonly site: SpinSite;
}

function bench(logicalProcessors: number | undefined, options: Partial<PartitionOptions> = {}): Bench {
  const hypervisor = new Hypervisor({ logicalProcessors, timeSlice: 400_000 });
  const partition = hypervisor.createPartition({ memory: MEMORY, ...options });
  return {
    hypervisor,
    cpus: partition.vps.map((vp) => new Cpu(partition, vp.index)),
    site: new SpinSite(),
  };
}

type Wait = (cpu: Cpu, site: SpinSite, ready: () => boolean, turns: number) => Program<boolean>;

/** The loop of `spin` as it is written in its documentation: every PAUSE is executed. */
function* stepByStep(cpu: Cpu, _site: SpinSite, ready: () => boolean, turns: number): Program<boolean> {
  let left = turns;
  while (!ready() && left-- > 0) {
    yield* cpu.pause();
    yield* cpu.compute(5);
  }
  return ready();
}

/** Takes a ticket lock in memory some times, with work of random length inside and outside of it. */
function* worker({ cpus, site }: Bench, index: number, wait: Wait, seed: number): Program {
  const cpu = cpus[index];
  const words = cpu.memory.u32;
  const rng = new Streams(seed).stream(`worker ${index}`);
  for (let round = 0; round < 12; round++) {
    yield* cpu.compute(rng.int(1, 60_000));
    yield* cpu.compute(150 + 7 * index);
    const ticket = words[NEXT]++;
    const mine = (): boolean => words[OWNER] === ticket;
    while (!mine()) {
      yield* wait(cpu, site, mine, rng.int(1, 500));
      if (rng.int(1, 4) === 1) yield* cpu.cpuid(1);
    }
    yield* cpu.compute(rng.int(1, 30_000));
    words[OWNER]++;
    site.changed(cpu.now);
  }
}

/** All rows and the ends. Two processors that give way in the same cycle may change places: rows in any order, without their number. */
function outcome(wait: Wait, seed: number, processors: number | undefined, ple: boolean): readonly string[] {
  const made = bench(processors, { vps: 4, ...(ple ? { pauseLoopExits: PAUSE_LOOP } : {}) });
  made.cpus.forEach((cpu, index) => {
    cpu.run(worker(made, index, wait, seed));
  });
  made.hypervisor.engine.run();
  const rows = made.hypervisor.trace
    .rows()
    .map((row) => JSON.stringify(row.kind.startsWith('sched.') ? { ...row, a: 0 } : row));
  return [...rows.sort(), `ends ${made.cpus.map(({ now }) => now)}`];
}

describe('a waiting loop in one go', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

  it.each(seeds)('is the loop step by step where every VP has a processor, seed %i', (seed) => {
    expect(outcome(spin, seed, undefined, false)).toEqual(outcome(stepByStep, seed, undefined, false));
  });

  it.each(seeds)('is the loop step by step where two processors are shared, seed %i', (seed) => {
    expect(outcome(spin, seed, 2, false)).toEqual(outcome(stepByStep, seed, 2, false));
  });

  it.each(seeds)('is the loop step by step with pause-loop exits, seed %i', (seed) => {
    expect(outcome(spin, seed, 2, true)).toEqual(outcome(stepByStep, seed, 2, true));
  });
});

describe('pause-loop exits', () => {
  function exitsOf(options: Partial<PartitionOptions>, gap: number, pauses: number): number {
    const { cpus } = bench(undefined, options);
    cpus[0].finish(
      (function* (): Program {
        for (let i = 0; i < pauses; i++) {
          yield* cpus[0].pause();
          yield* cpus[0].compute(gap);
        }
      })(),
    );
    return cpus[0].partition.counters.passed('hypervisor-pause');
  }

  it('come once a loop has lasted longer than the window', () => {
    // 145 cycles a turn: the 30th PAUSE is the first that begins more than 4 096 cycles after the first.
    expect(exitsOf({ pauseLoopExits: PAUSE_LOOP }, 5, 29)).toBe(0);
    expect(exitsOf({ pauseLoopExits: PAUSE_LOOP }, 5, 30)).toBe(1);
    expect(exitsOf({ pauseLoopExits: PAUSE_LOOP }, 5, 58)).toBe(1);
    expect(exitsOf({ pauseLoopExits: PAUSE_LOOP }, 5, 59)).toBe(2);
  });

  it('do not come for PAUSEs that lie far apart, nor where there are none', () => {
    expect(exitsOf({ pauseLoopExits: PAUSE_LOOP }, 129, 500)).toBe(0);
    expect(exitsOf({}, 5, 500)).toBe(0);
  });

  it('do not exist on a processor of 2008', () => {
    const hypervisor = new Hypervisor({ era: '2008' });
    expect(hypervisor.createPartition({ memory: MEMORY, pauseLoopExits: PAUSE_LOOP }).pauseLoopExits).toBe(
      undefined,
    );
  });
});
