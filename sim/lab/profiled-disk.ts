/**
 * The devices of a machine with several processors, and its first processor's driver for the disk: over VMBus for a guest that has the
 * drivers, else by the bus master of the emulated IDE channel. What `machines.ts` and `guests.ts` do for one processor.
 */
import { invariant } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import { AtaDriver } from '../guest/drivers/ata.ts';
import { enableIdeBusMaster } from '../guest/drivers/ata-pci.ts';
import { AtaPort } from '../guest/drivers/ata-port.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import { detectHypervisor, Hyperv } from '../guest/drivers/hv.ts';
import type { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { ApicInterrupts } from '../guest/drivers/pc-interrupts.ts';
import { Storvsc } from '../guest/drivers/storvsc.ts';
import { Vmbus } from '../guest/drivers/vmbus.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { DiskService } from '../host/backends/service.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import { WorkerProcess } from '../host/worker.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HV_HINT } from '../wire/cpuid.ts';
import { PORTS } from '../wire/ports.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';
import { ONE_ADDRESS } from './guests.ts';
import type { Lab } from './lab.ts';
import type { SmpMachine } from './smp.ts';

const SECTORS = (8 * 1024 * 1024) / 512;

/** Gives the first virtual machine a worker process with clocks and an IDE disk, and the same disk on VMBus. */
export function attachDevices(machine: SmpMachine, lab: Lab): void {
  const { hypervisor, engine, costs } = machine;
  const [partition] = machine.partitions;
  const disk = new MemoryDisk(SECTORS);
  const model = { sectors: SECTORS, bound: lab.level };
  const service = new DiskService(engine, lab.rng('disk.service'), 'memory', costs, model);
  const worker = new WorkerProcess(hypervisor, partition);
  worker.attachIde({ primary: [{ disk, service }] });
  attachPcClocks(partition, { line: (irq, level) => worker.line(irq, level) });
  const vmbus = attachVmbus(partition);
  const storvsp = new Storvsp(partition);
  storvsp.attach({ scsi: new ScsiDisk(disk), service });
  vmbus.offer(storvsp);
}

/** Brings up the emulated disk: bus master, 28-bit commands, one request at a time. */
export function* bootAtaDisk(cpu: Cpu, pages: PageAllocator): Program<BlockDriver> {
  const busMaster = (yield* enableIdeBusMaster(cpu)) ?? PORTS.IDE_BUS_MASTER.first;
  const driver = new AtaDriver({
    port: new AtaPort(cpu, 0, busMaster),
    mode: 'dma',
    sectors: SECTORS,
    interrupts: new ApicInterrupts(cpu),
    table: pages.page(),
  });
  yield* driver.attach();
  return driver;
}

/**
 * Brings up the synthetic disk on the first processor. `autoEoi` says whether the guest lets its synthetic interrupts end by themselves
 * against the host's advice, as one does that has not heard of it.
 */
export function* bootSyntheticDisk(cpu: Cpu, pages: PageAllocator, autoEoi: boolean): Program<BlockDriver> {
  const found = yield* detectHypervisor(cpu);
  invariant(found, 'a guest with VMBus drivers has found a hypervisor before');
  const hints = autoEoi ? found.hints & ~HV_HINT.DEPRECATING_AEOI : found.hints;
  const hv = new Hyperv({ ...found, hints }, pages, cpu.partition.costs.hz / 1_000_000);
  yield* hv.initProcessor(cpu);
  const vmbus = new Vmbus(hv);
  yield* vmbus.initProcessor(cpu);
  invariant(yield* vmbus.connect(cpu, LINUX_6_1.vmbusVersions), 'the host has a VMBus');
  const [channel] = vmbus.devices(DEVICE_CLASS.SCSI.guid);
  const options = { versions: LINUX_6_1.storvscVersions, subChannels: 0, ...ONE_ADDRESS };
  const adapter = new Storvsc(vmbus, channel, [cpu], options);
  invariant(yield* adapter.probe(), 'the host has a synthetic disk');
  return adapter.disk(0, cpu);
}
