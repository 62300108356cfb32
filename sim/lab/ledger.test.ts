import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { Lab } from './lab.ts';
import { Ledger } from './ledger.ts';
import type { SmpMachine } from './smp.ts';

const VECTOR = 0x61;
type Job = 'rest' | 'look' | 'compute' | 'answer';

const machine = (vps: number): SmpMachine =>
  new Lab(1).smp({ era: '2020', partitions: [{ vps, memory: 0x10_000 }] });

function* look(cpu: Cpu): Program {
  yield* cpu.cpuid(1);
}

function* compute(cpu: Cpu): Program {
  yield* cpu.compute(10_000);
}

function* end(cpu: Cpu): Program {
  yield* cpu.eoi();
}

/** Looks now and then; the second processor is interrupted by the first, and ends the interrupt by an exit. */
function* program(cpu: Cpu, times: number, ledger?: Ledger<Job>): Program {
  const during = (job: Job, part: () => Program): Program => ledger?.during(cpu, job, part) ?? part();
  cpu.onVector(VECTOR, () => during('answer', () => end(cpu)));
  for (let i = 0; i < times; i++) {
    yield* during('compute', () => compute(cpu));
    yield* during('look', () => look(cpu));
    if (cpu.index === 0) yield* cpu.sendIpi(1, VECTOR, 'msr');
  }
}

describe('the book of exits', () => {
  it('puts every exit down to what its processor did, interrupts apart', () => {
    const { cpus, engine } = machine(2);
    const ledger = new Ledger<Job>(cpus[0], 'rest');
    for (const cpu of cpus[0]) cpu.run(ledger.watch(cpu, program(cpu, 5 + cpu.index, ledger)));
    engine.run();
    ledger.close();
    expect(ledger.exits('look')).toBe(5 + 6);
    expect(ledger.exits('rest')).toBe(5);
    expect(ledger.exits('answer')).toBe(ledger.of('answer').times);
    expect(ledger.exits('answer')).toBe(5);
    expect(ledger.exits('compute')).toBe(0);
    expect(ledger.total(['hypervisor-cpuid'])).toBe(11);
  });

  it('puts every cycle down once', () => {
    const { cpus, engine } = machine(2);
    const ledger = new Ledger<Job>(cpus[0], 'rest');
    for (const cpu of cpus[0]) cpu.run(ledger.watch(cpu, program(cpu, 4, ledger)));
    engine.run();
    ledger.close();
    expect(ledger.cycles).toBe(cpus[0].reduce((sum, { vp }) => sum + vp.now, 0));
    // Whoever is interrupted while it computes has the way into the handler on its account.
    expect(ledger.of('compute').cycles).toBeGreaterThanOrEqual(8 * 10_000);
    expect(ledger.of('look').cycles).toBeLessThan(8 * 10_000);
  });

  it('only looks: the machine does the same without it', () => {
    const [plain, watched] = [machine(2), machine(2)];
    for (const cpu of plain.cpus[0]) cpu.run(program(cpu, 4));
    plain.engine.run();
    const ledger = new Ledger<Job>(watched.cpus[0], 'rest');
    for (const cpu of watched.cpus[0]) cpu.run(ledger.watch(cpu, program(cpu, 4, ledger)));
    watched.engine.run();
    expect(watched.measured()).toEqual(plain.measured());
    expect(watched.engine.now).toBe(plain.engine.now);
  });

  it('forgets when it is told to', () => {
    const { cpus, engine } = machine(1);
    const ledger = new Ledger<Job>(cpus[0], 'rest');
    cpus[0][0].run(ledger.watch(cpus[0][0], program(cpus[0][0], 0, ledger)));
    engine.run();
    ledger.clear();
    ledger.close();
    expect(ledger.cycles).toBe(0);
    expect(ledger.of('look')).toMatchObject({ cycles: 0, times: 0 });
  });
});
