/** Hostile guests beside an honest one: each storms in its own way, the honest one keeps its share, and the run stays bounded. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { notifyLongSpinWait } from '../enlightenments/long-spin-wait.ts';
import { Lab } from '../lab/lab.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import { PAUSE_LOOP } from '../machine/pause-loop.ts';
import { HV_X64_MSR } from '../wire/msr.ts';

const MS = 3_000_000;
const VECTOR = 0x40;
const GUEST_OS_ID = 0x8100_0000_0000_0000n;

type Storm = (cpu: Cpu) => Program;

/** Computes, and says how much it has done: what others cost it, in switches too, is missing. */
function* honest(cpu: Cpu, done: (cycles: number) => void): Program {
  for (;;) {
    yield* cpu.compute(10_000);
    done(10_000);
  }
}

/** NOTIFY_LONG_SPIN_WAIT as fast as it goes. */
function* hints(cpu: Cpu): Program {
  if (cpu.index === 0) yield* establishHypercalls(cpu, 0x2000, GUEST_OS_ID);
  for (let i = 0; ; i++) yield* notifyLongSpinWait(cpu, i);
}

/** Nothing but PAUSE. */
function* pauses(cpu: Cpu): Program {
  for (;;) yield* cpu.pause();
}

/** Exits that the hypervisor answers. */
function* exits(cpu: Cpu): Program {
  for (;;) yield* cpu.cpuid(0x4000_0000);
}

/** Exits that the root answers, at a port where nothing is. */
function* ports(cpu: Cpu): Program {
  for (;;) yield* cpu.in8(0x7777);
}

/** Sleeps and wakes itself by a timer every 20 us: each time with all its credit. */
function* wakes(cpu: Cpu): Program {
  cpu.eoiMethod = 'msr';
  cpu.onVector(VECTOR, function* () {
    yield* cpu.eoi();
  });
  yield* cpu.wrmsr(HV_X64_MSR.STIMER0_COUNT, 200n);
  yield* cpu.wrmsr(HV_X64_MSR.STIMER0_CONFIG, 0x1003n | BigInt(VECTOR << 4));
  for (;;) yield* cpu.hlt();
}

/** Interrupts its own processors without end. */
function* interrupts(cpu: Cpu): Program {
  cpu.eoiMethod = 'msr';
  cpu.onVector(VECTOR, function* () {
    yield* cpu.eoi();
  });
  const { vps } = cpu.partition;
  for (let i = 0; ; i++) {
    const target = BigInt((cpu.index + 1 + (i % vps.length)) % vps.length);
    yield* cpu.wrmsr(HV_X64_MSR.ICR, (target << 56n) | BigInt(VECTOR));
  }
}

const STORMS: Readonly<Record<string, Storm>> = { hints, pauses, exits, ports, wakes, interrupts };

/** An honest machine of two VPs and a hostile one of `vps` on two processors; what share of the two the honest one's work had. */
function share(storm: Storm, vps: number): { share: number; machine: SmpMachine } {
  const machine = new Lab(1, { traceRows: 0 }).smp({
    era: '2020',
    logicalProcessors: 2,
    partitions: [{ vps: 2 }, { vps, memory: 64 * 1024, pauseLoopExits: PAUSE_LOOP }],
  });
  let worked = 0;
  for (const cpu of machine.cpus[0])
    cpu.run(
      honest(cpu, (cycles) => {
        worked += cycles;
      }),
    );
  for (const cpu of machine.cpus[1]) cpu.run(storm(cpu));
  machine.runFor(300 * MS);
  return { share: worked / (2 * 300 * MS), machine };
}

describe.each(Object.entries(STORMS))('a storm of %s', (_name, storm) => {
  it('of as many VPs leaves the honest machine its half', () => {
    expect(share(storm, 2).share).toBeGreaterThan(0.47);
  });

  it('of three times as many leaves it its quarter: every VP has its weight', () => {
    expect(share(storm, 6).share).toBeGreaterThan(0.235);
  });

  it('runs for as long as it was told to', () => {
    const { machine } = share(storm, 2);
    expect(machine.engine.now).toBe(300 * MS);
    for (const { vp } of machine.cpus.flat()) expect(vp.runtime + vp.readyTime).toBeLessThanOrEqual(300 * MS);
  });
});

it('a hint is no way to more time: the stormer gets less than its share, not more', () => {
  const { machine } = share(hints, 2);
  const [honestRan, hostileRan] = machine.cpus.map((cpus) =>
    cpus.reduce((sum, { vp }) => sum + vp.runtime, 0),
  );
  expect(hostileRan).toBeLessThan(honestRan);
});
