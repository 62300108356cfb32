/** The clocks in a machine: by which way a guest reaches them, and how they interrupt it. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../core/program.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import { PM_TIMER_PORT, RTC_B, RTC_REG } from '../../wire/pc-clocks.ts';
import { WorkerProcess } from '../worker.ts';
import type { ClockPlacement } from './pc-clocks.ts';
import { attachPcClocks } from './pc-clocks.ts';

function machine(placement: ClockPlacement) {
  const hypervisor = new Hypervisor({ era: '2020' });
  const partition = hypervisor.createPartition({ memory: 1 << 20 });
  const worker = new WorkerProcess(hypervisor, partition);
  const clocks = attachPcClocks(partition, { placement, line: (irq, level) => worker.line(irq, level) });
  return { hypervisor, partition, clocks, cpu: new Cpu(partition) };
}

describe.each([
  ['worker', 7, 32_400, 1],
  ['root-kernel', 5, 27_700, 1],
  ['hypervisor', 2, 1600, 0],
] as const)('in the %s', (placement, transitions, cycles, intercepts) => {
  it(`a read makes ${transitions} ring transitions`, () => {
    const { partition, cpu, hypervisor } = machine(placement);
    function* read(): Program<number> {
      return yield* cpu.in32(PM_TIMER_PORT);
    }
    const value = cpu.finish(read());
    const { ringTransitions, deviceIntercepts, hypervisorExits } = partition.counters.snapshot();
    expect([ringTransitions, deviceIntercepts, hypervisorExits]).toEqual([
      transitions,
      intercepts,
      1 - intercepts,
    ]);
    expect(cpu.now).toBe(cycles);
    // The device saw the moment of the service point, not that of the instruction.
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan((cycles / hypervisor.costs.hz) * 3_579_546);
    const row = hypervisor.trace.rows().find(({ kind }) => kind.startsWith('io.in'));
    const names = { worker: 'io.in', 'root-kernel': 'io.in.kernel', hypervisor: 'io.in.hypervisor' };
    expect(row?.kind).toBe(names[placement]);
  });
});

/** Sets both interrupt controllers of a PC to vectors from 20h and lets lines 0, 2 and 8 through. */
function* usePic(cpu: Cpu): Program {
  for (const [first, base, wiring, mask] of [
    [0x20, 0x20, 4, 0xfa],
    [0xa0, 0x28, 2, 0xfe],
  ]) {
    yield* cpu.out8(first, 0x11);
    for (const byte of [base, wiring, 1, mask]) yield* cpu.out8(first + 1, byte);
  }
}

describe('interrupts', () => {
  it('of counter 0 come on IRQ 0, a hundred times a second', () => {
    const { cpu, hypervisor } = machine('worker');
    const ticks: number[] = [];
    cpu.onVector(0x20, function* () {
      ticks.push(cpu.now / hypervisor.costs.hz);
      yield* cpu.out8(0x20, 0x20);
    });
    function* run(): Program {
      yield* usePic(cpu);
      yield* cpu.out8(0x43, 0x34);
      yield* cpu.out8(0x40, 11_932 & 0xff);
      yield* cpu.out8(0x40, 11_932 >> 8);
      for (;;) yield* cpu.hlt();
    }
    cpu.run(run());
    hypervisor.engine.run(hypervisor.costs.hz * 0.1005);
    // The first when the mode raises the output, then one for each period.
    expect(ticks).toHaveLength(11);
    for (let i = 2; i < 11; i++) expect(ticks[i] - ticks[i - 1]).toBeCloseTo(0.01, 4);
  });

  it('of the real-time clock come on IRQ 8 until register C is read', () => {
    const { cpu, hypervisor } = machine('worker');
    let seconds = 0;
    cpu.onVector(0x28, function* () {
      seconds++;
      yield* cpu.out8(0x70, RTC_REG.C);
      yield* cpu.in8(0x71);
      yield* cpu.out8(0xa0, 0x20);
      yield* cpu.out8(0x20, 0x20);
    });
    function* run(): Program {
      yield* usePic(cpu);
      yield* cpu.out8(0x70, RTC_REG.B);
      yield* cpu.out8(0x71, RTC_B.UIE | RTC_B.HOURS_24);
      for (;;) yield* cpu.hlt();
    }
    cpu.run(run());
    hypervisor.engine.run(hypervisor.costs.hz * 3.5);
    expect(seconds).toBe(3);
  });
});
