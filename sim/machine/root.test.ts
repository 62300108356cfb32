import { describe, expect, it } from 'vitest';
import { Hypervisor } from './hypervisor.ts';

describe('the root’s processors', () => {
  it('are woken by a signal when idle, and find the next one waiting when busy', () => {
    const { root, engine, costs } = new Hypervisor();
    const starts: number[] = [];
    const work = root.work('job', () => {
      starts.push(engine.now);
      root.elapse(50_000);
    });
    root.interrupt(work);
    engine.run(costs.cost('root.wake') + 1000);
    root.interrupt(work);
    engine.run();
    const wake = costs.cost('root.wake');
    expect(starts).toEqual([wake, wake + 50_000]);
    expect(root.busy).toBe(100_000);
  });

  it('do work in the order in which it arrives, each on the first that is free', () => {
    const { root, engine } = new Hypervisor({ rootVps: 2 });
    const log: [number, number][] = [];
    const work = root.work('job', (arg) => {
      log.push([arg, engine.now]);
      root.elapse(arg * 100);
    });
    for (const arg of [5, 1, 2, 3]) root.queue(work, arg, 10);
    engine.run();
    expect(log).toEqual([
      [5, 10],
      [1, 10],
      [2, 110],
      [3, 310],
    ]);
  });

  it('have a clock of their own inside work', () => {
    const { root, engine, costs } = new Hypervisor();
    const times: number[] = [];
    const second = root.work('second', () => times.push(engine.now));
    const first = root.work('first', () => {
      root.spend('ring.op', 3);
      times.push(root.now - engine.now);
      root.queue(second);
    });
    root.queue(first, 0, 100);
    engine.run();
    const spent = 3 * costs.cost('ring.op');
    expect(times).toEqual([spent, 100 + spent]);
    expect(root.now).toBe(engine.now);
  });

  it('leave a row in the trace for each piece of work', () => {
    const { root, engine, trace } = new Hypervisor();
    const work = root.work('job', () => root.elapse(10));
    root.queue(work, 7, 5);
    engine.run();
    expect(trace.rows()).toEqual([{ kind: 'root.work', at: 5, end: 15, who: 1000, a: work, b: 7 }]);
  });
});

describe('a signal from the root to the guest', () => {
  it('takes effect when the work that sends it has got there', () => {
    const hypervisor = new Hypervisor();
    const partition = hypervisor.createPartition({ memory: 1024 * 1024 });
    const times: number[] = [];
    partition.attachInterrupts({ inject: () => times.push(hypervisor.engine.now) });
    for (const [index, value] of [
      [0x4000_0082, 0x4001n],
      [0x4000_0092, 0xf3n],
      [0x4000_0080, 1n],
    ] as const) {
      partition.writeMsr(0, index, value);
    }
    const start = 1_000_000;
    const work = hypervisor.root.work('vsp', () => {
      hypervisor.root.elapse(7000);
      partition.signalFromRoot(0, 2, 17);
      partition.signalFromRoot(0, 2, 17);
    });
    hypervisor.root.queue(work, 0, start);
    hypervisor.engine.run();
    expect(times.length).toBe(1);
    expect(times[0]).toBeGreaterThan(start + 7000);
    expect(times[0]).toBeLessThan(start + 7000 + partition.costs.cost('total.signal'));
    expect(partition.memory.u8[0x4000 + 2 * 256 + 2]).toBe(2);
    expect(partition.counters.passed('root-signal')).toBe(2);
    expect(partition.counters.passed('signal-to-guest')).toBe(1);
    expect(hypervisor.root.busy).toBe(7000 + 2 * partition.costs.cost('total.signal'));
  });
});
