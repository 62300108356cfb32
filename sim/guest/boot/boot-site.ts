/**
 * What all parts of a starting guest share: the processor, memory to read into, who owns the disk, and somebody who watches.
 */
import type { Program } from '../../core/program.ts';
import { traceKind } from '../../core/trace.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { BlockDriver, BlockOperation, IoResult } from '../drivers/block.ts';
import type { RequestWatch } from '../workloads/workload.ts';
import type { DiscWatch } from './disc-drive.ts';
import type { DiskOwners, DiskUser, DriveAddress } from './disk-owner.ts';
import type { BootPhaseId, DiskRoad } from './phases.ts';
import { BOOT_PHASE_IDS } from './phases.ts';

/** A phase begins. */
export const BOOT_PHASE = traceKind('boot.phase', ['phase', ''], 'the start of the guest enters a phase');
/** A disk changes hands. */
export const DISK_OWNER = traceKind('disk.owner', ['drive', 'owner'], 'a disk gets another owner');

/** Both, in the order in which a site makes them known to a trace. */
export const BOOT_KINDS = [BOOT_PHASE, DISK_OWNER] as const;

/** Who looks on: it spends none of the guest's time. */
export interface BootWatch extends RequestWatch {
  /** A phase begins. */
  phase(id: BootPhaseId): void;
  /** A line appears on the guest's screen. */
  print(line: string): void;
  /** A file has been read: all of its bytes, in order. */
  file(path: string, bytes: Uint8Array): void;
  /** Who looks on while a disc is read; nobody where the machine has no drive for one. */
  readonly disc?: DiscWatch;
}

const USERS: readonly DiskUser[] = ['firmware', 'ata', 'storvsc', 'dump'];

/** One guest that starts from one disk. */
export class BootSite {
  readonly cpu: Cpu;
  readonly drive: DriveAddress;
  readonly owners: DiskOwners;
  readonly watch: BootWatch;
  /** 64 KiB of guest memory that a program reads into; it starts at a multiple of 64 KiB, as firmware wants it. */
  readonly buffer: number;
  phase: BootPhaseId = 'firmware';
  private readonly phaseKind: number;
  private readonly ownerKind: number;

  constructor(cpu: Cpu, drive: DriveAddress, owners: DiskOwners, watch: BootWatch, buffer: number) {
    this.cpu = cpu;
    this.drive = drive;
    this.owners = owners;
    this.watch = watch;
    this.buffer = buffer;
    const { trace } = cpu.partition;
    this.phaseKind = trace.kind(BOOT_PHASE);
    this.ownerKind = trace.kind(DISK_OWNER);
  }

  enter(id: BootPhaseId): void {
    this.phase = id;
    this.note(this.phaseKind, BOOT_PHASE_IDS.indexOf(id), 0);
    this.watch.phase(id);
  }

  print(line: string): void {
    this.watch.print(line);
  }

  claim(user: DiskUser): void {
    this.owners.claim(this.drive, user);
    this.noteOwner(USERS.indexOf(user) + 1);
  }

  release(user: DiskUser, inFlight = 0): void {
    this.owners.release(this.drive, user, inFlight);
    this.noteOwner(0);
  }

  private noteOwner(owner: number): void {
    const { channel, device } = this.drive;
    this.note(this.ownerKind, 2 * channel + device, owner);
  }

  /** A row for what has happened between two instructions: it stands before the one that begins now. */
  private note(kind: number, a: number, b: number): void {
    const { cpu } = this;
    cpu.partition.trace.emit(kind, Math.max(0, cpu.now - 1), cpu.index, a, b);
  }
}

/** A driver whose data commands are noted: with the owners, and with who watches. */
export class NotedDriver implements BlockDriver {
  readonly user: DiskUser;
  private readonly site: BootSite;
  private readonly driver: BlockDriver;

  constructor(site: BootSite, user: DiskUser, driver: BlockDriver) {
    this.site = site;
    this.user = user;
    this.driver = driver;
  }

  get sectors(): number {
    return this.driver.sectors;
  }

  /** Which way its requests go. */
  get road(): DiskRoad {
    return this.user === 'storvsc' ? 'synthetic' : 'emulated';
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.noted('read', lba, sectors, gpa);
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.noted('write', lba, sectors, gpa);
  }

  flush(): Program<IoResult> {
    return this.noted('flush', 0, 0, 0);
  }

  private *noted(operation: BlockOperation, lba: number, sectors: number, gpa: number): Program<IoResult> {
    const { site, driver } = this;
    site.owners.command(site.drive, this.user);
    site.watch.issued(operation, lba, sectors, gpa);
    const result =
      operation === 'flush' ? yield* driver.flush() : yield* driver[operation](lba, sectors, gpa);
    if (result.kind === 'ok') site.watch.answered(operation, lba, sectors, gpa);
    return result;
  }
}
