/** GUEST_IDLE: TLFS, "Virtual Processor Idle Sleep State". */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { HV_ACCESS, HV_FEATURE, HYPERV_CPUID } from '../wire/cpuid.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { Cpu } from './cpu.ts';
import type { Features } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const VECTOR = 0x51;

class Bench {
  readonly partition: Partition;
  readonly cpu: Cpu;
  taken = 0;

  constructor(features: Partial<Features> = { guestIdle: true }, logicalProcessors?: number) {
    const hypervisor = new Hypervisor(logicalProcessors ? { logicalProcessors } : {});
    this.partition = hypervisor.createPartition({ memory: 64 * 1024, features });
    this.cpu = new Cpu(this.partition);
    const bench = this;
    this.cpu.onVector(VECTOR, function* (): Program {
      bench.taken++;
      yield* bench.cpu.eoi();
    });
  }

  /** Makes a vector pending from outside. */
  raise(at: number, vector = VECTOR): void {
    this.partition.engine.timer('source', () => this.partition.vps[0].apic.request(vector)).set(at);
  }

  *idle(): Program<bigint> {
    return yield* this.cpu.rdmsr(HV_X64_MSR.GUEST_IDLE);
  }
}

describe('a read of GUEST_IDLE', () => {
  it('takes the privilege and says so in CPUID: 3.EAX bit 10 and 3.EDX bit 5', () => {
    for (const guestIdle of [false, true]) {
      const { partition } = new Bench({ guestIdle });
      const { eax, edx } = partition.cpuid(0, HYPERV_CPUID.FEATURES, 0);
      expect([(eax & HV_ACCESS.GUEST_IDLE) !== 0, (edx & HV_FEATURE.GUEST_IDLE_STATE) !== 0]).toEqual([
        guestIdle,
        guestIdle,
      ]);
    }
  });

  it.each([
    ['without the privilege', { guestIdle: false }],
    ['without a hypervisor', { guestIdle: true, hypervisorPresent: false }],
  ])('is #GP %s, and nobody waits', (_name, features) => {
    const bench = new Bench(features);
    bench.cpu.finish(bench.idle());
    expect(bench.cpu.fault).toBe('#GP');
    expect(bench.partition.counters.total('halts')).toBe(0);
  });

  it('is for reading: a write is #GP', () => {
    const bench = new Bench();
    bench.cpu.finish(bench.cpu.wrmsr(HV_X64_MSR.GUEST_IDLE, 0n) as Program);
    expect(bench.cpu.fault).toBe('#GP');
  });

  it('blocks until an interrupt is pending, and then takes it where it may', () => {
    const bench = new Bench();
    bench.raise(1_000_000);
    const started = bench.cpu.run(bench.idle());
    bench.partition.engine.run(999_999);
    expect([started.done, bench.partition.vps[0].state]).toEqual([false, 'blocked']);
    bench.partition.engine.run();
    expect([started.done, bench.taken]).toEqual([true, 1]);
    expect(bench.partition.counters.passed('hypervisor-idle')).toBe(1);
    expect(bench.partition.counters.exits).toBe(bench.partition.counters.passed('hypervisor-apic'));
  });

  it('ends with interrupts off, too: the interrupt stays pending, and is taken when they are on', () => {
    const bench = new Bench();
    bench.raise(1_000_000);
    bench.cpu.cli();
    bench.cpu.finish(bench.idle());
    expect([bench.taken, bench.partition.vps[0].apic.isPending(VECTOR)]).toEqual([0, true]);
    expect(bench.cpu.now).toBeGreaterThan(1_000_000);
    bench.cpu.sti();
    bench.cpu.finish(bench.cpu.compute(1000) as Program);
    expect(bench.taken).toBe(1);
  });

  it('ends for an interrupt below the task priority', () => {
    const bench = new Bench();
    bench.partition.vps[0].apic.setTpr(0xf0);
    bench.raise(1_000_000);
    bench.cpu.finish(bench.idle());
    expect([bench.taken, bench.cpu.now > 1_000_000]).toEqual([0, true]);
  });

  it('returns at once when something is pending already', () => {
    const bench = new Bench();
    bench.cpu.cli();
    bench.partition.vps[0].apic.request(VECTOR);
    bench.cpu.finish(bench.idle());
    expect(bench.cpu.now).toBeLessThan(100_000);
  });

  it('frees the processor for others meanwhile, as HLT does', () => {
    const bench = new Bench({ guestIdle: true }, 1);
    bench.raise(30_000_000);
    bench.cpu.cli();
    const started = bench.cpu.run(bench.idle());
    bench.partition.engine.run(40_000_000);
    expect(started.done).toBe(true);
    expect(bench.partition.vps[0].runtime).toBeLessThan(100_000);
  });

  it('can be done again and again', () => {
    const bench = new Bench();
    for (let n = 1; n <= 20; n++) bench.raise(n * 1_000_000);
    bench.cpu.finish(
      (function* (): Program {
        while (bench.taken < 20) yield* bench.cpu.rdmsr(HV_X64_MSR.GUEST_IDLE);
      })(),
    );
    expect(bench.partition.counters.passed('hypervisor-idle')).toBe(20);
  });
});
