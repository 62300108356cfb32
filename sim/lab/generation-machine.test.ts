/** The boards of both generations, and the firmware of the second on its own. */
import { describe, expect, it } from 'vitest';
import { UefiFirmware } from '../guest/boot/uefi-firmware.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { pattern } from '../host/backends/testing.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { VMBUS_VERSION } from '../wire/vmbus.ts';
import type { DiskBus, Generation } from './generation-machine.ts';
import { GenerationMachine } from './generation-machine.ts';
import { ONE_ADDRESS } from './guests.ts';
import { Lab } from './lab.ts';

const MIB = 1024 * 1024;
const BUFFER = 6 * MIB;

function machineOf(generation: Generation, bus: DiskBus | undefined): GenerationMachine {
  const disk = new MemoryDisk(4096);
  disk.write(0, 64, pattern(3, 64));
  return new GenerationMachine(new Lab(1), { generation, era: '2020', disk, bus });
}

function firmwareOf({ cpu }: GenerationMachine): UefiFirmware {
  return new UefiFirmware(cpu, new PageAllocator(cpu.memory, MIB, 3 * MIB));
}

function kernelOf({ cpu, engine }: GenerationMachine): EnlightenedGuest {
  const kernel = new EnlightenedGuest([cpu], LINUX_6_1, { firstPage: 3 * MIB, storvsc: ONE_ADDRESS });
  kernel.start();
  while (kernel.state === 'starting') expect(engine.step()).toBe(true);
  return kernel;
}

describe('the boards', () => {
  it('has the devices of a PC in generation 1, and four devices in generation 2', () => {
    const names = (generation: Generation) =>
      machineOf(generation, undefined)
        .devices.rows()
        .map(({ device, ports, bytes }) => [device, ports, bytes]);
    expect(names(1)).toEqual([
      ['IDE controller', 26, 0],
      ['Power management timer', 12, 0],
      ['PCI bus', 8, 0],
      ['Interrupt controllers', 6, 0],
      ['Timer/counters', 5, 0],
      ['Real-time clock', 2, 0],
      ['I/O APIC', 0, 4096],
    ]);
    expect(names(2)).toEqual([
      ['Power management timer', 12, 0],
      ['UEFI device', 8, 0],
      ['Real-time clock', 2, 0],
      ['I/O APIC', 0, 4096],
    ]);
  });

  it('answers no port of IDE, PCI or interrupt controller in generation 2', () => {
    const { cpu } = machineOf(2, 'scsi');
    const read = cpu.finish(
      (function* () {
        const values: number[] = [];
        for (const port of [0x1f7, 0x177, 0x21, 0xa1, 0x43, 0xcfc]) values.push(yield* cpu.in8(port));
        return values;
      })(),
    );
    expect(read).toEqual([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  });

  it('has no place for an IDE disk in generation 2', () => {
    expect(machineOf(2, 'ide').attached).toBe(false);
    expect(machineOf(1, 'ide').attached).toBe(true);
    expect(machineOf(2, 'scsi').addDisk('ide')).toBe('no-controller');
    expect(machineOf(1, 'scsi').addDisk('ide')).toBe('not-while-running');
  });

  it('counts who is asked', () => {
    const { cpu, devices } = machineOf(2, 'scsi');
    cpu.finish(
      (function* () {
        yield* cpu.out8(0x70, 0);
        yield* cpu.in8(0x71);
        yield* cpu.in32(0x408);
      })(),
    );
    const accesses = devices.rows().map(({ device, accesses: times }) => [device, times]);
    expect(accesses).toEqual([
      ['Power management timer', 1],
      ['UEFI device', 0],
      ['Real-time clock', 2],
      ['I/O APIC', 0],
    ]);
  });
});

describe('UEFI firmware', () => {
  it('connects with the version that it shares with this host, and reads the disk', () => {
    const machine = machineOf(2, 'scsi');
    const { cpu } = machine;
    const firmware = firmwareOf(machine);
    expect(cpu.finish(firmware.start())).toBe('ready');
    expect(firmware.vmbus?.connection.tried).toEqual([VMBUS_VERSION.COPPER, VMBUS_VERSION.WIN8_1]);
    expect(firmware.vmbus?.connection.version).toBe(VMBUS_VERSION.WIN8_1);
    expect(firmware.disks.map(({ sectors }) => sectors)).toEqual([4096]);
    expect(cpu.finish(firmware.disks[0].read(8, 16, BUFFER)).kind).toBe('ok');
    expect(cpu.memory.read(BUFFER, 16 * 512)).toEqual(pattern(3, 64).slice(8 * 512, 24 * 512));
    expect(machine.partition.counters.deviceIntercepts).toBe(0);
  });

  it('leaves the machine as it was, and a kernel begins anew', () => {
    const machine = machineOf(2, 'scsi');
    const { cpu, partition, vmbus, scsi } = machine;
    const firmware = firmwareOf(machine);
    cpu.finish(firmware.start());
    expect(scsi.worker()).toBeDefined();
    cpu.finish(firmware.exitBootServices());
    expect(vmbus.connection).toBeUndefined();
    expect(scsi.worker()).toBeUndefined();
    for (const index of [HV_X64_MSR.HYPERCALL, HV_X64_MSR.GUEST_OS_ID])
      expect(partition.readMsr(0, index)).toBe(0n);
    const kernel = kernelOf(machine);
    expect(kernel.state).toBe('ready');
    expect(kernel.vmbus?.connection.version).toBe(VMBUS_VERSION.WIN10_V5_3);
    expect(cpu.finish(kernel.disk().read(8, 16, BUFFER)).kind).toBe('ok');
    expect(cpu.memory.read(BUFFER, 16 * 512)).toEqual(pattern(3, 64).slice(8 * 512, 24 * 512));
  });

  it('finds nothing when nothing is there', () => {
    const machine = machineOf(2, undefined);
    const firmware = firmwareOf(machine);
    expect(machine.cpu.finish(firmware.start())).toBe('ready');
    expect(firmware.disks).toEqual([]);
  });
});

describe('a disk that is added while the guest runs', () => {
  it.each([1, 2] as const)('is found behind the SCSI controller, in generation %i', (generation) => {
    const machine = machineOf(generation, 'scsi');
    const { cpu } = machine;
    const kernel = kernelOf(machine);
    const [adapter] = kernel.adapters;
    expect(adapter.disks).toHaveLength(1);
    expect(machine.addDisk('scsi')).toBe('added');
    cpu.finish(kernel.vmbus?.idle(cpu, () => adapter.disks.length === 2) as Generator<void, void, void>);
    expect(adapter.disks.map(({ address, sectors }) => [address.lun, sectors])).toEqual([
      [0, 4096],
      [1, 2048],
    ]);
  });
});
