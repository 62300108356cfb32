import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { Lab } from './lab.ts';
import type { SmpMachine, SmpOptions } from './smp.ts';

const MS = 3_000_000;

function machine(options: Partial<SmpOptions> = {}): SmpMachine {
  return new Lab(1).smp({ era: '2020', partitions: [{ vps: 2 }, { vps: 1 }], ...options });
}

function* exits(cpu: Cpu): Program {
  for (;;) yield* cpu.cpuid(1);
}

describe('a machine of several processors', () => {
  it('stops a program that never waits at the end of the run', () => {
    const smp = machine();
    smp.cpus[0][0].run(exits(smp.cpus[0][0]));
    smp.runFor(MS);
    expect(smp.engine.now).toBe(MS);
    expect(smp.measured().hypervisorExits).toBe(MS / 1600 + 1);
    smp.runFor(MS);
    expect(smp.engine.now).toBe(2 * MS);
  });

  it('counts each virtual machine from the start of the measurement', () => {
    const smp = machine();
    for (const cpu of smp.cpus.flat()) cpu.run(exits(cpu));
    smp.runFor(MS);
    smp.startMeasuring();
    smp.runFor(MS);
    expect(smp.measured(0).hypervisorExits).toBe(2 * smp.measured(1).hypervisorExits);
    expect(smp.trace.row(0).at).toBeGreaterThanOrEqual(MS - 1600);
  });

  it('shares one processor among all of them', () => {
    const smp = machine({ logicalProcessors: 1 });
    for (const cpu of smp.cpus.flat()) cpu.run(exits(cpu));
    smp.runFor(300 * MS);
    const total = smp.measured(0).hypervisorExits + smp.measured(1).hypervisorExits;
    expect(total * 1600).toBeLessThan(300 * MS);
    expect(total * 1600).toBeGreaterThan(299 * MS);
    expect(smp.measured(0).hypervisorExits / total).toBeCloseTo(2 / 3, 2);
    expect(smp.measured(1).switches.partition).toBeGreaterThan(0);
    expect(smp.trace.rows().some(({ kind }) => kind === 'sched.preempt')).toBe(true);
  });
});
