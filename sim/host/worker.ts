/**
 * The worker process: one user-mode process of the root partition per virtual machine (vmwp.exe). It owns the emulated devices of its
 * machine, answers their port and memory intercepts, reads and writes image files, and asserts interrupts.
 *
 * All that crosses rings: an intercept costs seven transitions (route `port-worker`, charged by the partition), an interrupt four
 * (`irq-assert`), a file I/O two (`backend-io`). Guest memory is mapped in the process, so copying costs time but no transition.
 *
 * A bug in a device model ends this process and its machine with it; the other machines have workers of their own.
 *
 * Sources: VirtualBox src/VBox/VMM/VMMR3/NEMR3Native-win.cpp (how a user-mode process serves VID messages); OpenVMM
 * vm/chipset_device/src/io/deferred.rs (completing an intercept later).
 */
import type { Engine } from '../core/engine.ts';
import { invariant } from '../core/errors.ts';
import { traceKind, WHO_DEVICE } from '../core/trace.ts';
import { addressed, lowestPriority } from '../machine/apic-send.ts';
import type { CopyHop } from '../machine/counters.ts';
import type { Hypervisor } from '../machine/hypervisor.ts';
import type { MmioHandler, PortHandler } from '../machine/io.ts';
import type { GuestMemory } from '../machine/memory.ts';
import type { Partition } from '../machine/partition.ts';
import { ROUTE } from '../machine/routes.ts';
import { GEN1_PCI } from '../wire/pci.ts';
import { PORTS } from '../wire/ports.ts';
import type { DiskService } from './backends/service.ts';
import type { Deferral, DeviceHost, DeviceNote, ImageFile } from './devices/device-host.ts';
import { Ide, type IdeOptions, type PortSpace } from './devices/ide.ts';
import { type ApicMessage, IOAPIC_BASE, IOAPIC_BYTES, IoApic, type IoApicState } from './devices/ioapic.ts';
import { PciBus } from './devices/pci-bus.ts';
import { Pic, type PicState } from './devices/pic.ts';

/** One row per file I/O of the worker. */
export const WORKER_FILE = traceKind(
  'worker.file',
  ['lba', 'sectors'],
  'the worker reads or writes an image file',
);
/** The row that says that a worker died. */
export const WORKER_ENDED = traceKind(
  'worker.ended',
  [],
  'the worker process ended, and its machine with it',
);
const NOTES: Readonly<Record<DeviceNote, readonly [a: string, b: string, doc: string]>> = {
  'ide.command': ['opcode', 'count', 'a command reaches an IDE drive'],
  'ide.error': ['error', 'lba', 'an IDE command ends with an error'],
  'ide.ignored': ['value', 'state', 'an IDE device ignores what the guest wrote'],
  'ide.dma-error': ['gpa', 'bytes', 'the bus master cannot reach guest memory'],
  'ide.int13': ['opcode', 'lba', 'an enlightened INT13 command starts'],
};

/**
 * What stands on the machine's board. `piix4`: that of generation 1, interrupt controller pair, PCI bus and all. `generation-2`: an I/O
 * APIC and nothing else (OpenVMM vmm_core/vm_manifest_builder/src/lib.rs, HypervGen2Uefi); no IDE controller fits.
 */
export type Chipset = 'piix4' | 'generation-2';

/** Delivery modes of the I/O APIC that carry a vector: fixed and lowest priority. */
const LOWEST_PRIORITY = 1;
const FREE = 0;

/** A chipset as it is saved. */
export type SavedChipset = {
  readonly levels: readonly boolean[];
  readonly pic: PicState;
  readonly ioapic: IoApicState;
  readonly pciAddress: number;
};

/** The worker process of one virtual machine, with the chipset that every machine of its generation has. */
export class WorkerProcess implements DeviceHost, PortSpace {
  readonly partition: Partition;
  readonly memory: GuestMemory;
  readonly chipset: Chipset;
  /** On no port, and deaf, in generation 2. */
  readonly pic: Pic;
  readonly ioapic: IoApic;
  readonly pci = new PciBus();
  /** Why the process ended; `undefined` while it lives. */
  ended: string | undefined;
  readonly #hypervisor: Hypervisor;
  readonly #engine: Engine;
  readonly #copyCost: number;
  readonly #callCost: number;
  readonly #notes: Readonly<Record<DeviceNote, number>>;
  readonly #fileKind: number;
  readonly #levels: boolean[] = new Array<boolean>(16).fill(false);
  readonly #applyLine: number;
  /** A file I/O is being completed: no processor waits, and time spent delays what follows. */
  #completing = false;
  #spent = 0;

  constructor(hypervisor: Hypervisor, partition: Partition, chipset: Chipset = 'piix4') {
    this.partition = partition;
    this.memory = partition.memory;
    this.chipset = chipset;
    this.#hypervisor = hypervisor;
    this.#engine = hypervisor.engine;
    this.#copyCost = hypervisor.costs.cost('copy.cold');
    this.#callCost =
      hypervisor.routeCosts.before[ROUTE['backend-io']] + hypervisor.routeCosts.after[ROUTE['backend-io']];
    this.#fileKind = hypervisor.trace.kind(WORKER_FILE);
    this.#notes = this.#noteKinds();
    this.#applyLine = this.#engine.handler('worker.line', (irq) => this.#drive(irq, this.#levels[irq]));
    this.pic = new Pic((level) => this.#picOutput(level));
    this.ioapic = new IoApic((message) => this.#deliver(message));
    this.#addIoApic();
    if (chipset === 'piix4') this.#addPiix4();
  }

  /** Adds the IDE controller with its drives. Once. */
  attachIde(options: IdeOptions): Ide {
    invariant(this.chipset === 'piix4', 'a machine of generation 2 has no place for an IDE controller');
    const ide = new Ide(options, this, this);
    this.pci.add(GEN1_PCI.IDE, ide.pci);
    this.partition.onReset(() => ide.powerOn());
    return ide;
  }

  /** Gives port ranges to a device of this process. Taken ports are our own mistake. */
  addPortDevice(
    handler: PortHandler,
    ...ranges: readonly { readonly first: number; readonly count: number }[]
  ): void {
    for (const { first, count } of ranges) this.partition.io.claimPorts(first, count, 'port-worker', handler);
  }

  /** Gives a stretch of guest-physical addresses to a device of this process. */
  addMmioDevice(gpa: number, bytes: number, handler: MmioHandler): void {
    this.partition.io.claimMmio(gpa, bytes, 'mmio-worker', handler);
  }

  claim(first: number, count: number, handler: PortHandler): boolean {
    const { slots, handlers } = this.partition.io;
    if (!slots.subarray(first, first + count).every((slot) => slot === FREE)) return false;
    // A device that moves its ports again and again takes its slot along: the guest must not be able to use them up.
    const slot = handlers.indexOf(handler);
    if (slot > FREE) slots.fill(slot, first, first + count);
    else this.partition.io.claimPorts(first, count, 'port-worker', handler);
    return true;
  }

  release(first: number, count: number): void {
    this.partition.io.releasePorts(first, count);
  }

  line(irq: number, level: boolean): void {
    this.#levels[irq] = level;
    if (this.ended !== undefined) return;
    if (this.#spent > 0) this.#engine.post(this.#engine.now + this.#spent, this.#applyLine, irq);
    else this.#drive(irq, level);
  }

  openImage(service: DiskService, done: () => void): ImageFile {
    const { trace } = this.#hypervisor;
    let [started, lba, sectors] = [0, 0, 0];
    const completed = (): void => {
      if (this.ended !== undefined) return;
      trace.span(this.#fileKind, started, this.#engine.now, WHO_DEVICE, lba, sectors);
      this.#completing = true;
      done();
      this.#completing = false;
      this.#spent = 0;
    };
    return {
      start: (operation, first, count) => {
        started = this.#engine.now;
        lba = first;
        sectors = count;
        this.partition.counters.pass('backend-io');
        this.#work(this.#callCost);
        service.submit(operation, first, count, completed);
      },
    };
  }

  defer(): Deferral {
    const vp = this.partition.exiting;
    vp.suspend();
    return { complete: () => this.ended === undefined && vp.resume(this.#engine.now + this.#spent) };
  }

  copied(hop: CopyHop, bytes: number): void {
    this.partition.counters.copy(hop, bytes);
    // Port accesses pay for their bytes by themselves.
    if (hop !== 'pio') this.#work(Math.round(bytes * this.#copyCost));
  }

  note(kind: DeviceNote, a: number, b: number): void {
    this.#hypervisor.trace.emit(this.#notes[kind], this.#engine.now, WHO_DEVICE, a, b);
  }

  /** The process ends, by a bug in a device model or by force: its machine stops where it is, and nothing else does. */
  kill(reason: string): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    const { trace } = this.#hypervisor;
    trace.emit(trace.kind(WORKER_ENDED), this.#engine.now, WHO_DEVICE);
    // A machine that runs outside this simulation stops by itself: its owner sees `ended`.
    for (const vp of this.partition.vps) if (vp.driven) vp.suspend();
    this.#hypervisor.destroyPartition(this.partition.id);
  }

  /** The chipset of the machine, copied. The IDE controller is saved by itself. */
  save(): SavedChipset {
    const { low, high, lines, ...ioapic } = this.ioapic.state;
    return {
      levels: [...this.#levels],
      pic: { chips: [{ ...this.pic.state.chips[0] }, { ...this.pic.state.chips[1] }] },
      ioapic: { ...ioapic, low: [...low], high: [...high], lines: [...lines] },
      pciAddress: this.pci.address,
    };
  }

  /** Puts back what {@link save} gave. */
  load({ levels, pic, ioapic, pciAddress }: SavedChipset): void {
    for (const [irq, level] of levels.entries()) this.#levels[irq] = level;
    this.pic.load(pic);
    Object.assign(this.ioapic.state, ioapic);
    this.pci.address = pciAddress;
  }

  #addPiix4(): void {
    const { partition, pic } = this;
    this.addPortDevice(pic, PORTS.PIC_MASTER, PORTS.PIC_SLAVE, PORTS.PIC_ELCR);
    this.addPortDevice(this.pci, PORTS.PCI_CONFIG_ADDRESS, PORTS.PCI_CONFIG_DATA);
    partition.connectExtInt(() => this.#acknowledgePic());
    partition.onReset(() => pic.reset());
  }

  #addIoApic(): void {
    const { partition, ioapic } = this;
    this.addMmioDevice(IOAPIC_BASE, IOAPIC_BYTES, {
      read: (gpa, width) => ioapic.read(gpa - IOAPIC_BASE, width),
      write: (gpa, width, value) => ioapic.write(gpa - IOAPIC_BASE, width, value),
    });
    partition.onEoi((_vp, vector) => ioapic.endOfInterrupt(vector));
    partition.onReset(() => ioapic.reset());
  }

  /** A line reaches both controllers; the guest masks it at the one that it does not use. */
  #drive(irq: number, level: boolean): void {
    if (this.ended !== undefined) return;
    if (this.chipset === 'piix4') this.pic.line(irq, level);
    this.ioapic.line(irq, level);
  }

  #deliver({ vector, mode, destination, logical, level }: ApicMessage): void {
    if (mode > LOWEST_PRIORITY) return;
    const targets = this.partition.localApics.filter((apic) => addressed(apic, destination, logical));
    for (const apic of mode === LOWEST_PRIORITY ? lowestPriority(targets) : targets) {
      this.partition.assertInterrupt(apic.id, vector, level);
    }
  }

  /** Raising INT costs the worker a call; taking it back is seen at the acknowledge cycle or at the end of the intercept. */
  #picOutput(level: boolean): void {
    if (level) this.partition.setExtInt(true);
    else this.partition.setExtInt(false);
  }

  /** The acknowledge cycle. A request that went away leaves a spurious vector, and no request behind it. */
  #acknowledgePic(): number {
    const vector = this.pic.acknowledge();
    if (!this.pic.output) this.partition.setExtInt(false);
    return vector;
  }

  /** The worker's thread spends cycles: the processor that waits for its intercept waits longer, or what follows comes later. */
  #work(cycles: number): void {
    if (this.#completing) this.#spent += cycles;
    else this.partition.exiting.elapse(cycles);
  }

  #noteKinds(): Record<DeviceNote, number> {
    const { trace } = this.#hypervisor;
    const kinds = Object.entries(NOTES).map(([name, [a, b, doc]]) => [
      name,
      trace.kind(traceKind(name, [a, b], doc)),
    ]);
    return Object.fromEntries(kinds) as Record<DeviceNote, number>;
  }
}
