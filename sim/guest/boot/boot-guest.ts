/**
 * A guest of generation 1 from power-on to its crash dump: firmware, loader, kernel, hand-over, run time, control commands, dump.
 *
 *     const guest = new BootGuest(site, pages, { profile, files, technique: 'storflt', int13: 'enlightened' });
 *     cpu.run(guest.start());
 *     engine.run();                       // guest.end is 'up', or says where it came to grief
 */
import type { Program } from '../../core/program.ts';
import { ATA_CMD } from '../../wire/ata.ts';
import type { AtaIdentity } from '../../wire/ata-identify.ts';
import type { AtaMode } from '../drivers/ata-command.ts';
import { plainTaskFile } from '../drivers/ata-command.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { identify } from '../drivers/ata-probe.ts';
import type { PageAllocator } from '../drivers/page-allocator.ts';
import type { FileSystem } from '../media/index.ts';
import { answerReads, longestRun, openBootVolume, readPath, type SectorRun } from './answer.ts';
import { type Int13Way, startFirmware } from './bios.ts';
import type { Technique } from './boot-ata.ts';
import { driversIn } from './boot-drivers.ts';
import type { BootFile, BootProfileId } from './boot-files.ts';
import { BootKernel, type OwnerRule } from './boot-kernel.ts';
import { filesOf, type LoaderEnd, loadSystem } from './boot-loader.ts';
import { type BootSite, NotedDriver } from './boot-site.ts';
import { writeDump, writeDumpTo } from './crash-dump.ts';
import { readDisc } from './disc-drive.ts';
import type { DiskName } from './disk-names.ts';
import { scsiName } from './disk-names.ts';
import { NO_BOOT_DISK, NO_ROOT } from './messages.ts';
import { openReservedDisk, type ReservedDisk } from './reserved-dump.ts';
import { keepList, type ListOutcome, SectorCache } from './two-caches.ts';
import { Writers } from './writers.ts';

/** How a start ended. `up`: it went through all phases. `no-root`: the kernel has no disk. `lost-root`: it had one. */
export type BootEnd = 'starting' | 'no-boot-disk' | LoaderEnd | 'no-root' | 'lost-root' | 'up';

/** The roads of a crash dump: the emulated drive, or a channel of VMBus reserved for it. */
export type DumpRoad = 'ports' | 'reserved';

/** What a guest is told. */
export interface BootGuestOptions {
  readonly profile: BootProfileId;
  /** The files that its loader's and its kernel's lists name. */
  readonly files: readonly BootFile[];
  readonly technique: Technique;
  readonly rule: OwnerRule;
  readonly int13: Int13Way;
  readonly ataMode: AtaMode;
  /** Programs that write during the hand-over. */
  readonly writers: number;
  /** Writes of each after it. */
  readonly writesAfter: number;
  /** Entries of the list that two programs keep afterwards; 0: none. */
  readonly listEntries: number;
  /** Path of the file whose sectors programs and the crash dump write to. */
  readonly scratch: string;
  /** Files of the disc in the CD drive that are read after the hand-over. */
  readonly discFiles: readonly string[];
  /** How the crash dump reaches the disk. */
  readonly dumpRoad: DumpRoad;
  /** Sectors of the crash dump; 0: there is none. */
  readonly dumpSectors: number;
}

/** Pages of the loader's and the kernel's own, apart from what drivers take. */
const PAGE = 4096;

export class BootGuest {
  readonly site: BootSite;
  readonly options: BootGuestOptions;
  end: BootEnd = 'starting';
  kernel: BootKernel | undefined;
  list: ListOutcome | undefined;
  /** The names that the two roads have for the disk, as far as they were asked. */
  readonly names: { ata?: DiskName; scsi?: DiskName } = {};
  /** The key of the volume as the loader read it, and as it is read at run time: by it a system finds its root, and Windows the letter. */
  readonly volume: { loader?: string; run?: string } = {};
  private readonly pages: PageAllocator;
  private scratch: SectorRun | undefined;

  constructor(site: BootSite, pages: PageAllocator, options: BootGuestOptions) {
    this.site = site;
    this.pages = pages;
    this.options = options;
  }

  /** The program of its processor, from power-on. */
  *start(): Program {
    const { site, options, pages } = this;
    site.enter('firmware');
    const firmware = yield* startFirmware(site, options.int13, pages.page());
    if (!firmware) {
      site.print(NO_BOOT_DISK);
      this.end = 'no-boot-disk';
      return;
    }
    this.names.ata = nameOf(firmware.identity);
    const loaded = yield* loadSystem(site, firmware.driver, options.profile, options.files);
    if (typeof loaded === 'string') {
      this.end = loaded;
      return;
    }
    this.volume.loader = loaded.volume;
    const { technique, rule, ataMode, profile, files } = options;
    const drivers = driversIn(profile, files, loaded.files);
    const { busMaster } = firmware;
    this.kernel = new BootKernel(site, pages, { technique, rule, ataMode, drivers, busMaster });
    this.end = yield* this.run(this.kernel);
  }

  private *run(kernel: BootKernel): Program<BootEnd> {
    kernel.start();
    yield* kernel.probe();
    let system = kernel.stack.lower ? yield* this.mount(kernel) : undefined;
    yield* kernel.connect();
    if (kernel.filter && this.scratch) yield* this.startWriting(kernel, this.scratch);
    yield* kernel.handOver();
    if (!kernel.stack.lower) return this.noRoot();
    if (!kernel.writers && this.scratch) yield* this.startWriting(kernel, this.scratch);
    kernel.writers?.finishAfter(this.options.writesAfter);
    yield* kernel.until(() => kernel.gone || kernel.writers === undefined || idle(kernel.writers));
    this.site.enter('run');
    system ??= yield* this.mount(kernel);
    if (!system) return kernel.gone ? 'lost-root' : this.noRoot();
    if (!(yield* this.readTheRest(kernel, system))) return 'lost-root';
    yield* this.keepList(kernel);
    yield* this.control(kernel);
    yield* this.disc(kernel);
    yield* this.dump(kernel);
    return kernel.gone ? 'lost-root' : 'up';
  }

  private noRoot(): 'no-root' {
    for (const line of NO_ROOT[this.options.profile]) this.site.print(line);
    return 'no-root';
  }

  /** Mounts the root file system, and finds where programs may write. */
  private *mount(kernel: BootKernel): Program<FileSystem | undefined> {
    const { site, options } = this;
    const opened = yield* answerReads(site, kernel, openBootVolume(kernel.sectors));
    if (!opened.ok) return undefined;
    const run = yield* answerReads(site, kernel, longestRun(opened.value.system, options.scratch));
    if (run.ok) this.scratch = run.value;
    return opened.value.system;
  }

  private *startWriting(kernel: BootKernel, run: SectorRun): Program {
    const { site, options, pages } = this;
    kernel.writers = new Writers(site, kernel.stack, run, options.writers, () => pages.page());
    yield* kernel.writers.pump();
  }

  /** The files that belong to run time. */
  private *readTheRest(kernel: BootKernel, system: FileSystem): Program<boolean> {
    const { site, options } = this;
    for (const { path } of filesOf(options.files, 'run')) {
      const read = yield* answerReads(site, kernel, readPath(system, path));
      if (!read.ok) {
        site.print(read.problem.message);
        return false;
      }
      site.watch.file(path, read.value);
    }
    return true;
  }

  /** Two programs keep a list; under the wrong rule each has a driver of its own. */
  private *keepList(kernel: BootKernel): Program {
    const { site, options, pages, scratch } = this;
    if (options.listEntries === 0 || !scratch) return;
    const first = new SectorCache(site, kernel, pages.page());
    const second = this.secondOwner(kernel);
    const caches = [first, second ?? first] as const;
    const fresh = new SectorCache(site, kernel, pages.page());
    const lba = scratch.lba + scratch.sectors - 1;
    this.list = yield* keepList(site, caches, lba, options.listEntries, fresh);
  }

  private secondOwner({ options, adapter, stack }: BootKernel): SectorCache | undefined {
    if (options.rule !== 'two-owners' || !adapter || stack.lower?.user !== 'ata') return undefined;
    const driver = new NotedDriver(this.site, 'storvsc', adapter.disk(0));
    return new SectorCache(this.site, driver, this.pages.page());
  }

  /** Reads the volume's key again, by the road that the disk has now. */
  private *lookAgain(kernel: BootKernel): Program {
    const { site, volume } = this;
    const opened = yield* answerReads(site, kernel, openBootVolume(kernel.sectors));
    if (!opened.ok) return;
    volume.run = opened.value.key;
    site.print(`Volume ${volume.run}: ${volume.run === volume.loader ? 'as' : 'not as'} the loader read it`);
  }

  /** Who are you? The volume by the road that its data take now; the disk by the emulated drive where the kernel has it, and by the channel. */
  private *control(kernel: BootKernel): Program {
    const { site, pages, names } = this;
    site.enter('control');
    yield* this.lookAgain(kernel);
    const { ata, adapter } = kernel;
    if (ata?.taken) {
      const identity = yield* identify(ata.driver, site.buffer);
      if (identity) names.ata = nameOf(identity);
      yield* ata.driver.nonData(plainTaskFile(ATA_CMD.CHK_POWER, ata.driver.device));
    }
    const queue = adapter?.queues[site.cpu.index];
    if (adapter && queue && adapter.disks.length > 0)
      names.scsi = yield* scsiName(queue, adapter.disks[0], pages.page());
    if (names.ata) site.print(`IDENTIFY: "${names.ata.model}", serial number "${names.ata.serial}"`);
    if (names.scsi) site.print(`INQUIRY: "${names.scsi.model}", serial number "${names.scsi.serial}"`);
  }

  /** The disc in the CD drive: the road of its files is the same in every system. */
  private *disc(kernel: BootKernel): Program {
    const { site, pages, options } = this;
    const { cpu, buffer, watch } = site;
    if (!watch.disc || options.discFiles.length === 0) return;
    const { busMaster } = kernel.options;
    const dma = options.ataMode === 'dma';
    const discSite = { cpu, pages, busMaster, buffer, dma, watch: watch.disc };
    site.print(yield* readDisc(discSite, options.discFiles));
  }

  /** The kernel crashes: it leaves VMBus by polling, and dumps by polling. */
  private *dump(kernel: BootKernel): Program {
    const { site, options, scratch } = this;
    if (options.dumpSectors === 0 || !scratch) return;
    site.enter('dump');
    site.cpu.cli();
    const from = site.buffer - (site.buffer % PAGE);
    const reserved = options.dumpRoad === 'reserved' ? yield* this.reserve(kernel) : undefined;
    if (!reserved && kernel.vmbus?.connection.state === 'connected') yield* kernel.vmbus.disconnect(site.cpu);
    for (const user of [...site.owners.of(site.drive)]) site.release(user);
    if (reserved) {
      const written = yield* writeDumpTo(site, reserved.disk, scratch, from, options.dumpSectors);
      const closed = yield* reserved.close();
      site.print(`Dump: ${written} sectors by a reserved channel${closed ? '' : ', which did not close'}`);
      return;
    }
    const port = new AtaPort(site.cpu, site.drive.channel, kernel.options.busMaster);
    const written = yield* writeDump(site, port, kernel.sectors, scratch, from, options.dumpSectors);
    site.print(`Dump: ${written} sectors`);
  }

  /** The accelerator for the dump alone; nothing where the kernel has none. */
  private *reserve(kernel: BootKernel): Program<ReservedDisk | undefined> {
    const { vmbus, adapter } = kernel;
    if (!vmbus || adapter?.channel.state !== 'open') return undefined;
    return yield* openReservedDisk(this.site.cpu, vmbus, adapter.channel, kernel.sectors);
  }
}

/** All have sent what they may, and have their answers. */
const idle = (writers: Writers): boolean => !writers.ready && writers.idle;

const nameOf = ({ model, serial }: AtaIdentity): DiskName => ({ model, serial });
