import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Streams } from '../core/rng.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { Cpu } from './cpu.ts';
import type { HypervisorOptions } from './hypervisor.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition, PartitionOptions } from './partition.ts';

const KIB = 1024;
const MS = 3_000_000;
const SLICE = 10 * MS;
/** CPUID in the 2020s, and a switch between VPs. */
const EXIT = 1600;
const VECTOR = 0x40;

interface Shared {
  readonly hypervisor: Hypervisor;
  readonly partitions: readonly Partition[];
  readonly cpus: readonly (readonly Cpu[])[];
}

function shared(
  logicalProcessors: number | undefined,
  partitions: readonly Partial<PartitionOptions>[],
  options: HypervisorOptions = {},
): Shared {
  const hypervisor = new Hypervisor({ ...options, logicalProcessors });
  const made = partitions.map((one) => hypervisor.createPartition({ memory: 64 * KIB, ...one }));
  return {
    hypervisor,
    partitions: made,
    cpus: made.map((partition) => partition.vps.map((vp) => new Cpu(partition, vp.index))),
  };
}

/** Runs the engine; something always lies behind the end, so that a program that never waits stops there, too. */
function runFor({ hypervisor: { engine } }: Shared, cycles: number): void {
  const end = engine.handler('test.end', () => undefined);
  const until = engine.now + cycles;
  engine.post(until + 1, end);
  engine.run(until);
}

function* forever(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(50_000);
}

/** Runs every processor flat out and returns what share of a processor each partition got. */
function shares(machine: Shared, ms: number, program: (cpu: Cpu) => Program = forever): number[] {
  for (const cpu of machine.cpus.flat()) cpu.run(program(cpu));
  runFor(machine, ms * MS);
  const ran = machine.partitions.map(({ vps }) => vps.reduce((sum, vp) => sum + vp.runtime, 0));
  return ran.map((cycles) => cycles / (ms * MS));
}

describe('proportional share', () => {
  it('gives weights 100, 200 and 700 a tenth, a fifth and seven tenths of a processor', () => {
    const [a, b, c] = shares(shared(1, [{ weight: 100 }, { weight: 200 }, { weight: 700 }]), 5000);
    expect(a).toBeCloseTo(0.1, 2);
    expect(b).toBeCloseTo(0.2, 2);
    expect(c).toBeCloseTo(0.7, 2);
  });

  it('gives three equal VPs two thirds of a processor each where there are two', () => {
    const machine = shared(2, [{ vps: 3 }]);
    shares(machine, 3000);
    for (const { runtime } of machine.partitions[0].vps) expect(runtime / (3000 * MS)).toBeCloseTo(2 / 3, 2);
  });

  it('gives no VP more than a processor, and the rest to the others by weight', () => {
    const [heavy, a, b] = shares(shared(2, [{ weight: 10_000 }, { weight: 100 }, { weight: 300 }]), 4000);
    expect(heavy).toBeGreaterThan(0.98);
    expect(a).toBeCloseTo(0.25, 1);
    expect(b).toBeCloseTo(0.75, 1);
  });

  it('starves nobody: the lowest weight runs next to the highest', () => {
    const [low, high] = shares(shared(1, [{ weight: 1 }, { weight: 10_000 }]), 400_000);
    expect(low).toBeGreaterThan(0.5 / 10_000);
    expect(low + high).toBeGreaterThan(0.999);
  });

  it('holds over hundredths of a second, as the WDK says: 20 VPs all run within one round of slices', () => {
    const machine = shared(2, [{ vps: 10 }, { vps: 10 }]);
    shares(machine, 102);
    for (const { vps } of machine.partitions) for (const vp of vps) expect(vp.runtime).toBeGreaterThan(0);
  });

  it('leaves a processor to whoever wants it while the others sleep', () => {
    const machine = shared(1, [{}, {}]);
    const [[busy], [idle]] = machine.cpus;
    busy.run(forever(busy));
    idle.run(
      (function* (): Program {
        yield* idle.hlt();
      })(),
    );
    runFor(machine, 100 * MS);
    expect(busy.vp.runtime).toBeGreaterThan(99 * MS);
    expect(idle.vp.state).toBe('blocked');
  });

  it('does not let a VP save up while it sleeps', () => {
    const machine = shared(1, [{}, {}]);
    const [[busy], [sleeper]] = machine.cpus;
    busy.run(forever(busy));
    sleeper.onVector(VECTOR, function* () {
      yield* sleeper.eoi();
    });
    sleeper.run(
      (function* (): Program {
        yield* sleeper.hlt();
        yield* forever(sleeper);
      })(),
    );
    runFor(machine, 1000 * MS);
    machine.partitions[1].interrupts.raise(0, VECTOR, false);
    const [before, after] = [busy.vp.runtime, sleeper.vp.runtime];
    runFor(machine, 200 * MS);
    // A second asleep is worth a slice of credit, no more.
    expect(sleeper.vp.runtime - after).toBeLessThan(120 * MS);
    expect(busy.vp.runtime - before).toBeGreaterThan(80 * MS);
  });
});

describe('affinity', () => {
  it('binds VPs to processors', () => {
    const machine = shared(2, [
      { vps: 2, affinity: [0] },
      { vps: 1, affinity: [1] },
    ]);
    const [bound, free] = shares(machine, 1000);
    expect(bound).toBeGreaterThan(0.99);
    expect(free).toBeGreaterThan(0.99);
    for (const { vp } of machine.cpus[0]) expect(vp.account?.processor).toBe(0);
  });

  it('keeps the weights on each processor', () => {
    const machine = shared(2, [
      { vps: 2, affinity: (vp) => [vp], weight: 100 },
      { vps: 2, affinity: (vp) => [vp], weight: 300 },
    ]);
    const [light, heavy] = shares(machine, 3000);
    expect(light).toBeCloseTo(0.5, 1);
    expect(heavy).toBeCloseTo(1.5, 1);
  });

  it('lets a bound VP and one that may run anywhere share', () => {
    const machine = shared(2, [{ affinity: [0] }, { vps: 2 }]);
    const [bound, free] = shares(machine, 3000);
    expect(bound).toBeGreaterThan(0.5);
    expect(bound + free).toBeGreaterThan(1.99);
  });

  it('is only to processors that there are', () => {
    expect(() => shared(2, [{ affinity: [2] }])).toThrow('processors that exist');
  });
});

describe('the states of a VP', () => {
  it('are running, ready, blocked and suspended', () => {
    const machine = shared(1, [{}, {}]);
    const [[first], [second]] = machine.cpus;
    const [{ io }] = machine.partitions;
    io.claimPorts(0x80, 1, 'port-worker', {
      in: () => 0,
      out: () => {
        first.vp.suspend();
        machine.hypervisor.engine.timer('device', () => first.vp.resume()).set(30 * MS);
      },
    });
    expect([first.vp.state, second.vp.state]).toEqual(['blocked', 'blocked']);
    first.run(
      (function* (): Program {
        yield* first.compute(2 * MS);
        yield* first.out8(0x80, 1);
        yield* first.hlt();
      })(),
    );
    second.run(forever(second));
    runFor(machine, MS);
    expect([first.vp.state, second.vp.state]).toEqual(['running', 'ready']);
    runFor(machine, 4 * MS);
    expect([first.vp.state, second.vp.state]).toEqual(['suspended', 'running']);
    runFor(machine, 36 * MS);
    expect([first.vp.state, second.vp.state]).toEqual(['blocked', 'running']);
    expect(first.vp.readyTime + second.vp.readyTime).toBeGreaterThan(MS);
  });

  it('do not change where every VP has a processor', () => {
    const machine = shared(undefined, [{ vps: 2 }]);
    const [[cpu]] = machine.cpus;
    cpu.run(forever(cpu));
    runFor(machine, MS);
    expect(machine.hypervisor.scheduler).toBeUndefined();
    expect(cpu.vp.state).toBe('running');
    expect(cpu.vp.readyTime).toBe(0);
    expect(cpu.vp.runtime).toBe(cpu.vp.now);
  });
});

it('VP_RUNTIME is the time that a VP had a processor, the reference counter is not', () => {
  const machine = shared(1, [{ vps: 2 }]);
  const [[cpu, other]] = machine.cpus;
  const read: bigint[] = [];
  other.run(forever(other));
  cpu.run(
    (function* (): Program {
      yield* cpu.compute(95 * MS);
      read.push(yield* cpu.rdmsr(HV_X64_MSR.VP_RUNTIME), yield* cpu.rdmsr(HV_X64_MSR.TIME_REF_COUNT));
    })(),
  );
  runFor(machine, 250 * MS);
  const [ran, time] = read.map(Number);
  expect(ran).toBeGreaterThanOrEqual(950_000);
  expect(ran).toBeLessThan(955_000);
  expect(time).toBeGreaterThan(1_850_000);
});

describe('pre-emption', () => {
  it('waits for the end of an exit, and a computation ends later by the time that others ran', () => {
    const machine = shared(1, [{}, {}]);
    const [[first], [second]] = machine.cpus;
    const ends: number[] = [];
    first.run(
      (function* (): Program {
        yield* first.compute(12 * MS);
        ends.push(first.now);
      })(),
    );
    second.run(forever(second));
    runFor(machine, 60 * MS);
    // Switch to it, ten milliseconds, a slice of the other with its switch, the switch back, and what was left.
    const { scheduler } = machine.hypervisor;
    const cost = machine.hypervisor.costs.cost('partition.switch');
    expect(scheduler?.switches.partition).toBeGreaterThanOrEqual(3);
    expect(ends).toEqual([12 * MS + SLICE + 3 * Math.round(cost)]);
  });

  it('never leaves an exit half done', () => {
    const machine = shared(1, [{}, {}], { timeSlice: 10_000 });
    for (const cpu of machine.cpus.flat())
      cpu.run(
        (function* (): Program {
          for (;;) yield* cpu.cpuid(1);
        })(),
      );
    runFor(machine, 5 * MS);
    const rows = machine.hypervisor.trace.rows();
    for (const { at, end } of rows.filter(({ kind }) => kind === 'cpuid')) expect(end - at).toBe(EXIT);
    expect(rows.filter(({ kind }) => kind === 'sched.preempt').length).toBeGreaterThan(100);
  });
});

describe('a wake-up', () => {
  /** A VP that sleeps and is woken beside others that compute. Cycles from the interrupt to its handler. */
  function latency(busy: number, logicalProcessors: number): number {
    const machine = shared(logicalProcessors, [{}, { vps: Math.max(1, busy) }]);
    const [[sleeper], others] = machine.cpus;
    let taken = 0;
    sleeper.onVector(VECTOR, function* () {
      taken = sleeper.now;
      yield* sleeper.eoi();
    });
    sleeper.run(
      (function* (): Program {
        for (;;) yield* sleeper.hlt();
      })(),
    );
    for (const cpu of others.slice(0, busy)) cpu.run(forever(cpu));
    runFor(machine, 25 * MS);
    const at = machine.hypervisor.engine.now;
    machine.partitions[0].interrupts.raise(0, VECTOR, false);
    runFor(machine, 50 * MS);
    return taken - at;
  }

  it('is as without a scheduler on an idle processor', () => {
    const idle = latency(0, 1);
    const cost = (name: 'irq.inject' | 'irq.wake'): number => new Hypervisor().costs.cost(name);
    expect(idle).toBe(cost('irq.inject') + cost('irq.wake'));
  });

  it('pre-empts whoever has had its share, and pays for the switch', () => {
    const alone = latency(0, 1);
    const beside = latency(1, 1);
    expect(beside - alone).toBe(Math.round(new Hypervisor().costs.cost('partition.switch')));
  });

  it('waits for a hundredth of a slice at most when the other has only just begun', () => {
    expect(latency(3, 1)).toBeLessThan(SLICE / 100 + 30_000);
  });
});

it('a machine that is gone runs no more, and leaves its processors to others', () => {
  const machine = shared(1, [{ vps: 2 }, {}]);
  for (const cpu of machine.cpus.flat()) cpu.run(forever(cpu));
  runFor(machine, 35 * MS);
  const before = machine.partitions[0].vps.map(({ runtime }) => runtime);
  machine.hypervisor.destroyPartition(machine.partitions[0].id);
  runFor(machine, 100 * MS);
  expect(machine.partitions[0].vps.map(({ runtime }) => runtime)).toEqual(before);
  expect(machine.partitions[0].vps.map(({ state }) => state)).toEqual(['blocked', 'blocked']);
  expect(machine.partitions[1].vps[0].runtime).toBeGreaterThan(100 * MS);
});

describe('the root partition', () => {
  it('competes for the same processors', () => {
    const machine = shared(1, [{}], { rootVps: 1 });
    const [[guest]] = machine.cpus;
    const { root, engine } = machine.hypervisor;
    const ran: number[] = [];
    const work = root.work('test', () => {
      ran.push(engine.now);
      root.elapse(MS);
    });
    guest.run(forever(guest));
    for (let i = 1; i <= 20; i++) root.queue(work, 0, i * 2 * MS);
    runFor(machine, 60 * MS);
    expect(ran).toHaveLength(20);
    expect(guest.vp.runtime).toBeLessThan(41 * MS);
    expect(guest.vp.readyTime).toBeGreaterThan(20 * MS - 1);
    expect(root.busy).toBe(20 * MS);
  });
});

describe('running ahead', () => {
  /** A program of random computations, exits and waits for one another. */
  function* random(cpu: Cpu, others: readonly Cpu[], seed: number): Program {
    const rng = new Streams(seed).stream(`vp ${cpu.vp.who}`);
    cpu.onVector(VECTOR, function* () {
      yield* cpu.compute(rng.int(1, 5000));
      yield* cpu.eoi();
    });
    for (let i = 0; i < 60; i++) {
      yield* cpu.compute(rng.int(1, 200_000));
      if (rng.chance(0.5)) yield* cpu.cpuid(1);
      const target = others[rng.int(0, others.length - 1)];
      if (rng.chance(0.3)) yield* cpu.wrmsr(HV_X64_MSR.ICR, (BigInt(target.index) << 56n) | BigInt(VECTOR));
      if (rng.chance(0.2)) yield* cpu.hlt();
    }
  }

  /** What happened, as text; `steps`: an event each so many cycles, so that nobody runs ahead further than that. */
  function outcome(seed: number, logicalProcessors: number | undefined, steps: number): string {
    const machine = shared(logicalProcessors, [{ vps: 4 }, { vps: 3, weight: 250 }], { timeSlice: 300_000 });
    const { engine, trace } = machine.hypervisor;
    if (steps > 0) {
      const step = engine.handler('step', () => {
        if (engine.now < 100 * MS) engine.post(engine.now + steps, step);
      });
      engine.post(steps, step);
    }
    for (const cpus of machine.cpus) for (const cpu of cpus) cpu.run(random(cpu, cpus, seed));
    engine.run(100 * MS);
    const work = machine.cpus.flat().map(({ vp, now }) => `${vp.state} ${now} ${vp.runtime} ${vp.readyTime}`);
    const rows = trace.rows().map((row) => JSON.stringify(row));
    return [...rows.sort(), ...work].join('\n');
  }

  it.each([1, 2, 3, 4, 5, 6])('does what small steps do, to the cycle: seed %i', (seed) => {
    for (const processors of [undefined, 1, 2, 3]) {
      const ahead = outcome(seed, processors, 0);
      expect(outcome(seed, processors, 997)).toBe(ahead);
      expect(outcome(seed, processors, 0)).toBe(ahead);
    }
  });

  it('charges every cycle of a processor to somebody, once', () => {
    const machine = shared(2, [{ vps: 3 }, { vps: 4, weight: 333 }], { timeSlice: 400_000 });
    for (const cpu of machine.cpus.flat()) cpu.run(forever(cpu));
    runFor(machine, 100 * MS);
    const ran = machine.cpus.flat().reduce((sum, { vp }) => sum + vp.runtime, 0);
    expect(ran).toBe(2 * machine.hypervisor.engine.now);
    const waited = machine.cpus.flat().reduce((sum, { vp }) => sum + vp.readyTime, 0);
    expect(waited).toBe(5 * machine.hypervisor.engine.now);
  });
});
