/**
 * Starts a machine of either generation from its power switch to a kernel that reads its disk, phase by phase: here the firmware, the
 * loader and the kernel of the guest meet the host. Every read of the disk is checked against the disk.
 *
 * Generation 1: the BIOS asks the IDE channels; loader and kernel image come by INT 13h; the kernel probes the ATA controller, leaves its
 * disk alone, and reads by VMBus. Generation 2: the firmware itself is on VMBus, leaves it, and the kernel connects anew.
 */
import { invariant } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import { probeAtaAndIgnore } from '../guest/boot/ata-ignored.ts';
import { findBiosDrives } from '../guest/boot/bios-drives.ts';
import type { BootWatch } from '../guest/boot/boot-site.ts';
import { BootSite, NotedDriver } from '../guest/boot/boot-site.ts';
import { DiskOwners } from '../guest/boot/disk-owner.ts';
import { readMedia } from '../guest/boot/media-driver.ts';
import type { BootPhaseId } from '../guest/boot/phases.ts';
import { writeSmbios } from '../guest/boot/smbios.ts';
import type { BootAttempt } from '../guest/boot/uefi-boot.ts';
import { findLoader, loadFiles, locateFile, readExtents } from '../guest/boot/uefi-boot.ts';
import { reportBoot } from '../guest/boot/uefi-boot-log.ts';
import { UefiFirmware } from '../guest/boot/uefi-firmware.ts';
import type { BiosMode } from '../guest/drivers/ata-bios.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import type { FileExtent, Problem } from '../guest/media/index.ts';
import { openFileSystem, openPartitions } from '../guest/media/index.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import type { Disk } from '../host/backends/disk.ts';
import { BOOT_DEVICE_STATUS } from '../wire/uefi-device.ts';
import type { GenerationMachine } from './generation-machine.ts';

/** By which doors the firmware reaches disks. Real ones have one each: `ports` in generation 1, `vmbus` in generation 2. */
export type FirmwareDoor = 'ports' | 'vmbus';

/** What is read in which phase. */
export interface BootPlan {
  /** Sectors that a BIOS and its first program read before there is a file system. */
  readonly bootCode: readonly { readonly lba: number; readonly sectors: number }[];
  /** The file that the firmware, or the code in the boot sector, starts. */
  readonly entry: string;
  /** Files that the boot manager reads, that the loader reads, and that the kernel reads when it has a disk. */
  readonly manager: readonly string[];
  readonly loader: readonly string[];
  readonly run: readonly string[];
}

/** How the guest starts. */
export interface StartOptions {
  readonly door: FirmwareDoor;
  /** How a BIOS moves data. */
  readonly biosMode: BiosMode;
  readonly plan: BootPlan;
  /** What the disk really holds. */
  readonly disk: Disk;
}

/** What happened in a phase, or in a stretch of one. */
export interface PhaseRecord {
  readonly id: BootPhaseId;
  cycles: number;
  /** Exits that a device model answered, and those that the hypervisor answered. */
  deviceIntercepts: number;
  hypervisorExits: number;
  signals: number;
  interrupts: number;
  /** Reads of the disk, and their bytes. */
  reads: number;
  bytes: number;
}

const MIB = 1024 * 1024;
const SECTOR = 512;
/** Guest memory: a page for the BIOS, the firmware's own, the kernel's own, the buffer for all reads. */
const BIOS_PAGE = 0x8000;
const FIRMWARE_MEMORY = MIB;
const KERNEL_MEMORY = 3 * MIB;
const BUFFER = 6 * MIB;
/** Time that a guest gets to notice a disk that has been added, in seconds. */
const PATIENCE_SECONDS = 0.1;
const BIOS_SIGNATURE_AT = 510;

type Counts = Omit<PhaseRecord, 'id'>;

/** One start of one machine. */
export class GenerationBoot implements BootWatch {
  readonly machine: GenerationMachine;
  readonly phases: PhaseRecord[] = [];
  readonly owners = new DiskOwners();
  /** The reading of the system's files by the kernel, without the mount before it. */
  data: PhaseRecord | undefined;
  attempt: BootAttempt = { ending: 'NO_DEVICES' };
  firmware: UefiFirmware | undefined;
  kernel: EnlightenedGuest | undefined;
  /** Bytes that did not come as they are on the disk. */
  wrongBytes = 0;
  readonly screen: string[] = [];
  readonly options: StartOptions;
  private readonly site: BootSite;
  private readonly expected = new Uint8Array(128 * SECTOR);
  private reads = 0;
  private bytes = 0;
  private before: Counts;

  constructor(machine: GenerationMachine, options: StartOptions) {
    this.machine = machine;
    this.options = options;
    this.site = new BootSite(machine.cpu, { channel: 0, device: 0 }, this.owners, this, BUFFER);
    this.before = this.counts();
  }

  /** From the power switch until the system runs, or until it is clear that it does not. */
  start(): BootAttempt {
    const { machine, options } = this;
    machine.cpu.finish(options.door === 'vmbus' ? this.uefi() : this.bios());
    if (this.attempt.files) this.startKernel();
    this.endPhase();
    return this.attempt;
  }

  /** Disks that the kernel knows. */
  get disksSeen(): number {
    return this.kernel?.adapters.reduce((sum, { disks }) => sum + disks.length, 0) ?? 0;
  }

  /** The kernel has nothing to do for a while: long enough to hear that a disk has come. */
  settle(): void {
    const { cpu, costs, engine } = this.machine;
    const { vmbus } = this.kernel ?? {};
    if (!vmbus) return;
    const until = cpu.now + Math.round(PATIENCE_SECONDS * costs.hz);
    const alarm = engine.timer('generations.patience', () => undefined);
    alarm.set(until);
    const disks = this.disksSeen;
    const started = cpu.run(vmbus.idle(cpu, () => this.disksSeen > disks));
    while (!started.done && engine.now < until && engine.step());
    alarm.cancel();
  }

  // The firmware of generation 1.

  private *bios(): Program {
    const { cpu } = this.machine;
    const { plan, biosMode } = this.options;
    this.site.enter('firmware');
    writeSmbios(cpu.memory);
    const drives = yield* findBiosDrives(cpu, biosMode, BIOS_PAGE, BUFFER);
    const bootable: BlockDriver[] = [];
    this.site.enter('boot-sector');
    for (const drive of drives) if (yield* this.bootSector(drive)) bootable.push(drive);
    this.attempt = yield* findLoader(this.site, bootable, plan.entry);
    yield* this.load();
  }

  /** Reads the boot code. False when the first sector is not signed: then a BIOS takes the drive for empty. */
  private *bootSector(drive: BlockDriver): Program<boolean> {
    const { site } = this;
    site.claim('firmware');
    const noted = new NotedDriver(site, 'firmware', drive);
    for (const { lba, sectors } of this.options.plan.bootCode) {
      const { kind } = yield* noted.read(lba, sectors, BUFFER);
      const signed = site.cpu.memory.view.getUint16(BUFFER + BIOS_SIGNATURE_AT, true) === 0xaa55;
      if (kind !== 'ok' || (lba === 0 && !signed)) return false;
    }
    return true;
  }

  // The firmware of generation 2.

  private *uefi(): Program {
    const { cpu, partition, uefi } = this.machine;
    this.site.enter('firmware');
    const pages = new PageAllocator(partition.memory, FIRMWARE_MEMORY, KERNEL_MEMORY);
    const firmware = new UefiFirmware(cpu, pages);
    this.firmware = firmware;
    if (!uefi) writeSmbios(cpu.memory);
    yield* firmware.start();
    this.site.enter('boot-sector');
    this.attempt = yield* findLoader(this.site, firmware.disks, this.options.plan.entry);
    yield* this.load();
    if (uefi) yield* reportBoot(cpu, pages.page(), BOOT_DEVICE_STATUS[this.attempt.ending]);
    if (this.attempt.files) yield* firmware.exitBootServices();
  }

  // Both.

  private *load(): Program {
    const { plan } = this.options;
    this.attempt = yield* loadFiles(this.site, this.attempt, plan.manager);
    if (!this.attempt.files) return;
    this.site.enter('loader');
    this.attempt = yield* loadFiles(this.site, this.attempt, plan.loader);
  }

  private startKernel(): void {
    const { cpu, engine, worker } = this.machine;
    if (worker.chipset === 'piix4') {
      this.site.enter('probe');
      cpu.finish(probeAtaAndIgnore(cpu, BUFFER));
    }
    this.site.enter('vmbus');
    const kernel = new EnlightenedGuest([cpu], LINUX_6_1, { firstPage: KERNEL_MEMORY });
    this.kernel = kernel;
    kernel.start();
    while (kernel.state === 'starting') invariant(engine.step(), 'the kernel waits for ever while it starts');
    this.site.release('firmware');
    if (kernel.state === 'ready') cpu.finish(this.live(kernel));
    else this.stuck();
  }

  /** A kernel runs, and has nothing to run from. */
  private stuck(problem?: Problem): void {
    this.attempt = { ending: 'OS_NOT_LOADED', ...(problem ? { problem } : {}) };
  }

  /** Mounts the disk and reads what a running system reads. */
  private *live(kernel: EnlightenedGuest): Program {
    const { site, options } = this;
    const adapter = kernel.adapters.findIndex(({ disks }) => disks.length > 0);
    site.enter('run');
    site.claim('storvsc');
    const disk = new NotedDriver(site, 'storvsc', kernel.disk(0, kernel.cpus[0], adapter));
    const media = { cpu: site.cpu, buffer: site.buffer, disk };
    const partitions = yield* readMedia(media, openPartitions(disk.sectors));
    if (!partitions.ok) return this.stuck(partitions.problem);
    const files = yield* readMedia(media, openFileSystem(partitions.value[0]));
    if (!files.ok) return this.stuck(files.problem);
    const located: FileExtent[] = [];
    for (const path of options.plan.run) {
      const extents = yield* locateFile(site, disk, files.value, path);
      if (extents.ok) located.push(...extents.value);
    }
    const from = this.counts();
    yield* readExtents(site, disk, located);
    this.data = { id: 'run', ...difference(from, this.counts()) };
  }

  // What is watched.

  phase(id: BootPhaseId): void {
    this.endPhase();
    this.phases.push({ id, ...NOTHING });
  }

  issued(): void {}

  answered(_operation: string, lba: number, sectors: number, gpa: number): void {
    const { expected } = this;
    this.reads++;
    this.bytes += sectors * SECTOR;
    this.options.disk.read(lba, sectors, expected);
    const { u32 } = this.machine.cpu.memory;
    const wanted = new Uint32Array(expected.buffer);
    const first = gpa >>> 2;
    for (let word = 0; word < (sectors * SECTOR) / 4; word++)
      if (u32[first + word] !== wanted[word]) this.wrongBytes += 4;
  }

  print(line: string): void {
    this.screen.push(line);
  }

  file(): void {}

  private endPhase(): void {
    const now = this.counts();
    const last = this.phases[this.phases.length - 1];
    if (last) Object.assign(last, difference(this.before, now));
    this.before = now;
  }

  private counts(): Counts {
    const { cpu, partition } = this.machine;
    const { counters } = partition;
    return {
      cycles: cpu.now,
      deviceIntercepts: counters.deviceIntercepts,
      hypervisorExits: counters.hypervisorExits,
      signals: counters.total('signals'),
      interrupts: counters.total('interrupts'),
      reads: this.reads,
      bytes: this.bytes,
    };
  }
}

const NOTHING: Counts = {
  cycles: 0,
  deviceIntercepts: 0,
  hypervisorExits: 0,
  signals: 0,
  interrupts: 0,
  reads: 0,
  bytes: 0,
};

function difference(from: Counts, to: Counts): Counts {
  const names = Object.keys(NOTHING) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, to[name] - from[name]])) as unknown as Counts;
}
