import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { APIC_DELIVERY, ICR, ICR_SHORTHAND } from '../wire/apic.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { Cpu } from './cpu.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const VECTOR = 0x71;

function send(partition: Partition, command: number, destination = 0, from = 0): void {
  partition.mmioWrite(from, MMIO.LOCAL_APIC + APIC_REG.ICR_HIGH, 4, destination * 2 ** 24);
  partition.mmioWrite(from, MMIO.LOCAL_APIC + APIC_REG.ICR_LOW, 4, command);
}

const machine = (vps: number, startup: 'running' | 'sipi' = 'running'): Partition =>
  new Hypervisor().createPartition({ memory: 4096, vps, startup });
/** The processors at which the vector has arrived, in the end. */
function pending(partition: Partition): number[] {
  partition.engine.run();
  return partition.vps.filter(({ apic }) => apic.isPending(VECTOR)).map(({ index }) => index);
}
const mode = (delivery: number): number => delivery << 8;
const shorthand = (which: number): number => which << 18;

describe('logical destinations', () => {
  it('are a bit for each processor in the flat model', () => {
    const partition = machine(8);
    for (const { apic } of partition.vps) apic.logicalId = 1 << apic.id;
    send(partition, ICR.LOGICAL | VECTOR, 0b1010_0001);
    expect(pending(partition)).toEqual([0, 5, 7]);
  });

  it('are four bits and a cluster in the cluster model', () => {
    const partition = machine(8);
    for (const { apic } of partition.vps) {
      apic.logicalId = ((apic.id >>> 2) << 4) | (1 << (apic.id & 3));
      apic.destinationFormat = 0x0fff_ffff;
    }
    send(partition, ICR.LOGICAL | VECTOR, 0x16);
    expect(pending(partition)).toEqual([5, 6]);
  });
});

describe('lowest priority', () => {
  it('picks the processor with the lowest task priority', () => {
    const partition = machine(4);
    [0, 0x50, 0x30, 0x40].forEach((tpr, vp) => {
      partition.vps[vp].apic.setTpr(tpr);
    });
    send(partition, shorthand(ICR_SHORTHAND.OTHERS) | mode(APIC_DELIVERY.LOWEST_PRIORITY) | VECTOR);
    expect(pending(partition)).toEqual([2]);
  });

  it('passes over processors that software has disabled', () => {
    const partition = machine(3);
    partition.vps[1].apic.setSpurious(0xff);
    send(partition, shorthand(ICR_SHORTHAND.OTHERS) | mode(APIC_DELIVERY.LOWEST_PRIORITY) | VECTOR);
    expect(pending(partition)).toEqual([2]);
  });
});

describe('commands that do not exist', () => {
  it.each([
    ['lowest priority to oneself', shorthand(ICR_SHORTHAND.SELF) | mode(APIC_DELIVERY.LOWEST_PRIORITY)],
    ['lowest priority to all', shorthand(ICR_SHORTHAND.ALL) | mode(APIC_DELIVERY.LOWEST_PRIORITY)],
    ['ExtINT', shorthand(ICR_SHORTHAND.OTHERS) | mode(APIC_DELIVERY.EXTINT)],
    ['the reserved mode', shorthand(ICR_SHORTHAND.OTHERS) | mode(3)],
    ['NMI', shorthand(ICR_SHORTHAND.OTHERS) | mode(APIC_DELIVERY.NMI)],
    ['SMI', shorthand(ICR_SHORTHAND.OTHERS) | mode(APIC_DELIVERY.SMI)],
  ])('reach nobody: %s', (_name, command) => {
    const partition = machine(3);
    send(partition, command | VECTOR);
    partition.engine.run();
    expect(pending(partition)).toEqual([]);
  });

  it('or ask for level trigger are sent as an edge', () => {
    const partition = machine(2);
    send(partition, ICR.LEVEL | ICR.ASSERT | VECTOR, 1);
    expect(pending(partition)).toEqual([1]);
    expect(partition.vps[1].apic.isLevel(VECTOR)).toBe(false);
  });
});

describe('INIT and SIPI', () => {
  const INIT = mode(APIC_DELIVERY.INIT) | ICR.ASSERT | ICR.LEVEL;
  const DEASSERT = mode(APIC_DELIVERY.INIT) | ICR.LEVEL;
  const sipi = (page: number): number => mode(APIC_DELIVERY.STARTUP) | page;

  /** Four processors of which the first starts the others, as a PC does. */
  function pc(): { partition: Partition; started: number[][]; cpus: Cpu[] } {
    const partition = machine(3, 'sipi');
    const started: number[][] = [];
    const cpus = partition.vps.map((vp) => new Cpu(partition, vp.index));
    for (const cpu of cpus.slice(1)) {
      cpu.onStartup(function* (address): Program {
        started.push([cpu.index, address]);
        yield* cpu.compute(1_000_000);
        started.push([cpu.index, -1]);
      });
    }
    return { partition, started, cpus };
  }

  it('start a processor at the page that SIPI names, once', () => {
    const { partition, started } = pc();
    send(partition, INIT, 1);
    send(partition, DEASSERT, 1);
    send(partition, sipi(0x9a), 1);
    send(partition, sipi(0x9b), 1);
    partition.engine.run();
    expect(started).toEqual([
      [1, 0x9_a000],
      [1, -1],
    ]);
  });

  it('start all others at once', () => {
    const { partition, started } = pc();
    send(partition, shorthand(ICR_SHORTHAND.OTHERS) | sipi(0x08));
    partition.engine.run();
    expect(started.filter(([, at]) => at >= 0)).toEqual([
      [1, 0x8000],
      [2, 0x8000],
    ]);
  });

  it('leave the processor with an APIC that software must enable', () => {
    const { partition } = pc();
    send(partition, sipi(0x08), 1);
    partition.engine.run();
    send(partition, INIT, 1);
    partition.engine.run();
    const { apic } = partition.vps[1];
    expect([apic.enabled, apic.spurious, apic.request(0x61)]).toEqual([false, 0xff, false]);
  });

  it('stop a processor in the middle of what it does', () => {
    const { partition, started, cpus } = pc();
    const [boot] = cpus;
    const command = function* (low: number): Program {
      yield* boot.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_HIGH, 1 << 24);
      yield* boot.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW, low);
    };
    boot.finish(
      (function* () {
        yield* command(sipi(0x08));
        yield* boot.compute(100_000);
        yield* command(INIT);
        yield* boot.compute(2_000_000);
        expect(started).toEqual([[1, 0x8000]]);
        yield* command(sipi(0x10));
        yield* boot.compute(2_000_000);
      })(),
    );
    expect(started.slice(1)).toEqual([
      [1, 0x1_0000],
      [1, -1],
    ]);
    expect(partition.vps[1].apic.enabled).toBe(false);
  });

  it('do nothing to the boot processor, and nothing where all run from the start', () => {
    const { partition, started } = pc();
    send(partition, INIT, 0);
    partition.engine.run();
    expect(partition.vps[0].apic.enabled).toBe(true);
    expect(started).toEqual([]);
    const running = machine(2);
    send(running, INIT, 1);
    running.engine.run();
    expect(running.vps[1].apic.enabled).toBe(true);
  });

  it('wait again after a reset of the machine', () => {
    const { partition, started } = pc();
    send(partition, sipi(0x08), 1);
    partition.engine.run();
    partition.reset();
    expect(partition.interrupts.startup?.waits(1)).toBe(true);
    send(partition, sipi(0x08), 1);
    partition.engine.run();
    expect(started).toHaveLength(4);
  });
});
