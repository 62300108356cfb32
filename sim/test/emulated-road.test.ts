/** The emulated road, end to end: a guest's driver, the seam, the worker process, the IDE registers, the disk. Counts, no formulas. */
import { describe, expect, it } from 'vitest';
import type { AtaDriver } from '../guest/drivers/ata.ts';
import { classify, identify, isPresent, setTransferMode, softReset } from '../guest/drivers/ata-probe.ts';
import { pattern, random } from '../host/backends/testing.ts';
import { writePrd } from '../wire/ata.ts';
import {
  BUFFER,
  type DriverOptions,
  EmulatedMachine,
  type EmulatedMachineOptions,
  firstDifference,
  PAGE,
  type RoadMode,
} from './support/emulated-machine.ts';

const SIZES = [1, 8, 20, 128] as const;
const OPERATIONS = ['read', 'write'] as const;
const FIRST = 200;

/** Intercepts by mode for 512 B, 4 KB, 10 KB and 64 KB, and interrupts. */
const INTERCEPTS: readonly [RoadMode, readonly number[], readonly number[]][] = [
  ['pio', [20, 62, 134, 782], [1, 8, 20, 128]],
  ['multiple', [20, 27, 44, 182], [1, 1, 2, 8]],
  ['dma', [26, 26, 26, 26], [1, 1, 1, 1]],
  ['pio-words', [275, 2102, 5234, 33_422], [1, 8, 20, 128]],
  ['polled', [9, 23, 47, 263], [0, 0, 0, 0]],
  ['polled-words', [264, 2063, 5147, 32_903], [0, 0, 0, 0]],
  ['int13', [1, 1, 1, 1], [0, 0, 0, 0]],
];
const MODES = INTERCEPTS.map(([mode]) => mode);

/** Intercepts with the 8259 pair instead of the APIC. */
const INTERCEPTS_8259: readonly [RoadMode, readonly number[]][] = [
  ['pio', [25, 102, 234, 1422]],
  ['multiple', [25, 32, 54, 222]],
  ['dma', [31, 31, 31, 31]],
];

/** Ring transitions with the APIC. */
const TRANSITIONS: readonly [RoadMode, readonly number[]][] = [
  ['pio', [148, 498, 1098, 6498]],
  ['multiple', [148, 197, 324, 1338]],
  ['dma', [190, 190, 190, 190]],
  ['pio-words', [1933, 14_778, 36_798, 234_978]],
  ['int13', [9, 9, 9, 9]],
];

/** File I/Os of the host: one per block. */
const FILES: readonly [RoadMode, readonly number[]][] = [
  ['pio', [1, 8, 20, 128]],
  ['multiple', [1, 1, 2, 8]],
  ['dma', [1, 1, 1, 1]],
  ['polled', [1, 8, 20, 128]],
  ['int13', [1, 1, 1, 1]],
];

function run(
  mode: RoadMode,
  operation: 'read' | 'write',
  sectors: number,
  options: DriverOptions = {},
  machineOptions: EmulatedMachineOptions = {},
) {
  const machine = new EmulatedMachine(machineOptions);
  const driver = machine.driver(mode, options);
  const bytes = pattern(3, sectors);
  if (operation === 'write') machine.cpu.memory.write(BUFFER, bytes);
  const counted = machine.count(driver[operation](FIRST, sectors, BUFFER));
  const onDisk = new Uint8Array(sectors * 512);
  machine.disk.read(FIRST, sectors, onDisk);
  return {
    machine,
    driver,
    counted,
    bytes,
    onDisk,
    inMemory: machine.cpu.memory.read(BUFFER, sectors * 512),
  };
}

describe.each(OPERATIONS)('a %s', (operation) => {
  it.each(INTERCEPTS)(
    'by %s takes the intercepts and interrupts of the table',
    (mode, intercepts, interrupts) => {
      const counted = SIZES.map((sectors) => run(mode, operation, sectors).counted);
      expect(counted.map((c) => c.deviceIntercepts)).toEqual(intercepts);
      expect(counted.map((c) => c.tallies.interrupts)).toEqual(interrupts);
      expect(counted.map((c) => c.tallies.eois)).toEqual(interrupts);
    },
  );

  it.each(INTERCEPTS_8259)(
    'by %s takes five intercepts more per interrupt with the 8259 pair',
    (mode, intercepts) => {
      const counted = SIZES.map((sectors) => run(mode, operation, sectors, { pic: '8259' }).counted);
      expect(counted.map((c) => c.deviceIntercepts)).toEqual(intercepts);
      expect(counted.map((c) => c.tallies.eois)).toEqual([0, 0, 0, 0]);
      expect(counted.map((c) => c.routes['irq-assert'])).toEqual(counted.map((c) => c.tallies.interrupts));
    },
  );

  it('by dma takes 31 with 48-bit addresses', () => {
    const counted = SIZES.map((sectors) => run('dma', operation, sectors, { alwaysLba48: true }).counted);
    expect(counted.map((c) => c.deviceIntercepts)).toEqual([31, 31, 31, 31]);
  });

  it.each(TRANSITIONS)('by %s crosses rings as the table says', (mode, transitions) => {
    expect(SIZES.map((sectors) => run(mode, operation, sectors).counted.ringTransitions)).toEqual(
      transitions,
    );
  });

  it.each(FILES)('by %s takes one file I/O per block', (mode, files) => {
    expect(SIZES.map((sectors) => run(mode, operation, sectors).counted.routes['backend-io'])).toEqual(files);
  });

  it.each(MODES)('by %s copies every byte once and moves the right ones', (mode) => {
    for (const sectors of SIZES) {
      const { counted, onDisk, inMemory, bytes } = run(mode, operation, sectors);
      expect(firstDifference(inMemory, onDisk)).toBe(-1);
      if (operation === 'write') expect(firstDifference(onDisk, bytes)).toBe(-1);
      const hop = mode === 'dma' || mode === 'int13' ? 'dma' : 'pio';
      expect(counted.bytesCopied[hop]).toBe(sectors * 512);
    }
  });

  it.each(['nvme', 'sata-ssd', 'sas15k'] as const)(
    'takes the same intercepts on a %s disk, and more time',
    (model) => {
      for (const [mode, intercepts] of INTERCEPTS) {
        const slow = run(mode, operation, 20, {}, { model });
        expect(slow.counted.deviceIntercepts - slow.driver.port.busyPolls).toBe(intercepts[2]);
        expect(slow.machine.cpu.now).toBeGreaterThan(run(mode, operation, 20).machine.cpu.now);
        expect(firstDifference(slow.inMemory, slow.onDisk)).toBe(-1);
      }
    },
  );

  it.each(['2008', '2020'] as const)('takes the same intercepts in the era %s', (era) => {
    for (const [mode, intercepts] of INTERCEPTS)
      expect(run(mode, operation, 8, {}, { era }).counted.deviceIntercepts).toBe(intercepts[1]);
  });
});

describe('one list of requests', () => {
  /** Random writes and reads. Returns everything that the reads saw, and the disk afterwards. */
  function work(mode: RoadMode, pic: 'apic' | '8259'): Uint8Array {
    const machine = new EmulatedMachine({ sectors: 1024 });
    const { cpu, disk } = machine;
    const next = random(11);
    const driver = machine.driver(mode, { pic });
    const seen: Uint8Array[] = [];
    for (let i = 0; i < 12; i++) {
      const sectors = 1 + next(140);
      const lba = next(disk.sectors - sectors);
      const gpa = BUFFER + 2 * next(1000);
      const writing = next(2) === 0;
      if (writing) cpu.memory.write(gpa, pattern(i, sectors));
      expect(cpu.finish(driver[writing ? 'write' : 'read'](lba, sectors, gpa))).toEqual({ kind: 'ok' });
      if (!writing) seen.push(cpu.memory.read(gpa, sectors * 512));
    }
    expect(cpu.finish(driver.flush())).toEqual({ kind: 'ok' });
    const bytes = new Uint8Array(disk.sectors * 512);
    disk.read(0, disk.sectors, bytes);
    const all = new Uint8Array([...seen, bytes].reduce((sum, part) => sum + part.length, 0));
    [...seen, bytes].reduce((at, part) => {
      all.set(part, at);
      return at + part.length;
    }, 0);
    return all;
  }

  it('leaves the same bytes on the disk by every mode, and reads the same', () => {
    const first = work('pio', 'apic');
    for (const mode of MODES) {
      expect(firstDifference(work(mode, 'apic'), first)).toBe(-1);
      expect(firstDifference(work(mode, '8259'), first)).toBe(-1);
    }
  });
});

describe('requests larger than a command', () => {
  it.each(MODES)('are split by %s', (mode) => {
    const { onDisk, inMemory, counted } = run(mode, 'read', 600);
    expect(firstDifference(inMemory, onDisk)).toBe(-1);
    if (mode === 'dma') expect(counted.deviceIntercepts).toBe(3 * 26);
    if (mode === 'dma') expect(counted.routes['backend-io']).toBe(5);
    if (mode === 'int13') expect(counted.deviceIntercepts).toBe(3);
  });
});

describe('polling', () => {
  it('a slow disk costs a look at the status for every intercept’s time that it takes', () => {
    const fast = run('polled', 'read', 8, {}, { model: 'sas15k' });
    expect(fast.driver.port.busyPolls).toBeGreaterThan(100);
    expect(fast.counted.deviceIntercepts).toBe(23 + fast.driver.port.busyPolls);
    const patient = run('polled', 'read', 8, { pollDelay: 1_000_000 }, { model: 'sas15k' });
    expect(patient.driver.port.busyPolls).toBeLessThan(fast.driver.port.busyPolls);
    expect(firstDifference(patient.inMemory, fast.inMemory)).toBe(-1);
  });
});

describe('errors', () => {
  it.each(MODES.filter((mode) => mode !== 'int13'))('beyond the capacity come back by %s as IDNF', (mode) => {
    const machine = new EmulatedMachine();
    const driver = machine.driver(mode);
    const result = machine.cpu.finish(driver.read(machine.disk.sectors - 1, 2, BUFFER));
    expect(result).toMatchObject({ kind: 'failed', error: 0x10 });
    expect(machine.cpu.finish(driver.read(machine.disk.sectors - 1, 1, BUFFER))).toEqual({ kind: 'ok' });
  });

  it('come back by int13 in the command block', () => {
    const machine = new EmulatedMachine();
    const driver = machine.driver('int13');
    expect(machine.cpu.finish(driver.write(machine.disk.sectors, 1, BUFFER))).toMatchObject({
      kind: 'failed',
      status: 0x51,
    });
    expect(machine.cpu.finish(driver.write(0, 1, BUFFER))).toEqual({ kind: 'ok' });
  });

  it('of the bus master are reported to the driver', () => {
    const machine = new EmulatedMachine();
    const driver = machine.driver('dma');
    const result = machine.cpu.finish(driver.read(0, 128, machine.cpu.memory.size - 0x8000));
    expect(result).toMatchObject({ kind: 'failed', error: 4 });
    expect(machine.cpu.finish(driver.read(0, 8, BUFFER))).toEqual({ kind: 'ok' });
  });

  it('C4h fails on a drive with Hyper-V’s quirk', () => {
    const machine = new EmulatedMachine({ quirks: { multipleOnlyExt: true, writeExtCount8: false } });
    const driver = machine.driver('multiple');
    expect(machine.cpu.finish(driver.read(0, 1, BUFFER))).toMatchObject({ kind: 'failed', error: 4 });
    const ext = machine.driver('multiple', { alwaysLba48: true });
    expect(machine.cpu.finish(ext.read(0, 20, BUFFER))).toEqual({ kind: 'ok' });
  });

  it('row 61: a string instruction that runs out of RAM moves what it can and then faults', () => {
    const machine = new EmulatedMachine();
    const { cpu, disk } = machine;
    const { port } = machine.driver('polled');
    const end = cpu.memory.size;
    cpu.finish(
      (function* () {
        for (const [register, value] of [
          [6, 0xe0],
          [2, 1],
          [3, 9],
          [4, 0],
          [5, 0],
          [7, 0x20],
        ])
          yield* cpu.out8(0x1f0 + register, value);
        yield* port.waitNotBusy();
        yield* cpu.insw(0x1f0, end - 100, 256);
      })(),
    );
    expect(cpu.fault).toBe('#PF');
    const sector = new Uint8Array(512);
    disk.read(9, 1, sector);
    expect(cpu.memory.read(end - 100, 100)).toEqual(sector.slice(0, 100));
  });
});

describe('descriptor tables', () => {
  /** Gives READ DMA with a table of the test's own, waits for the interrupt, and returns the bus-master status. */
  function readDma(machine: EmulatedMachine, sectors: number, table: number): number {
    const { cpu } = machine;
    const { port } = machine.driver('dma') as AtaDriver;
    return cpu.finish(
      (function* () {
        yield* cpu.out32(port.busMaster + 4, table);
        yield* cpu.out8(port.busMaster, 8);
        for (const [register, value] of [
          [6, 0xe0],
          [2, sectors],
          [3, 0],
          [4, 0],
          [5, 0],
          [7, 0xc8],
        ])
          yield* cpu.out8(port.command + register, value);
        yield* cpu.out8(port.busMaster, 9);
        for (;;) {
          const status = yield* cpu.in8(port.busMaster + 2);
          if (status & 4) return status;
          yield* cpu.compute(10_000);
        }
      })(),
    );
  }

  const content = (machine: EmulatedMachine, sectors: number) => {
    const bytes = new Uint8Array(sectors * 512);
    machine.disk.read(0, sectors, bytes);
    return bytes;
  };

  it('may scatter a sector over memory', () => {
    const machine = new EmulatedMachine();
    const { view } = machine.cpu.memory;
    for (let i = 0; i < 256; i++)
      writePrd(view, PAGE + 8 * i, { base: BUFFER + 4 * i, bytes: 2, endOfTable: i === 255 });
    expect(readDma(machine, 1, PAGE)).toBe(4);
    const got = Uint8Array.from(
      { length: 512 },
      (_, i) => machine.cpu.memory.u8[BUFFER + 4 * (i >> 1) + (i & 1)],
    );
    expect(got).toEqual(content(machine, 1));
  });

  it('may be longer than the command: the engine stays active', () => {
    const machine = new EmulatedMachine();
    writePrd(machine.cpu.memory.view, PAGE, { base: BUFFER, bytes: 0x1_0000, endOfTable: true });
    expect(readDma(machine, 2, PAGE)).toBe(5);
    expect(machine.cpu.memory.read(BUFFER, 1024)).toEqual(content(machine, 2));
  });

  it('may be shorter: the transfer is cut and completes', () => {
    const machine = new EmulatedMachine();
    writePrd(machine.cpu.memory.view, PAGE, { base: BUFFER, bytes: 600, endOfTable: true });
    expect(readDma(machine, 4, PAGE)).toBe(4);
    expect(machine.cpu.memory.read(BUFFER, 600)).toEqual(content(machine, 2).slice(0, 600));
    expect(machine.cpu.memory.read(BUFFER + 600, 1448)).toEqual(new Uint8Array(1448));
  });

  it('that lie outside RAM stop the engine with an error', () => {
    const machine = new EmulatedMachine();
    expect(readDma(machine, 4, 0xf000_0000)).toBe(6);
  });
});

describe('the probe', () => {
  it('finds one disk on the primary cable, asks who it is and sets its mode', () => {
    const machine = new EmulatedMachine();
    const { cpu } = machine;
    const driver = machine.driver('dma', { sectors: 0 }) as AtaDriver;
    const { port } = driver;
    expect(cpu.finish(isPresent(port, 0))).toBe(true);
    expect(cpu.finish(softReset(port))).toBeUndefined();
    expect(cpu.finish(classify(port, 0))).toBe('disk');
    expect(cpu.finish(classify(port, 1))).toBe('none');
    expect(cpu.finish(identify(driver, BUFFER))).toMatchObject({
      model: 'Virtual HD',
      sectors: machine.disk.sectors,
    });
    expect(driver.sectors).toBe(machine.disk.sectors);
    expect(cpu.finish(setTransferMode(driver, 0x22))).toEqual({ kind: 'ok' });
    expect(cpu.finish(setTransferMode(driver, 0x45))).toMatchObject({ kind: 'failed', error: 4 });
  });

  it('takes as many intercepts for IDENTIFY as for one sector', () => {
    const machine = new EmulatedMachine();
    const driver = machine.driver('pio') as AtaDriver;
    expect(machine.count(identify(driver, BUFFER)).deviceIntercepts).toBe(20);
  });
});

describe('the same run twice', () => {
  it('gives the same trace', () => {
    const digests = [0, 1].map(() =>
      run('pio', 'read', 20, {}, { trace: true, model: 'sas15k' }).machine.hypervisor.trace.digest(),
    );
    expect(digests[0]).toBe(digests[1]);
  });
});
