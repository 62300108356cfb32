/** A machine with one disk on the emulated road: hypervisor, worker process, IDE controller, and the guest's drivers for it. */
import { Streams } from '../../core/rng.ts';
import { Trace } from '../../core/trace.ts';
import { AtaDriver } from '../../guest/drivers/ata.ts';
import { AtaBios, type BiosMode } from '../../guest/drivers/ata-bios.ts';
import type { AtaMode } from '../../guest/drivers/ata-command.ts';
import { enableIdeBusMaster } from '../../guest/drivers/ata-pci.ts';
import { AtaPort } from '../../guest/drivers/ata-port.ts';
import { setMultiple } from '../../guest/drivers/ata-probe.ts';
import type { BlockDriver } from '../../guest/drivers/block.ts';
import { ApicInterrupts, PicInterrupts } from '../../guest/drivers/pc-interrupts.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import { DiskService } from '../../host/backends/service.ts';
import type { DiskModel } from '../../host/backends/service-models.ts';
import { pattern } from '../../host/backends/testing.ts';
import type { IdeQuirks } from '../../host/devices/ide-commands.ts';
import { WorkerProcess } from '../../host/worker.ts';
import type { Era } from '../../machine/costs.ts';
import { type CounterSnapshot, countersBetween } from '../../machine/counters.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import type { Partition } from '../../machine/partition.ts';
import { PORTS } from '../../wire/ports.ts';

export type RoadMode = AtaMode | BiosMode;

export interface EmulatedMachineOptions {
  readonly hypervisor?: Hypervisor;
  readonly era?: Era;
  readonly model?: DiskModel;
  readonly sectors?: number;
  readonly quirks?: IdeQuirks;
  readonly trace?: boolean;
  /** False leaves the processor to a caller of the seam. */
  readonly driven?: boolean;
}

export interface DriverOptions {
  readonly pic?: 'apic' | '8259';
  readonly multiple?: number;
  readonly alwaysLba48?: boolean;
  readonly pollDelay?: number;
  /** Capacity that the driver is told; the disk's when absent. */
  readonly sectors?: number;
}

/** Guest memory: a page for descriptor tables and INT13 blocks, and a buffer that may hold 256 sectors twice. */
export const PAGE = 0x8000;
export const BUFFER = 0x10_0000;
const MEMORY_BYTES = 0x80_0000;
/** What the first 1 024 sectors of the disk hold. */
const CONTENT = pattern(7, 1024);

export class EmulatedMachine {
  readonly hypervisor: Hypervisor;
  readonly worker: WorkerProcess;
  readonly partition: Partition;
  readonly disk: MemoryDisk;
  readonly service: DiskService;
  readonly #cpu: Cpu | undefined;

  constructor(options: EmulatedMachineOptions = {}) {
    const trace = new Trace({ enabled: options.trace ?? false });
    this.hypervisor = options.hypervisor ?? new Hypervisor({ era: options.era ?? '2012', trace });
    const partition = this.hypervisor.createPartition({ memory: MEMORY_BYTES });
    this.partition = partition;
    this.disk = new MemoryDisk(options.sectors ?? 4096);
    this.disk.write(0, 1024, CONTENT);
    const { engine, costs } = this.hypervisor;
    const rng = new Streams(1).stream(`disk.${partition.id}`);
    this.service = new DiskService(engine, rng, options.model ?? 'memory', costs, {
      sectors: this.disk.sectors,
    });
    this.worker = new WorkerProcess(this.hypervisor, partition);
    this.worker.attachIde({
      primary: [
        { disk: this.disk, service: this.service, ...(options.quirks && { quirks: options.quirks }) },
      ],
    });
    if (options.driven ?? true) this.#cpu = new Cpu(partition);
  }

  /** The simulated processor. */
  get cpu(): Cpu {
    if (this.#cpu === undefined) throw new Error('this machine has no simulated processor');
    return this.#cpu;
  }

  /** A driver that has been set up; what that costs is not counted by {@link count}. */
  driver(mode: RoadMode, options: DriverOptions = {}): BlockDriver & { readonly port: AtaPort } {
    const { cpu, disk } = this;
    const sectors = options.sectors ?? disk.sectors;
    const busMaster = cpu.finish(enableIdeBusMaster(cpu)) ?? PORTS.IDE_BUS_MASTER.first;
    const port = new AtaPort(cpu, 0, busMaster, options.pollDelay ?? 0);
    if (mode === 'polled' || mode === 'polled-words' || mode === 'int13') {
      const bios = new AtaBios({ port, mode, sectors, page: PAGE });
      cpu.finish(bios.attach());
      return bios;
    }
    const multiple = options.multiple ?? 16;
    const alwaysLba48 = options.alwaysLba48 ?? false;
    const interrupts = this.interrupts(options.pic ?? 'apic');
    const driver = new AtaDriver({ port, interrupts, mode, sectors, multiple, alwaysLba48, table: PAGE });
    cpu.finish(driver.attach());
    if (mode === 'multiple') cpu.finish(setMultiple(driver, multiple));
    return driver;
  }

  /** What a program of the guest counted. */
  count(program: Generator<void, unknown, void>): CounterSnapshot {
    const { counters } = this.cpu.partition;
    const before = counters.snapshot();
    this.cpu.finish(program);
    return countersBetween(before, counters.snapshot());
  }

  interrupts(pic: 'apic' | '8259'): ApicInterrupts | PicInterrupts {
    if (pic === 'apic') return new ApicInterrupts(this.cpu);
    const controller = new PicInterrupts(this.cpu);
    this.cpu.finish(controller.initialise());
    return controller;
  }
}

/** Index of the first byte in which two arrays differ, -1 when they are equal. Fast where a deep comparison is slow. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((byte, i) => byte !== b[i]);
}
