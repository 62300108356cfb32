/**
 * A kernel from its first instruction to a running system, as far as its disk is concerned: it probes the emulated drive, connects to
 * VMBus, and lets one of them have the disk.
 *
 * After Windows (filter), Linux 6.1 (`drivers/ata/ata_piix.c`, `drivers/hv/vmbus_drv.c`, `drivers/scsi/storvsc_drv.c`) and FreeBSD
 * (`sys/dev/hyperv/storvsc`). What a kernel does besides takes no time here.
 */
import type { Program } from '../../core/program.ts';
import type { AtaMode } from '../drivers/ata-command.ts';
import type { BlockDriver, IoResult } from '../drivers/block.ts';
import { detectHypervisor, Hyperv } from '../drivers/hv.ts';
import type { PageAllocator } from '../drivers/page-allocator.ts';
import { Storvsc } from '../drivers/storvsc.ts';
import { Vmbus } from '../drivers/vmbus.ts';
import { LINUX_6_1 } from '../profiles/linux.ts';
import { findAccelerator } from './accelerator.ts';
import type { ProbedAta, Technique } from './boot-ata.ts';
import { probeAta } from './boot-ata.ts';
import type { BootDriver } from './boot-files.ts';
import type { BootSite } from './boot-site.ts';
import { AtaLower, DiskStack, StorvscLower } from './disk-stack.ts';
import { Storflt } from './storflt.ts';
import type { Writers } from './writers.ts';

/** `one-owner`: as systems are. `no-drain`: the filter does not wait for the drive. `two-owners`: both drivers take the disk. */
export type OwnerRule = 'one-owner' | 'no-drain' | 'two-owners';

/** What a kernel is told. */
export interface KernelOptions {
  readonly technique: Technique;
  readonly rule: OwnerRule;
  readonly ataMode: AtaMode;
  readonly drivers: ReadonlySet<BootDriver>;
  readonly busMaster: number;
}

const NO_DISK: IoResult = { kind: 'failed', status: 0, error: 0, reason: 'the disk is gone' };

/** The kernel’s own drivers, and the queue through which everybody reaches the disk. */
export class BootKernel implements BlockDriver {
  readonly site: BootSite;
  readonly stack: DiskStack;
  readonly options: KernelOptions;
  readonly pages: PageAllocator;
  ata: ProbedAta | undefined;
  vmbus: Vmbus | undefined;
  adapter: Storvsc | undefined;
  filter: Storflt | undefined;
  /** Programs that write all the time, if there are any. */
  writers: Writers | undefined;
  /** The host took the disk away, and this system has no other road to it. */
  gone = false;
  private busy = false;

  constructor(site: BootSite, pages: PageAllocator, options: KernelOptions) {
    this.site = site;
    this.pages = pages;
    this.options = options;
    this.stack = new DiskStack(site);
  }

  /** Drivers are started that lie in memory; the firmware is not asked again. */
  start(): void {
    const { site } = this;
    site.enter('kernel');
    site.cpu.sti();
    site.release('firmware');
  }

  /** The kernel's own ATA driver looks for the drive. */
  *probe(): Program {
    const { site, options, pages, stack } = this;
    site.enter('probe');
    const { technique, rule, ataMode, drivers, busMaster } = options;
    if (!drivers.has('ata')) return;
    this.ata = yield* probeAta(site, {
      technique,
      mode: ataMode,
      busMaster,
      table: pages.page(),
      storvsc: drivers.has('storvsc'),
      hyperv: true,
      takesAll: rule === 'two-owners',
    });
    if (!this.ata?.taken) return;
    const lower = new AtaLower(this.ata.driver);
    lower.next = () => stack.dispatch();
    stack.lower = lower;
    site.claim('ata');
    if (technique === 'storflt' && rule !== 'two-owners')
      this.filter = new Storflt(site, stack, lower, (done) => this.until(done), rule !== 'no-drain');
  }

  /** Discovery, hypercall page, SynIC, version, offers. */
  *connect(): Program {
    const { site, options, pages } = this;
    site.enter('vmbus');
    if (options.technique === 'none' || !options.drivers.has('vmbus')) return;
    const { cpu } = site;
    const info = yield* detectHypervisor(cpu);
    if (!info) return;
    const hv = new Hyperv(info, pages, cpu.partition.costs.hz / 1_000_000);
    yield* hv.initProcessor(cpu);
    yield* hv.enableHypercalls(cpu, LINUX_6_1.guestOsId);
    const vmbus = new Vmbus(hv);
    yield* vmbus.initProcessor(cpu);
    if (yield* vmbus.connect(cpu)) this.vmbus = vmbus;
    else yield* vmbus.stopProcessor(cpu);
  }

  /** The disk gets the owner that it shall keep, where there is one to choose. */
  *handOver(): Program {
    this.site.enter('hand-over');
    const { filter } = this;
    if (!this.newcomer) return;
    if (filter) yield* this.until(() => filter.state === 'diverted' || !this.newcomer);
    else yield* this.react();
  }

  /** Programs that only wait: ends when `done` holds. Meanwhile the kernel does whatever comes up. */
  *until(done: () => boolean): Program {
    const { site, vmbus, stack } = this;
    for (;;) {
      yield* this.react();
      if (this.writers?.ready) yield* this.writers.pump();
      yield* stack.dispatch();
      if (done()) return;
      const work = vmbus?.connection.nextWork(site.cpu);
      if (work) yield* work;
      else if (!this.stirring) yield* site.cpu.hlt();
    }
  }

  /** Something is to be done that no interrupt will announce again. */
  private get stirring(): boolean {
    return this.writers?.ready === true || (!this.busy && (this.lost || this.newcomer));
  }

  /** The channel that has the disk was taken away, and all that was in it has come back. */
  private get lost(): boolean {
    const { lower, below } = this.stack;
    return lower?.lost === true && below === 0 && !this.gone;
  }

  /** An accelerator is on offer that this kernel would take. */
  private get newcomer(): boolean {
    const { vmbus, options, site, filter } = this;
    if (!vmbus || !options.drivers.has('storvsc')) return false;
    if (options.technique === 'storflt' && !filter && options.rule !== 'two-owners') return false;
    return this.adapterIsFree && findAccelerator(vmbus, site.drive) !== undefined;
  }

  private get adapterIsFree(): boolean {
    return this.adapter === undefined || this.adapter.channel.state !== 'open';
  }

  /** Goes back when the channel is gone, takes the accelerator when one is offered. */
  private *react(): Program {
    if (this.busy) return;
    this.busy = true;
    if (this.lost) {
      if (this.filter) yield* this.filter.fallBack();
      else this.lose();
    }
    if (this.newcomer && !this.gone) yield* this.accelerate();
    this.busy = false;
  }

  /** A system without a filter has lost its disk for good: what waits fails. */
  private lose(): void {
    this.gone = true;
    this.site.release('storvsc');
    this.stack.failAll(NO_DISK);
  }

  private *accelerate(): Program {
    const { site, stack, filter, vmbus } = this;
    const channel = vmbus && findAccelerator(vmbus, site.drive);
    if (!vmbus || !channel) return;
    const adapter = new Storvsc(vmbus, channel, [site.cpu], { subChannels: 0 });
    if (!(yield* adapter.probe()) || adapter.disks.length === 0) return;
    this.adapter = adapter;
    const lower = new StorvscLower(adapter.disk(0));
    if (filter) {
      // Other threads had the processor now and then: what they have to write is on its way.
      if (this.writers) yield* this.writers.pump();
      yield* filter.divert(lower);
      return;
    }
    site.claim('storvsc');
    if (this.options.rule === 'two-owners' && stack.lower) return;
    stack.lower = lower;
  }

  // The disk as programs of this guest use it.

  /** Capacity in sectors, as whoever has the disk says. */
  get sectors(): number {
    return this.adapter?.disks[0]?.sectors ?? this.ata?.driver.sectors ?? 0;
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.transfer('read', lba, sectors, gpa);
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.transfer('write', lba, sectors, gpa);
  }

  flush(): Program<IoResult> {
    return this.transfer('flush', 0, 0, 0);
  }

  private *transfer(
    operation: 'read' | 'write' | 'flush',
    lba: number,
    sectors: number,
    gpa: number,
  ): Program<IoResult> {
    if (this.gone || !this.stack.lower) return NO_DISK;
    let answer: IoResult | undefined;
    yield* this.stack.submit({ operation, lba, sectors, gpa, tag: 0 }, (_tag, result) => {
      answer = result;
    });
    yield* this.until(() => answer !== undefined);
    return answer as IoResult;
  }
}
