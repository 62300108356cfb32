/** Rows 6, 7, 8 and 19: each job done without and with, on the same machine. Counts, no times. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { sendByMsr, sendByPage, useApicMsrs, useApicPage } from './apic-msrs.ts';
import { openWithAutoEoi, openWithEoi } from './deprecate-auto-eoi.ts';
import { endWithAssist, endWithoutAssist, placeAssistPage, removeAssistPage } from './eoi-assist.ts';
import type { Irql } from './lazy-tpr.ts';
import { EagerIrql, LazyIrql, LEVEL } from './lazy-tpr.ts';

const VECTOR = 0x61;
const PAGE = 0x4000;

class Bench {
  readonly partition: Partition;
  readonly cpu: Cpu;

  constructor(features: Partial<Features> = {}, vps = 1) {
    this.partition = new Hypervisor().createPartition({ memory: 0x10_000, vps, features });
    this.cpu = new Cpu(this.partition);
  }

  /** Exits of a program. */
  exits(program: Program<unknown>): number {
    const before = this.partition.counters.exits;
    this.cpu.finish(program);
    return this.partition.counters.exits - before;
  }

  /** Makes vectors pending at a time, from outside. */
  raise(at: number, ...vectors: number[]): void {
    this.partition.engine
      .timer('source', () => {
        for (const vector of vectors) this.partition.vps[0].apic.request(vector);
      })
      .set(at);
  }

  *work(cycles: number): Program {
    yield* this.cpu.compute(cycles);
  }
}

describe('row 6, APIC MSRs', () => {
  it('make the exits of an EOI and a priority cheaper, not fewer', () => {
    const times = [useApicPage, useApicMsrs].map((use) => {
      const bench = new Bench();
      use(bench.cpu);
      const start = bench.cpu.now;
      const exits = bench.exits(
        (function* () {
          yield* bench.cpu.writeTpr(0x20);
          yield* bench.cpu.eoi();
        })(),
      );
      expect(exits).toBe(2);
      expect(bench.partition.vps[0].apic.tpr).toBe(0x20);
      return bench.cpu.now - start;
    });
    expect(times[1]).toBeLessThan(times[0]);
  });

  it('make one exit of the three that an interrupt to another processor takes', () => {
    const page = new Bench({}, 2);
    const msr = new Bench({}, 2);
    expect(page.exits(sendByPage(page.cpu, 1, VECTOR))).toBe(3);
    expect(msr.exits(sendByMsr(msr.cpu, 1, VECTOR))).toBe(1);
    for (const { partition } of [page, msr]) {
      partition.engine.run();
      expect(partition.vps[1].apic.isPending(VECTOR)).toBe(true);
    }
  });

  it('are a loss where the processor serves the page', () => {
    const bench = new Bench({ apicv: true });
    expect(bench.exits(bench.cpu.eoi() as Program)).toBe(0);
    useApicMsrs(bench.cpu);
    expect(bench.exits(bench.cpu.eoi() as Program)).toBe(1);
  });

  it('are #GP without the privilege', () => {
    const bench = new Bench({ apicMsrs: false });
    bench.exits(bench.cpu.wrmsr(HV_X64_MSR.EOI, 0n) as Program);
    expect(bench.cpu.fault).toBe('#GP');
  });
});

describe('row 7, EOI assist', () => {
  /** Exits of `rounds` interrupts with so many at once. */
  function exitsOf(end: (cpu: Cpu) => Program, together: number, rounds = 5): number {
    const bench = new Bench();
    bench.cpu.finish(placeAssistPage(bench.cpu, PAGE));
    const vectors = Array.from({ length: together }, (_, n) => VECTOR + 0x10 * n);
    let taken = 0;
    for (const vector of vectors) {
      bench.cpu.onVector(vector, function* () {
        taken++;
        yield* end(bench.cpu);
      });
    }
    for (let round = 0; round < rounds; round++) bench.raise(200_000 * (round + 1), ...vectors);
    const exits = bench.exits(bench.work(200_000 * (rounds + 2)));
    expect(taken).toBe(together * rounds);
    bench.partition.vps[0].apic.request(0x20);
    expect(bench.partition.counters.total('eois')).toBe(together * rounds);
    return exits;
  }

  it.each([
    [1, 5, 0],
    [2, 10, 5],
    [3, 15, 10],
    [4, 20, 15],
  ])('with %i at once: %i exits become %i', (together, without, with_) => {
    expect(exitsOf(endWithoutAssist, together)).toBe(without);
    expect(exitsOf(endWithAssist, together)).toBe(with_);
  });

  it('can be switched off in the middle of an interrupt', () => {
    const bench = new Bench();
    bench.cpu.finish(placeAssistPage(bench.cpu, PAGE));
    bench.cpu.onVector(VECTOR, function* () {
      yield* removeAssistPage(bench.cpu);
      yield* bench.cpu.eoi();
    });
    bench.raise(10_000, VECTOR);
    bench.cpu.finish(bench.work(100_000));
    expect(bench.partition.vps[0].apic.isInService(VECTOR)).toBe(false);
  });

  it('is refused without the privilege, and the guest goes on without', () => {
    const bench = new Bench({ apicMsrs: false });
    bench.cpu.finish(placeAssistPage(bench.cpu, PAGE));
    expect([bench.cpu.eoiMethod, bench.cpu.assistPage]).toEqual(['mmio', -1]);
  });
});

describe('row 8, lazy task priority', () => {
  function* locks(irql: Irql, cpu: Cpu, count: number): Program {
    for (let n = 0; n < count; n++) {
      const old = yield* irql.raise(LEVEL.DISPATCH);
      yield* cpu.compute(500);
      yield* irql.lower(old);
    }
  }

  it('spares the accesses of every spin lock: 3 without, 0 with', () => {
    const eager = new Bench();
    const lazy = new Bench();
    const [before, after] = [new EagerIrql(eager.cpu), new LazyIrql(lazy.cpu)];
    expect(eager.exits(locks(before, eager.cpu, 100))).toBe(300);
    expect(lazy.exits(locks(after, lazy.cpu, 100))).toBe(0);
    expect([before.accesses, after.accesses]).toEqual([300, 0]);
  });

  it.each([
    ['FlexPriority', { flexPriority: true }, 'mmio'],
    ['APICv', { apicv: true }, 'mmio'],
    ['CR8', {}, 'cr8'],
  ] as const)('spares nothing where %s serves the priority', (_name, features, method) => {
    const bench = new Bench(features);
    bench.cpu.tprMethod = method;
    expect(bench.exits(locks(new EagerIrql(bench.cpu), bench.cpu, 100))).toBe(0);
  });

  /** An interrupt of a class at or below the level arrives while a lock is held. */
  function whileLocked(
    irqlOf: (cpu: Cpu) => Irql,
    vector: number,
  ): { exits: number; order: string[]; irql: Irql } {
    const bench = new Bench();
    const { cpu } = bench;
    const irql = irqlOf(cpu);
    const order: string[] = [];
    cpu.onVector(vector, function* () {
      const old = yield* irql.begin(vector);
      if (old < 0) return;
      order.push('interrupt');
      yield* irql.end(old);
    });
    bench.raise(30_000, vector);
    const exits = bench.exits(
      (function* () {
        const old = yield* irql.raise(LEVEL.DISPATCH);
        yield* cpu.compute(100_000);
        order.push('unlock');
        yield* irql.lower(old);
        yield* cpu.compute(10_000);
        order.push('done');
      })(),
    );
    return { exits, order, irql };
  }

  it.each([
    ['eager', (cpu: Cpu) => new EagerIrql(cpu)],
    ['lazy', (cpu: Cpu) => new LazyIrql(cpu)],
  ])('%s keeps an interrupt of the lock’s level waiting until the lock is free', (_name, irqlOf) => {
    expect(whileLocked(irqlOf, 0x4a).order).toEqual(['unlock', 'interrupt', 'done']);
  });

  it.each([
    ['eager', (cpu: Cpu) => new EagerIrql(cpu)],
    ['lazy', (cpu: Cpu) => new LazyIrql(cpu)],
  ])('%s lets a higher one through', (_name, irqlOf) => {
    expect(whileLocked(irqlOf, 0x61).order).toEqual(['interrupt', 'unlock', 'done']);
  });

  it('pays for an interrupt that came too early: priority, EOI, three for the self-IPI, and the priority again', () => {
    const { exits, irql } = whileLocked((cpu) => new LazyIrql(cpu), 0x4a);
    expect(irql.deferred).toBe(1);
    expect(irql.accesses).toBe(2);
    expect(exits).toBe(1 + 1 + 3 + 1 + 1);
  });
});

describe('row 19, AutoEOI', () => {
  /** Opens SINT 4 and signals it while the guest computes. */
  function run(features: Partial<Features>, auto: boolean): { exits: number; posted: boolean } {
    const bench = new Bench(features);
    const { cpu, partition } = bench;
    cpu.finish((auto ? openWithAutoEoi : openWithEoi)(cpu, 4, VECTOR));
    cpu.finish(
      (function* () {
        yield* cpu.wrmsr(HV_X64_MSR.SIEFP, 0x5001n);
        yield* cpu.wrmsr(HV_X64_MSR.SCONTROL, 1n);
      })(),
    );
    cpu.onVector(VECTOR, function* () {
      if (!auto) yield* cpu.eoi();
    });
    partition.engine
      .timer('signal', () => partition.synic.signalEvent(0, 4, 1))
      .set(partition.engine.now + 50_000);
    const exits = bench.exits(bench.work(200_000));
    expect(partition.counters.total('interrupts')).toBe(1);
    return { exits, posted: partition.trace.rows().some(({ kind }) => kind === 'irq.posted') };
  }

  it('spares the EOI where the processor does not help', () => {
    expect(run({}, true)).toEqual({ exits: 0, posted: false });
    expect(run({}, false)).toEqual({ exits: 1, posted: false });
  });

  it('keeps a processor that could help from it', () => {
    expect(run({ apicv: true }, true)).toEqual({ exits: 0, posted: false });
    expect(run({ apicv: true }, false)).toEqual({ exits: 0, posted: true });
  });
});
