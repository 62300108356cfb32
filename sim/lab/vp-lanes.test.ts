import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { Lab } from './lab.ts';
import type { SmpMachine } from './smp.ts';
import { firstSpans, vpSpans } from './vp-lanes.ts';

const SLICE = 100_000;

function* forever(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(9000);
}

function ran(logicalProcessors: number, cycles: number): SmpMachine {
  const machine = new Lab(1).smp({
    era: '2020',
    logicalProcessors,
    timeSlice: SLICE,
    partitions: [{ vps: 2 }, { vps: 1 }],
  });
  for (const cpu of machine.cpus.flat()) cpu.run(forever(cpu));
  machine.runFor(cycles);
  return machine;
}

describe('who has a processor', () => {
  it('is one VP at a time on each, and never the same VP on two', () => {
    const { trace } = ran(2, 40 * SLICE);
    const spans = vpSpans(trace.columns);
    expect(spans.length).toBeGreaterThan(40);
    for (const of of ['processor', 'who'] as const) {
      for (const value of new Set(spans.map((span) => span[of]))) {
        const one = spans.filter((span) => span[of] === value).sort((p, q) => p.from - q.from);
        one.slice(1).forEach((span, i) => {
          expect(span.from).toBeGreaterThanOrEqual(one[i].to);
        });
      }
    }
  });

  it('adds up to the run time of each VP', () => {
    const machine = ran(1, 30 * SLICE);
    const spans = vpSpans(machine.trace.columns);
    const end = Math.max(...spans.map(({ to }) => to));
    for (const { vp } of machine.cpus.flat()) {
      const sum = spans.filter(({ who }) => who === vp.who).reduce((all, { from, to }) => all + to - from, 0);
      const after = vp.state === 'running' ? machine.engine.now - end : 0;
      expect(sum + after).toBe(vp.runtime);
    }
  });

  it('is known to the end of the recording, for every processor', () => {
    const { trace } = ran(2, 40 * SLICE);
    const spans = vpSpans(trace.columns);
    const end = Math.max(...trace.columns.at);
    const last = [0, 1].map((lp) =>
      Math.max(...spans.filter(({ processor }) => processor === lp).map(({ to }) => to)),
    );
    expect(last).toEqual([end, end]);
  });

  it('is known from the start for those that keep their processor, where the scheduler says so', () => {
    const machine = ran(8, 10 * SLICE);
    machine.startMeasuring();
    machine.hypervisor.scheduler?.record();
    machine.runFor(SLICE);
    expect(new Set(vpSpans(machine.trace.columns).map(({ processor }) => processor)).size).toBe(3);
  });

  it('is known from the first row on when the recording began in the middle', () => {
    const machine = ran(2, 10 * SLICE);
    machine.startMeasuring();
    machine.runFor(10 * SLICE);
    const start = machine.trace.row(0).at;
    const spans = firstSpans(machine.trace.columns);
    expect(Math.min(...spans.map(({ from }) => from))).toBe(start);
    expect(firstSpans(machine.trace.columns, 3)).toHaveLength(3);
  });
});
