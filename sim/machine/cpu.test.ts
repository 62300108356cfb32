import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Trace } from '../core/trace.ts';
import { Cpu } from './cpu.ts';
import type { HypervisorOptions } from './hypervisor.ts';
import { Hypervisor } from './hypervisor.ts';
import type { PortHandler } from './io.ts';
import type { Partition } from './partition.ts';

const MIB = 1024 * 1024;
const EXIT = 32_400;

function machine(options: HypervisorOptions = {}, vps = 1): { partition: Partition; cpus: Cpu[] } {
  const partition = new Hypervisor(options).createPartition({ memory: MIB, vps });
  return { partition, cpus: partition.vps.map((vp) => new Cpu(partition, vp.index)) };
}

/** A device that remembers when it was asked, and answers with the count so far. */
function recorder(
  partition: Partition,
): PortHandler & { readonly times: number[]; readonly written: number[] } {
  const times: number[] = [];
  const written: number[] = [];
  return {
    times,
    written,
    in: () => times.push(partition.engine.now),
    out: (_port, _width, value) => {
      times.push(partition.engine.now);
      written.push(value);
    },
  };
}

describe('an instruction', () => {
  it('costs the guest its route, and is served at the service point', () => {
    const { partition, cpus } = machine();
    const device = recorder(partition);
    partition.io.claimPorts(0x1f0, 8, 'port-worker', device);
    const values = cpus[0].finish(
      (function* (): Program<number[]> {
        return [yield* cpus[0].in8(0x1f0), yield* cpus[0].in8(0x1f1), yield* cpus[0].in32(0x70)];
      })(),
    );
    expect(values).toEqual([1, 2, 0xffff_ffff]);
    expect(cpus[0].now).toBe(3 * EXIT);
    expect(device.times[1] - device.times[0]).toBe(EXIT);
    expect(device.times[0]).toBeGreaterThan(0);
    expect(device.times[0]).toBeLessThan(EXIT);
    expect(partition.counters.deviceIntercepts).toBe(3);
    expect(partition.counters.ringTransitions).toBe(21);
  });

  it('waits for its turn when something else is due before its service point', () => {
    const { partition, cpus } = machine();
    const order: string[] = [];
    partition.io.claimPorts(0x80, 1, 'port-worker', {
      in: () => 0,
      out: () => order.push(`device ${partition.engine.now > 10_000}`),
    });
    partition.engine.timer('early', () => order.push('early')).set(10_000);
    partition.engine.timer('late', () => order.push('late')).set(30_000);
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].out8(0x80, 1);
        order.push('guest');
      })(),
    );
    // The device answers at about 20 000; the guest goes on at 32 400, and sees memory as it is then.
    expect(order).toEqual(['early', 'device true', 'late', 'guest']);
  });

  it('of a processor without anything due never touches the queue', () => {
    const { partition, cpus } = machine();
    cpus[0].finish(
      (function* (): Program {
        for (let i = 0; i < 1000; i++) yield* cpus[0].out8(0x80, i & 0xff);
      })(),
    );
    expect(partition.engine.events).toBe(1);
    expect(partition.counters.passed('port-worker')).toBe(1000);
  });
});

describe('string instructions', () => {
  it('move at most 1 024 elements in one exit, and count the copy', () => {
    const { partition, cpus } = machine();
    let next = 0;
    partition.io.claimPorts(0x1f0, 1, 'port-worker', { in: () => next++ & 0xffff, out: () => undefined });
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].insw(0x1f0, 0x1000, 2500);
      })(),
    );
    expect(partition.counters.passed('port-string-worker')).toBe(3);
    expect(partition.counters.bytesCopied('pio')).toBe(5000);
    expect(partition.memory.u16[0x1000 / 2 + 2499]).toBe(2499);
  });

  it('write element by element to a device without block transfer', () => {
    const { partition, cpus } = machine();
    const device = recorder(partition);
    partition.io.claimPorts(0x1f0, 1, 'port-worker', device);
    partition.memory.write32(0x2000, 0x4433_2211);
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].outsw(0x1f0, 0x2000, 2);
        yield* cpus[0].outsl(0x1f0, 0x2000, 1);
      })(),
    );
    expect(device.written).toEqual([0x2211, 0x4433, 0x4433_2211]);
  });

  it('stop with a page fault at the end of memory', () => {
    const { partition, cpus } = machine();
    const device = recorder(partition);
    partition.io.claimPorts(0x1f0, 1, 'port-worker', device);
    const fault = cpus[0].finish(
      (function* (): Program<string | undefined> {
        yield* cpus[0].insw(0x1f0, MIB - 4, 10);
        return cpus[0].fault;
      })(),
    );
    expect(fault).toBe('#PF');
    expect(device.times.length).toBe(2);
  });

  it('let an interrupt in between two exits, and go on where they were', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    partition.io.claimPorts(0x1f0, 1, 'port-worker', { in: () => 7, out: () => undefined });
    let interrupted = 0;
    cpu.onVector(0x40, function* () {
      interrupted++;
      yield* cpu.in8(0x80);
      yield* cpu.eoi();
    });
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x40)).set(1000);
    cpu.finish(
      (function* (): Program {
        yield* cpu.insw(0x1f0, 0x1000, 2048);
      })(),
    );
    expect(interrupted).toBe(1);
    expect(partition.memory.u16.subarray(0x800, 0x800 + 2048).every((word) => word === 7)).toBe(true);
  });
});

describe('interrupts', () => {
  it('are taken between instructions, with interrupts off until the handler returns', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    const log: string[] = [];
    cpu.onVector(0x50, function* () {
      log.push(`handler, interrupts ${cpu.interruptsEnabled ? 'on' : 'off'}`);
      yield* cpu.eoi();
    });
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x50)).set(100);
    cpu.finish(
      (function* (): Program {
        yield* cpu.out8(0x80, 0);
        log.push(`program, interrupts ${cpu.interruptsEnabled ? 'on' : 'off'}`);
      })(),
    );
    expect(log).toEqual(['handler, interrupts off', 'program, interrupts on']);
    expect(partition.counters.total('interrupts')).toBe(1);
    expect(partition.counters.total('eois')).toBe(1);
    expect(partition.counters.passed('hypervisor-apic')).toBe(1);
  });

  it('nest when the handler allows it, and only by a higher class', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    const { apic } = partition.vps[0];
    const log: string[] = [];
    const handler = (name: string, during: () => void) =>
      function* (): Program {
        log.push(`${name} begins`);
        during();
        cpu.sti();
        yield* cpu.compute(10_000);
        yield* cpu.compute(10_000);
        log.push(`${name} ends`);
        yield* cpu.eoi();
      };
    cpu.onVector(
      0x45,
      handler('low', () => {
        apic.request(0x48);
        apic.request(0x61);
      }),
    );
    cpu.onVector(
      0x48,
      handler('same class', () => undefined),
    );
    cpu.onVector(
      0x61,
      handler('high', () => undefined),
    );
    apic.request(0x45);
    cpu.finish(
      (function* (): Program {
        yield* cpu.compute(1);
      })(),
    );
    expect(log).toEqual([
      'low begins',
      'high begins',
      'high ends',
      'low ends',
      'same class begins',
      'same class ends',
    ]);
  });

  it('cut into a computation, which then takes as long as it would have', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    let taken = 0;
    cpu.onVector(0x50, function* () {
      taken = cpu.now;
      yield* cpu.compute(5000);
      yield* cpu.eoi();
    });
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x50)).set(40_000);
    cpu.finish(
      (function* (): Program {
        yield* cpu.compute(100_000);
      })(),
    );
    const inject = partition.costs.cost('irq.inject');
    expect(taken).toBe(40_000 + inject);
    expect(cpu.now).toBe(100_000 + inject + 5000 + partition.costs.cost('total.eoi'));
  });

  it('wait while interrupts are off', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    const log: string[] = [];
    cpu.onVector(0x50, function* () {
      log.push('handler');
      yield* cpu.eoi();
    });
    partition.vps[0].apic.request(0x50);
    cpu.finish(
      (function* (): Program {
        cpu.cli();
        yield* cpu.compute(1000);
        log.push('still off');
        cpu.sti();
        yield* cpu.compute(1);
        log.push('on');
      })(),
    );
    expect(log).toEqual(['still off', 'handler', 'on']);
  });

  it('without a handler are noted and lost', () => {
    const { partition, cpus } = machine();
    partition.vps[0].apic.request(0x99);
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].compute(10);
      })(),
    );
    expect(partition.counters.total('faults')).toBe(1);
    expect(partition.trace.rows().map((row) => row.kind)).toContain('irq.lost');
  });
});

describe('HLT', () => {
  it('ends when an interrupt has been handled, and costs the wake-up', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    let done = false;
    cpu.onVector(0x50, function* () {
      done = true;
      yield* cpu.eoi();
    });
    partition.engine.timer('irq', () => partition.vps[0].apic.request(0x50)).set(1_000_000);
    cpu.finish(
      (function* (): Program {
        while (!done) yield* cpu.hlt();
      })(),
    );
    const { costs, counters } = partition;
    expect(cpu.now).toBe(
      1_000_000 + costs.cost('irq.inject') + costs.cost('irq.wake') + costs.cost('total.eoi'),
    );
    expect(counters.total('halts')).toBe(1);
    expect(counters.hypervisorExits).toBe(1);
    expect(partition.vps[0].halted).toBe(false);
  });

  it('ends at once when one is pending already', () => {
    const { partition, cpus } = machine();
    const [cpu] = cpus;
    cpu.onVector(0x50, function* () {
      yield* cpu.eoi();
    });
    partition.vps[0].apic.request(0x50);
    cpu.cli();
    cpu.finish(
      (function* (): Program {
        yield* cpu.hlt();
      })(),
    );
    expect(partition.counters.total('interrupts')).toBe(1);
  });

  it('without anything to wake it leaves the engine idle', () => {
    const { partition, cpus } = machine();
    const started = cpus[0].run(
      (function* (): Program {
        yield* cpus[0].hlt();
      })(),
    );
    expect(partition.engine.run().kind).toBe('idle');
    expect(started.done).toBe(false);
    expect(partition.vps[0].halted).toBe(true);
  });
});

describe('an intercept that a device keeps open', () => {
  it('stops the processor until the device completes it', () => {
    const { partition, cpus } = machine();
    const [vp] = partition.vps;
    partition.io.claimPorts(0x1e0, 1, 'port-worker', {
      in: () => 0,
      out: () => {
        vp.suspend();
        partition.engine.timer('disk', () => vp.resume()).set(partition.engine.now + 500_000);
      },
    });
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].out32(0x1e0, 0x1000);
      })(),
    );
    expect(cpus[0].now).toBe(500_000 + EXIT);
    expect(partition.trace.rows().filter((row) => row.kind === 'io.out')).toEqual([
      { kind: 'io.out', at: 0, end: 500_000 + EXIT, who: 0, a: 0x1e0, b: 0x1000 },
    ]);
  });

  it('that it completes at once is no wait', () => {
    const { partition, cpus } = machine();
    const [vp] = partition.vps;
    partition.io.claimPorts(0x1e0, 1, 'port-worker', {
      in: () => 0,
      out: () => {
        vp.suspend();
        vp.resume();
      },
    });
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].out8(0x1e0, 0);
      })(),
    );
    expect(cpus[0].now).toBe(EXIT);
    expect(partition.engine.events).toBe(1);
    expect(partition.trace.length).toBe(1);
  });

  it('is waited for when the seam is called from outside', () => {
    const partition = new Hypervisor().createPartition({ memory: MIB });
    const [vp] = partition.vps;
    partition.io.claimPorts(0x1e0, 1, 'port-worker', {
      in: () => {
        vp.suspend();
        partition.engine.timer('disk', () => vp.resume()).set(partition.engine.now + 1000);
        return 5;
      },
      out: () => undefined,
    });
    expect(partition.portIn(0, 0x1e0, 1)).toBe(5);
    expect(vp.suspended).toBe(false);
    expect(vp.now).toBe(1000 + EXIT);
  });
});

it('a processor that is called from outside follows its owner’s clock', () => {
  const partition = new Hypervisor().createPartition({ memory: MIB });
  const fired: number[] = [];
  partition.engine.timer('t', () => fired.push(partition.engine.now)).set(5000);
  partition.vps[0].catchUp(4999);
  expect(fired).toEqual([]);
  partition.vps[0].catchUp(10_000);
  partition.vps[0].catchUp(9000);
  expect(fired).toEqual([5000]);
  expect(partition.vps[0].now).toBe(10_000);
  partition.engine.run(50_000);
  partition.cpuid(0, 1, 0);
  expect(partition.vps[0].now).toBe(51_600);
});

describe('several processors', () => {
  it('meet a device in the order of their clocks, whoever was run first', () => {
    const { partition, cpus } = machine({}, 3);
    const seen: number[] = [];
    const times: number[] = [];
    partition.io.claimPorts(0x80, 1, 'port-worker', {
      in: () => 0,
      out: (_port, _width, value) => {
        seen.push(value);
        times.push(partition.engine.now);
      },
    });
    const delays = [5000, 100, 40_000];
    cpus.forEach((cpu, index) => {
      cpu.run(
        (function* (): Program {
          for (let i = 0; i < 3; i++) {
            yield* cpu.compute(delays[index]);
            yield* cpu.out8(0x80, index);
          }
        })(),
      );
    });
    partition.engine.run();
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(seen).toEqual([1, 0, 1, 2, 0, 1, 0, 2, 2]);
  });

  it('interrupt each other', () => {
    const { partition, cpus } = machine({}, 2);
    let got = 0;
    cpus[1].onVector(0x70, function* () {
      got++;
      yield* cpus[1].eoi();
    });
    cpus[1].run(
      (function* (): Program {
        yield* cpus[1].hlt();
      })(),
    );
    cpus[0].run(
      (function* (): Program {
        yield* cpus[0].compute(1000);
        yield* cpus[0].store32(0xfee0_0310, 1 << 24);
        yield* cpus[0].store32(0xfee0_0300, 0x70);
      })(),
    );
    partition.engine.run();
    expect(got).toBe(1);
    expect(partition.counters.passed('hypervisor-apic')).toBe(3);
  });
});

describe('tracing', () => {
  function run(enabled: boolean): { now: number; events: number; counters: unknown; rows: number } {
    const { partition, cpus } = machine({ trace: new Trace({ enabled }) });
    const [cpu] = cpus;
    cpu.onVector(0x50, function* () {
      yield* cpu.in8(0x1f7);
      yield* cpu.eoi();
    });
    const timer = partition.engine.timer('irq', () => {
      partition.assertInterrupt(0, 0x50);
      if (partition.engine.now < 2_000_000) timer.set(partition.engine.now + 70_000);
    });
    timer.set(50_000);
    cpu.finish(
      (function* (): Program {
        for (let i = 0; i < 50; i++) {
          yield* cpu.out8(0x1f6, i);
          yield* cpu.compute(1000 * i);
          yield* cpu.cpuid(0x4000_0000);
        }
      })(),
    );
    const { engine, counters, trace } = partition;
    return { now: cpu.now, events: engine.events, counters: counters.snapshot(), rows: trace.length };
  }

  it('changes nothing but the trace', () => {
    const [on, off] = [run(true), run(false)];
    expect({ ...off, rows: 0 }).toEqual({ ...on, rows: 0 });
    expect(off.rows).toBe(0);
    expect(on.rows).toBeGreaterThan(150);
  });

  it('writes one row for each exit', () => {
    const { partition, cpus } = machine();
    cpus[0].finish(
      (function* (): Program {
        yield* cpus[0].in16(0x1f0);
        yield* cpus[0].rdmsr(0x4000_0002);
        yield* cpus[0].load32(0xfee0_0020);
      })(),
    );
    const rows = partition.trace.rows();
    expect(rows.map(({ kind }) => kind)).toEqual(['io.in', 'msr.read', 'apic.read']);
    expect(rows.map(({ at, end }) => end - at)).toEqual([32_400, 3360, 2000]);
  });
});
