/** The contracts that have no experiment of their own, by running their programs. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { reportCrash, reportCrashText } from './crash-msrs.ts';
import { establishHypercalls } from './hypercall-page.ts';
import { acknowledgeTscChange, watchTscChange } from './reenlightenment.ts';
import { resetByKeyboardController, resetByMsr } from './reset-msr.ts';
import { startSynic } from './synic-vmbus.ts';
import { exposeInvariantTsc, isTscInvariant } from './tsc-invariant-control.ts';
import { readApicId, readVpIndex } from './vp-index.ts';

const MEMORY = 1024 * 1024;
const OS_ID = 0x8100_0006_01c0_0000n;

class Bench {
  readonly partition: Partition;
  readonly cpu: Cpu;

  constructor(features: Partial<Features> = {}, vps = 4, vp = 0) {
    this.partition = new Hypervisor().createPartition({ memory: MEMORY, vps, features });
    this.cpu = new Cpu(this.partition, vp);
  }

  get faults(): number {
    return this.partition.counters.total('faults');
  }
}

describe('hypercall page', () => {
  it('is established once, by whoever comes first', () => {
    const { cpu, partition } = new Bench();
    expect(cpu.finish(establishHypercalls(cpu, 0x2000, OS_ID))).toBe(true);
    expect([...partition.memory.u8.slice(0x2000, 0x2004)]).toEqual([0x0f, 0x01, 0xc1, 0xc3]);
    expect(cpu.finish(establishHypercalls(cpu, 0x3000, 1n))).toBe(true);
    expect(partition.readMsr(0, HV_X64_MSR.HYPERCALL)).toBe(0x2001n);
    expect(partition.readMsr(0, HV_X64_MSR.GUEST_OS_ID)).toBe(OS_ID);
  });

  it('is refused on a page that is not RAM', () => {
    const { cpu } = new Bench();
    expect(cpu.finish(establishHypercalls(cpu, MEMORY, OS_ID))).toBe(false);
  });

  it('is refused to a guest that has no name', () => {
    const { cpu } = new Bench();
    expect(cpu.finish(establishHypercalls(cpu, 0x2000, 0n))).toBe(false);
  });
});

describe('VP index', () => {
  it('and APIC id are the same on this machine, by one exit each', () => {
    const { cpu, partition } = new Bench({}, 4, 3);
    expect(cpu.finish(readVpIndex(cpu))).toBe(3);
    expect(cpu.finish(readApicId(cpu))).toBe(3);
    expect(partition.counters.passed('hypervisor-msr')).toBe(1);
    expect(partition.counters.passed('hypervisor-cpuid')).toBe(1);
  });

  it('has more bits than leaf 1 has for the APIC id', () => {
    const { cpu } = new Bench({}, 300, 299);
    expect(cpu.finish(readVpIndex(cpu))).toBe(299);
    expect(cpu.finish(readApicId(cpu))).toBe(299 & 0xff);
  });

  it('cannot be written', () => {
    const { partition } = new Bench();
    expect(partition.writeMsr(0, HV_X64_MSR.VP_INDEX, 0n)).toBe(false);
  });
});

describe('crash registers', () => {
  const PARAMETERS = [0x101n, 1n, 2n, 3n, 4n] as const;

  it('tell the host five numbers, by six exits', () => {
    const { cpu, partition } = new Bench();
    cpu.finish(reportCrash(cpu, PARAMETERS));
    expect(partition.msrs.crash).toEqual({ parameters: [...PARAMETERS], text: '' });
    expect(partition.counters.exits).toBe(6);
  });

  it('tell it a text', () => {
    const { cpu, partition } = new Bench();
    partition.memory.write(0x7000, new TextEncoder().encode('panic'));
    cpu.finish(reportCrashText(cpu, [1n, 2n, 3n], 0x7000, 5));
    expect(partition.msrs.crash?.text).toBe('panic');
  });

  it.each([
    ['that lies outside memory', MEMORY - 4, 8],
    ['that is longer than a page', 0x7000, 4097],
  ])('take no text %s, and the numbers all the same', (_name, gpa, length) => {
    const { cpu, partition } = new Bench();
    cpu.finish(reportCrashText(cpu, [1n, 2n, 3n], gpa, length));
    expect(partition.msrs.crash?.text).toBe('');
    expect(partition.msrs.crash?.parameters[0]).toBe(1n);
  });

  it('are #GP where they are not offered', () => {
    const bench = new Bench({ crashMsrs: false });
    bench.cpu.finish(reportCrash(bench.cpu, PARAMETERS));
    expect(bench.partition.msrs.crash).toBeUndefined();
    expect(bench.faults).toBe(6);
  });
});

describe('reset register', () => {
  it('resets the partition', () => {
    const { cpu, partition } = new Bench({ reset: true });
    let resets = 0;
    partition.onReset(() => resets++);
    cpu.finish(establishHypercalls(cpu, 0x2000, OS_ID));
    expect(cpu.finish(resetByMsr(cpu))).toBe(true);
    expect(resets).toBe(1);
    expect(partition.readMsr(0, HV_X64_MSR.GUEST_OS_ID)).toBe(0n);
  });

  it('is #GP where it is not offered', () => {
    const { cpu } = new Bench({ reset: false });
    expect(cpu.finish(resetByMsr(cpu))).toBe(false);
  });

  it('replaces a device that may not be there: then nothing happens', () => {
    const { cpu, partition } = new Bench();
    let resets = 0;
    partition.onReset(() => resets++);
    cpu.finish(resetByKeyboardController(cpu));
    expect(resets).toBe(0);
    expect(partition.counters.exits).toBe(1);
  });
});

describe('TSC invariant control', () => {
  it('makes CPUID say it, and not before', () => {
    const { cpu } = new Bench({ tscInvariant: true });
    expect(cpu.finish(isTscInvariant(cpu))).toBe(false);
    expect(cpu.finish(exposeInvariantTsc(cpu))).toBe(true);
  });

  it('is #GP where it is not offered, and for a reserved bit', () => {
    const without = new Bench({ tscInvariant: false });
    expect(without.cpu.finish(exposeInvariantTsc(without.cpu))).toBe(false);
    expect(without.faults).toBe(1);
    const { partition } = new Bench({ tscInvariant: true });
    expect(partition.writeMsr(0, HV_X64_MSR.TSC_INVARIANT_CONTROL, 2n)).toBe(false);
  });
});

describe('re-enlightenment', () => {
  const VECTOR = 0xee;
  const SECOND = 3_000_000_000;
  const HALF = SECOND / 2;

  /** The machine goes on, at the time that its processor has reached, on a host with half the rate. */
  function move(partition: Partition, cpu: Cpu): void {
    partition.engine.advanceTo(cpu.now);
    partition.msrs.reenlightenment.migrate(HALF);
  }

  function* wait(cpu: Cpu): Program<number> {
    yield* cpu.compute(SECOND);
    return yield* cpu.rdtsc();
  }

  function* read(cpu: Cpu): Program<number> {
    return yield* cpu.rdtsc();
  }

  it('keeps the old rate after a move, by an exit for each RDTSC, until the guest says that it is ready', () => {
    const { cpu, partition } = new Bench({ reenlightenment: true });
    let interrupts = 0;
    cpu.onVector(VECTOR, function* () {
      interrupts++;
      yield* cpu.eoi();
    });
    cpu.finish(watchTscChange(cpu, VECTOR));
    const start = cpu.finish(wait(cpu));
    move(partition, cpu);
    const old = cpu.finish(wait(cpu));
    expect((old - start) / SECOND).toBeCloseTo(1, 4);
    expect(interrupts).toBe(1);
    expect(partition.counters.passed('hypervisor-rdtsc')).toBe(1);
    let updated = false;
    cpu.finish(
      acknowledgeTscChange(cpu, () => {
        updated = true;
      }),
    );
    expect(updated).toBe(true);
    const between = cpu.finish(read(cpu));
    expect((cpu.finish(wait(cpu)) - between) / SECOND).toBeCloseTo(0.5, 4);
    expect(partition.counters.passed('hypervisor-rdtsc')).toBe(1);
  });

  it('changes the rate at once for a guest that did not ask', () => {
    const { cpu, partition } = new Bench({ reenlightenment: true });
    const start = cpu.finish(wait(cpu));
    move(partition, cpu);
    expect((cpu.finish(wait(cpu)) - start) / SECOND).toBeCloseTo(0.5, 4);
    expect(partition.counters.passed('hypervisor-rdtsc')).toBe(0);
  });

  it.each([
    ['a reserved bit', HV_X64_MSR.REENLIGHTENMENT_CONTROL, 0x1_01een],
    ['the vector of an exception', HV_X64_MSR.REENLIGHTENMENT_CONTROL, 0x1_000fn],
    ['a processor that does not exist', HV_X64_MSR.REENLIGHTENMENT_CONTROL, 0x4_0001_00een],
    ['a reserved bit of the emulation control', HV_X64_MSR.TSC_EMULATION_CONTROL, 2n],
    ['emulation switched on by hand', HV_X64_MSR.TSC_EMULATION_STATUS, 1n],
  ])('%s is #GP', (_name, msr, value) => {
    expect(new Bench({ reenlightenment: true }).partition.writeMsr(0, msr, value)).toBe(false);
  });

  it('is #GP where it is not offered', () => {
    const { partition } = new Bench({ reenlightenment: false });
    expect(partition.readMsr(0, HV_X64_MSR.TSC_EMULATION_STATUS)).toBeUndefined();
  });
});

describe('SynIC', () => {
  const setup = { messages: 0x8000, events: 0x9000, sint: 2, vector: 0xf3 };

  it('comes up with four writes', () => {
    const { cpu, partition } = new Bench();
    expect(cpu.finish(startSynic(cpu, setup))).toBe(true);
    expect(partition.counters.exits).toBe(4);
  });

  it('refuses the vector of an exception: #GP', () => {
    const { cpu } = new Bench();
    expect(cpu.finish(startSynic(cpu, { ...setup, vector: 15 }))).toBe(false);
    expect(cpu.finish(startSynic(cpu, { ...setup, vector: 16 }))).toBe(true);
  });

  it('is #GP where it is not offered', () => {
    const { cpu } = new Bench({ synic: false });
    expect(cpu.finish(startSynic(cpu, setup))).toBe(false);
  });
});
