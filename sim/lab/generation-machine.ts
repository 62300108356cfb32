/**
 * Assembles a machine of generation 1 or of generation 2, with its boot disk where it is told to hang, and takes another disk while it
 * runs.
 *
 * Both have a VMBus server with a SCSI controller. What differs is the board: generation 1 has the chipset of a PC with an IDE controller
 * whose disk VMBus offers as well; generation 2 has an I/O APIC, a clock, and the device of its firmware.
 *
 * Sources: OpenVMM vmm_core/vm_manifest_builder/src/lib.rs (HypervGen1, HypervGen2Uefi).
 */
import type { Engine } from '../core/engine.ts';
import type { Trace } from '../core/trace.ts';
import type { Disk } from '../host/backends/disk.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { DiskService } from '../host/backends/service.ts';
import type { DiskModel } from '../host/backends/service-models.ts';
import { attachPcClocks } from '../host/devices/pc-clocks.ts';
import { PmTimer } from '../host/devices/pm-timer.ts';
import { Rtc } from '../host/devices/rtc.ts';
import { UefiDevice } from '../host/devices/uefi-device.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { VmbusServer } from '../host/vsp/vmbus-server.ts';
import { WorkerProcess } from '../host/worker.ts';
import type { CostProfile, Era } from '../machine/costs.ts';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Partition } from '../machine/partition.ts';
import { STRUCTURES } from '../machine/structures.ts';
import { PM_BASE, PM_REG } from '../wire/pc-clocks.ts';
import { IRQ, PORTS } from '../wire/ports.ts';
import { DeviceTable } from './device-table.ts';
import type { Lab } from './lab.ts';
import type { Recorded } from './recording.ts';

/** Generation of a virtual machine. */
export type Generation = 1 | 2;
/** Where a disk hangs: on a cable of the IDE controller, or on the SCSI controller behind VMBus. */
export type DiskBus = 'ide' | 'scsi';

/** Which machine to build. */
export interface GenerationOptions {
  readonly generation: Generation;
  readonly era: Era;
  readonly disk: Disk;
  /** `undefined`: the disk stays in its drawer. */
  readonly bus: DiskBus | undefined;
  readonly diskModel?: DiskModel;
  /** Bytes of guest memory; 8 MiB when left out. */
  readonly memory?: number;
}

/** What became of the wish to add a disk. */
export type Addition =
  | 'added'
  /** The machine has no such controller. */
  | 'no-controller'
  /** The controller's cables were settled when the machine was switched on. */
  | 'not-while-running';

const MIB = 1024 * 1024;
const SPARE_SECTORS = 2048;

/** A machine, ready for its firmware. */
export class GenerationMachine {
  readonly engine: Engine;
  readonly trace: Trace;
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly cpu: Cpu;
  readonly worker: WorkerProcess;
  readonly vmbus: VmbusServer;
  readonly scsi: Storvsp;
  readonly service: DiskService;
  /** The accelerator of the IDE disk, where there is one. */
  readonly accelerator: Storvsp | undefined;
  readonly uefi: UefiDevice | undefined;
  readonly devices: DeviceTable;
  /** Whether the boot disk could be attached where it was wished. */
  readonly attached: boolean;
  private readonly lab: Lab;
  private readonly options: GenerationOptions;
  private nextLun: number;

  constructor(lab: Lab, options: GenerationOptions) {
    const { generation, bus } = options;
    this.lab = lab;
    this.options = options;
    this.trace = lab.newTrace();
    this.hypervisor = new Hypervisor({
      costs: lab.costs(options.era),
      structure: STRUCTURES.microkernelised,
      trace: this.trace,
    });
    this.engine = this.hypervisor.engine;
    this.partition = this.hypervisor.createPartition({ memory: options.memory ?? 8 * MIB });
    this.cpu = new Cpu(this.partition);
    const chipset = generation === 1 ? 'piix4' : 'generation-2';
    this.worker = new WorkerProcess(this.hypervisor, this.partition, chipset);
    this.service = this.serviceOf('disk.service', options.disk);
    this.uefi = generation === 2 ? this.buildBoard2() : this.buildBoard1();
    this.vmbus = attachVmbus(this.partition);
    this.accelerator = generation === 1 && bus === 'ide' ? this.offerAccelerator() : undefined;
    this.scsi = new Storvsp(this.partition);
    this.nextLun = bus === 'scsi' ? 1 : 0;
    if (bus === 'scsi')
      this.scsi.attach({ scsi: new ScsiDisk(options.disk), service: this.service }, address(0));
    this.vmbus.offer(this.scsi);
    this.attached = bus === 'scsi' || this.accelerator !== undefined;
    this.devices = new DeviceTable(this.partition.io);
  }

  get costs(): CostProfile {
    return this.hypervisor.costs;
  }

  get recorded(): Recorded {
    return { trace: this.trace, costs: this.costs, structure: STRUCTURES.microkernelised };
  }

  /** Adds an empty disk while the guest runs. A SCSI controller takes it and says so; an IDE cable does not. */
  addDisk(bus: DiskBus): Addition {
    if (bus === 'ide') return this.options.generation === 1 ? 'not-while-running' : 'no-controller';
    const disk = new MemoryDisk(SPARE_SECTORS);
    const service = this.serviceOf('spare.service', disk);
    this.scsi.attach({ scsi: new ScsiDisk(disk), service }, address(this.nextLun++));
    return 'added';
  }

  private serviceOf(stream: string, { sectors }: Disk): DiskService {
    const { engine, lab, costs } = this;
    const model = this.options.diskModel ?? 'memory';
    return new DiskService(engine, lab.rng(stream), model, costs, { sectors, bound: lab.level });
  }

  private offerAccelerator(): Storvsp {
    const accelerator = new Storvsp(this.partition, { ide: { path: 0, target: 0 } });
    accelerator.attach({ scsi: new ScsiDisk(this.options.disk), service: this.service });
    this.vmbus.offer(accelerator);
    return accelerator;
  }

  private buildBoard1(): undefined {
    const { partition, worker, service } = this;
    const { bus, disk } = this.options;
    worker.attachIde(bus === 'ide' ? { primary: [{ disk, service }] } : {});
    attachPcClocks(partition, { line: (irq, level) => worker.line(irq, level) });
    return undefined;
  }

  private buildBoard2(): UefiDevice {
    const { partition, worker } = this;
    const { engine, costs, memory } = partition;
    const uefi = new UefiDevice(memory);
    const rtc = new Rtc(engine, costs.hz, { irq: (level) => worker.line(IRQ.RTC, level) });
    const pmTimer = new PmTimer(engine, costs.hz, { sci: (level) => worker.line(IRQ.SCI, level) });
    worker.addPortDevice(uefi, PORTS.UEFI);
    worker.addPortDevice(rtc, PORTS.RTC);
    worker.addPortDevice(pmTimer, { first: PM_BASE, count: PM_REG.TIMER + 4 });
    partition.onReset(() => {
      for (const device of [uefi, rtc, pmTimer]) device.reset();
    });
    return uefi;
  }
}

const address = (lun: number) => ({ path: 0, target: 0, lun });
