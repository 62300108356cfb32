import { describe, expect, it } from 'vitest';
import { Hypervisor } from '../machine/hypervisor.ts';
import { writePrd } from '../wire/ata.ts';
import { parseIdentify } from '../wire/ata-identify.ts';
import { writeInt13 } from '../wire/int13.ts';
import { BUFFER, EmulatedMachine, PAGE } from './support/emulated-machine.ts';

describe('the worker process', () => {
  it('keeps a processor standing while an INT13 command is open', () => {
    const machine = new EmulatedMachine({ model: 'sas15k' });
    const driver = machine.driver('int13');
    const { cpu } = machine;
    const started = cpu.run(driver.read(0, 20, BUFFER));
    const { engine } = machine.hypervisor;
    while (!cpu.vp.suspended) engine.step();
    const since = engine.now;
    expect(started.done).toBe(false);
    while (cpu.vp.suspended) engine.step();
    expect(engine.now - since).toBeGreaterThan(machine.hypervisor.costs.hz / 10_000);
    while (!started.done) engine.step();
    expect(cpu.now).toBeGreaterThan(engine.now - 1);
    expect(started.result).toEqual({ kind: 'ok' });
  });

  it('serves a guest that is called from outside: every access returns when its instruction would have completed', () => {
    const machine = new EmulatedMachine({ model: 'sas15k', driven: false });
    const { partition } = machine;
    const taken: number[][] = [];
    partition.attachInterrupts({ inject: (vp, vector) => void taken.push([vp, vector]) });
    writePrd(partition.memory.view, PAGE + 64, { base: BUFFER, bytes: 1024, endOfTable: true });
    const block = { command: 0xc8, device: 0xe0, lba: 7, sectors: 2, bytes: 0, skipHead: 0, skipTail: 0 };
    writeInt13(partition.memory.view, PAGE, { ...block, table: PAGE + 64 });
    partition.portOut(0, 0x1e0, 4, PAGE);
    const sectors = new Uint8Array(1024);
    machine.disk.read(7, 2, sectors);
    expect(partition.memory.read(BUFFER, 1024)).toEqual(sectors);
    partition.mmioWrite(0, 0xfec0_0000, 4, 0x10 + 28);
    partition.mmioWrite(0, 0xfec0_0010, 4, 0x3e);
    partition.portOut(0, 0x1f7, 1, 0xec);
    partition.portIn(0, 0x3f6, 1);
    expect(taken).toEqual([[0, 0x3e]]);
    expect(partition.portInString(0, 0x1f0, 2, BUFFER, 256)).toBe(256);
    expect(parseIdentify(partition.memory.u8, BUFFER).model).toBe('Virtual HD');
  });

  it('dies with its machine only', () => {
    const hypervisor = new Hypervisor({ era: '2012' });
    const [victim, other] = [0, 1].map(() => new EmulatedMachine({ hypervisor, model: 'sas15k' }));
    const drivers = [victim, other].map((machine) => machine.driver('pio'));
    const [first, second] = [victim, other].map((machine, i) =>
      machine.cpu.run(drivers[i].read(0, 128, BUFFER)),
    );
    for (let i = 0; i < 500; i++) hypervisor.engine.step();
    expect([first.done, second.done]).toEqual([false, false]);
    victim.worker.kill('a bug in the IDE model');
    victim.worker.kill('again');
    while (hypervisor.engine.step());
    expect(victim.worker.ended).toBe('a bug in the IDE model');
    expect(first.done).toBe(false);
    expect(second.result).toEqual({ kind: 'ok' });
    expect(hypervisor.partitions).toEqual([other.cpu.partition]);
  });

  it('lets go of an open INT13 command when the machine is reset, and starts afresh', () => {
    const machine = new EmulatedMachine({ model: 'sas15k' });
    const { cpu } = machine;
    const { engine } = machine.hypervisor;
    const started = cpu.run(machine.driver('int13').read(0, 20, BUFFER));
    while (!cpu.vp.suspended) engine.step();
    cpu.partition.reset();
    while (!started.done) engine.step();
    while (engine.step());
    expect(cpu.finish(machine.driver('pio').read(5, 3, BUFFER))).toEqual({ kind: 'ok' });
  });

  it('charges the copying of DMA to the transfer', () => {
    const time = (cost: number) => {
      const base = new EmulatedMachine().hypervisor.costs;
      const machine = new EmulatedMachine({
        hypervisor: new Hypervisor({ costs: base.with({ 'copy.cold': cost }) }),
      });
      machine.cpu.finish(machine.driver('dma').read(0, 128, BUFFER));
      return machine.cpu.now;
    };
    expect(time(1) - time(0)).toBe(128 * 512);
  });

  it('gives the bus master the same handler wherever the guest puts it', () => {
    const machine = new EmulatedMachine();
    const { io } = machine.cpu.partition;
    machine.driver('dma');
    const handlers = io.handlers.length;
    const pci = machine.cpu;
    pci.finish(
      (function* () {
        for (let i = 1; i < 300; i++) {
          yield* pci.out32(0xcf8, 0x8000_3920);
          yield* pci.out32(0xcfc, 0x1000 + 16 * i);
        }
      })(),
    );
    expect(io.handlers.length).toBe(handlers);
    expect(pci.finish(read8(machine, 0x1000 + 16 * 299))).toBe(0);
    expect(pci.finish(read8(machine, 0x1000 + 16 * 298))).toBe(0xff);
  });

  it('delivers a level-triggered line again after the EOI, by the I/O APIC', () => {
    const machine = new EmulatedMachine();
    const { cpu, worker } = machine;
    let taken = 0;
    cpu.onVector(0x59, function* () {
      taken++;
      if (taken === 3) worker.line(9, false);
      yield* cpu.eoi();
    });
    cpu.finish(
      (function* () {
        yield* cpu.store32(0xfec0_0000, 0x10 + 18);
        yield* cpu.store32(0xfec0_0010, 0x8059);
        worker.line(9, true);
        while (taken < 3) yield* cpu.hlt();
        yield* cpu.compute(1_000_000);
      })(),
    );
    expect(taken).toBe(3);
  });

  it('answers a masked 8259 request that went away by a spurious vector, once', () => {
    const machine = new EmulatedMachine();
    const { cpu, worker } = machine;
    const controller = machine.interrupts('8259');
    let spurious = 0;
    cpu.onVector(0x37, function* () {
      spurious++;
      yield* cpu.compute(1);
    });
    cpu.finish(controller.enable(5));
    worker.line(5, true);
    worker.line(5, false);
    cpu.finish(
      (function* () {
        yield* cpu.compute(10_000_000);
      })(),
    );
    expect(spurious).toBe(1);
  });
});

function* read8(machine: EmulatedMachine, port: number) {
  return yield* machine.cpu.in8(port);
}
