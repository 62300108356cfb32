/**
 * An enlightened guest kernel from power-on to disks: the order in which processors, hypervisor interface, VMBus and storvsc come up.
 *
 *     const guest = new EnlightenedGuest(cpus, LINUX_6_1);
 *     guest.start();
 *     engine.run();                       // guest.state is 'ready'
 *     const disk = guest.disk();          // a block driver for programs of cpus[0]
 *     cpus[0].run(randomAccess({ cpu: cpus[0], disk, buffer: guest.pages.block(64) }, load, rng));
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';
import { detectHypervisor, Hyperv } from './drivers/hv.ts';
import { PageAllocator } from './drivers/page-allocator.ts';
import { Storvsc, type StorvscOptions } from './drivers/storvsc.ts';
import type { StorvscDisk } from './drivers/storvsc-disk.ts';
import { Vmbus } from './drivers/vmbus.ts';
import type { GuestProfile } from './profiles/linux.ts';

/** How far a guest came. The three failures leave it with emulated devices only. */
export type GuestState =
  | 'off'
  | 'starting'
  | 'no-hypervisor'
  | 'no-vmbus'
  | 'no-disk'
  | 'ready'
  | 'shut-down';

/** What a guest may be told that its profile does not say. */
export interface EnlightenedGuestOptions {
  /** First guest-physical address that the kernel may use for itself; below lie firmware and the kernel's image. Default 1 MiB. */
  readonly firstPage?: number;
  /** Address of the end of the memory that the kernel begins with; the end of guest memory when left out. */
  readonly memoryEnd?: number;
  readonly storvsc?: StorvscOptions;
}

/** Cycles between two looks of a processor that waits for another one during start-up. */
const SPIN_CYCLES = 1000;

/** A guest that has found Hyper-V: hypercall page, SynIC, VMBus connection. */
export class EnlightenedGuest {
  readonly cpus: readonly Cpu[];
  readonly profile: GuestProfile;
  readonly pages: PageAllocator;
  state: GuestState = 'off';
  /** Set as the start proceeds. */
  hv: Hyperv | undefined;
  vmbus: Vmbus | undefined;
  /** One per SCSI controller or accelerated IDE disk, in the order of the offers. */
  readonly adapters: Storvsc[] = [];
  private readonly options: EnlightenedGuestOptions;
  private processorsUp = 0;

  constructor(cpus: readonly Cpu[], profile: GuestProfile, options: EnlightenedGuestOptions = {}) {
    this.cpus = cpus;
    this.profile = profile;
    this.options = options;
    this.pages = new PageAllocator(cpus[0].memory, options.firstPage ?? 0x10_0000, options.memoryEnd);
  }

  /** Starts every processor; the guest is up when the engine has run and {@link state} says so. */
  start(): void {
    this.state = 'starting';
    const [first, ...others] = this.cpus;
    first.run(this.boot(first));
    for (const cpu of others) cpu.run(this.bootSecondary(cpu));
  }

  /** The block driver of disk `disk` on adapter `adapter`, for programs that run on `cpu`. */
  disk(disk = 0, cpu: Cpu = this.cpus[0], adapter = 0): StorvscDisk {
    return this.adapters[adapter].disk(disk, cpu);
  }

  /** Leaves VMBus as a crashing or rebooting kernel does. A program for the first processor. */
  *shutDown(): Program {
    const [cpu] = this.cpus;
    if (this.vmbus) {
      yield* this.vmbus.disconnect(cpu);
      yield* this.vmbus.stopProcessor(cpu);
    }
    this.state = 'shut-down';
  }

  private *boot(cpu: Cpu): Program {
    const info = yield* detectHypervisor(cpu);
    if (info === undefined) {
      this.state = 'no-hypervisor';
      return;
    }
    const hv = new Hyperv(info, this.pages, cpu.partition.costs.hz / 1_000_000);
    yield* hv.initProcessor(cpu);
    yield* hv.enableHypercalls(cpu, this.profile.guestOsId);
    const vmbus = new Vmbus(hv);
    yield* vmbus.initProcessor(cpu);
    this.hv = hv;
    this.vmbus = vmbus;
    this.processorsUp++;
    while (this.processorsUp < this.cpus.length) yield* cpu.compute(SPIN_CYCLES);
    this.state = yield* this.findDisks(cpu, vmbus);
  }

  private *findDisks(cpu: Cpu, vmbus: Vmbus): Program<GuestState> {
    if (!(yield* vmbus.connect(cpu, this.profile.vmbusVersions))) {
      yield* vmbus.stopProcessor(cpu);
      return 'no-vmbus';
    }
    const channels = [...vmbus.devices(DEVICE_CLASS.IDE.guid), ...vmbus.devices(DEVICE_CLASS.SCSI.guid)];
    for (const channel of channels) {
      const adapter = new Storvsc(vmbus, channel, this.cpus, {
        ringPages: this.profile.storvscRingPages,
        versions: this.profile.storvscVersions,
        scan: this.profile.scan,
        ...this.options.storvsc,
      });
      if (yield* adapter.probe()) this.adapters.push(adapter);
    }
    return this.adapters.some((adapter) => adapter.disks.length > 0) ? 'ready' : 'no-disk';
  }

  /** Every further processor: its own registers, its own SynIC. Ends when it could take interrupts. */
  private *bootSecondary(cpu: Cpu): Program {
    while (this.vmbus === undefined || this.hv === undefined) {
      if (this.state === 'no-hypervisor') return;
      yield* cpu.compute(SPIN_CYCLES);
    }
    yield* this.hv.initProcessor(cpu);
    yield* this.vmbus.initProcessor(cpu);
    this.processorsUp++;
  }
}
