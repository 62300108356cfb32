/**
 * A machine of generation 1 that starts from a real disk image, with the emulated controller and its accelerator on the same disk, and the
 * books that are kept of it: phases, bytes by road, who owned the disk, and whether every byte was right.
 */
import { invariant } from '../core/errors.ts';
import type { Int13Way } from '../guest/boot/bios.ts';
import type { Technique } from '../guest/boot/boot-ata.ts';
import { BootGuest, type DumpRoad } from '../guest/boot/boot-guest.ts';
import type { OwnerRule } from '../guest/boot/boot-kernel.ts';
import { BOOT_KINDS, BootSite, type BootWatch } from '../guest/boot/boot-site.ts';
import { DiskOwners } from '../guest/boot/disk-owner.ts';
import type { BootPhaseId, DiskRoad } from '../guest/boot/phases.ts';
import type { AtaMode } from '../guest/drivers/ata-command.ts';
import type { BlockOperation } from '../guest/drivers/block.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import type { DiskModel } from '../host/backends/service-models.ts';
import type { Era } from '../machine/costs.ts';
import type { CounterSnapshot } from '../machine/counters.ts';
import { countersBetween } from '../machine/counters.ts';
import type { MemoryWindow } from '../machine/memory.ts';
import { BootBytes, type DiskVerdict, sameBytes } from './boot-bytes.ts';
import { DiscBooks } from './boot-disc.ts';
import { type BootDisk, type BootDiskPlan, makeBootDisk, SCRATCH } from './boot-disk.ts';
import type { Lab } from './lab.ts';
import { loadMachine, saveMachine } from './machine-save.ts';
import type { Machine } from './machines.ts';
import { RoadDisk } from './road-disk.ts';
import type { WrittenDisk } from './written-disk.ts';

/** Which machine, which guest, which disk. */
export interface BootMachineOptions extends BootDiskPlan {
  readonly era: Era;
  readonly diskModel: DiskModel;
  readonly technique: Technique;
  readonly rule: OwnerRule;
  readonly int13: Int13Way;
  readonly ataMode: AtaMode;
  readonly writers: number;
  readonly writesAfter: number;
  readonly listEntries: number;
  readonly dumpSectors: number;
  /** By ports when left out. */
  readonly dumpRoad?: DumpRoad;
  /** A disk that another machine has used, to start from again. */
  readonly from?: BootDisk;
}

/** A phase as it was gone through. */
export interface PhaseRecord {
  readonly id: BootPhaseId;
  readonly cycles: number;
  readonly counters: CounterSnapshot;
  /** Bytes that the host's disk moved, by the road that they took. */
  readonly emulated: number;
  readonly synthetic: number;
}

/** A line on the guest's screen. */
export interface ScreenLine {
  readonly text: string;
  readonly cycles: number;
}

/** Where programs read to: a multiple of 64 KiB. */
const BUFFER = 0x10_0000;
const FIRST_PAGE = 0x12_0000;
const MEMORY = 4 * 1024 * 1024;
const DRIVE = { channel: 0, device: 0 } as const;
/** Steps of the engine after which a start counts as endless. */
export const MOST_STEPS = 500_000;

/** Sectors of the largest read that a loader or a kernel sends here. */
const LARGEST = 128;

/** The boundary of a phase. */
interface Mark {
  readonly id: BootPhaseId;
  readonly at: number;
  readonly counters: CounterSnapshot;
  readonly emulated: number;
  readonly synthetic: number;
}

export class BootMachine implements BootWatch {
  machine: Machine;
  readonly boot: BootDisk;
  /** The disk that this machine uses now. */
  disk: WrittenDisk;
  readonly owners = new DiskOwners();
  readonly bytes: BootBytes;
  readonly guest: BootGuest;
  emulated: RoadDisk;
  synthetic: RoadDisk;
  /** The disc in the CD drive, and what was read of it. */
  readonly disc: DiscBooks;
  readonly screen: ScreenLine[] = [];
  /** Bytes of files that loader and kernel got, and those of files that are not what was put on the disk. */
  fileBytes = 0;
  wrongFileBytes = 0;
  /** Steps of the hand-over. */
  steps = 0;
  /** Times that a write by the emulated road reached the disk after a later one had come by the other. */
  overtaken = 0;
  /** Reads of 64 KiB by phase: how many, and how long they took together. */
  readonly largestReads: Partial<Record<BootPhaseId, { reads: number; cycles: number }>> = {};
  private readSince = 0;
  private readonly marks: Mark[] = [];
  private readonly sent: { readonly last: number; readonly number: number }[] = [];
  private interlude: number;
  private readonly lab: Lab;
  private readonly options: BootMachineOptions;
  private interludeDue = false;
  private writesSent = 0;
  private latestSynthetic = -1;

  constructor(lab: Lab, options: BootMachineOptions) {
    this.lab = lab;
    this.options = options;
    this.boot = options.from ?? makeBootDisk(options);
    const { disk, before, files } = this.boot;
    this.disk = disk;
    this.emulated = new RoadDisk(disk, (last) => this.landed('emulated', last));
    this.synthetic = new RoadDisk(disk, (last) => this.landed('synthetic', last));
    this.disc = new DiscBooks(this.boot.disc, () => this.machine.partition);
    this.machine = this.build(MEMORY);
    const { cpu } = this.machine;
    this.interlude = this.newInterlude();
    this.bytes = new BootBytes(cpu.memory, before);
    const site = new BootSite(cpu, DRIVE, this.owners, this, BUFFER);
    const { profile, technique, rule, int13, ataMode, writers, writesAfter, listEntries, dumpSectors } =
      options;
    this.guest = new BootGuest(site, new PageAllocator(cpu.memory, FIRST_PAGE), {
      profile: profile.id,
      files,
      technique,
      rule,
      int13,
      ataMode,
      writers,
      writesAfter,
      listEntries,
      scratch: SCRATCH,
      discFiles: [...this.boot.disc.contents.keys()],
      dumpSectors,
      dumpRoad: options.dumpRoad ?? 'ports',
    });
  }

  /** A host for this machine. */
  private build(memory: number | MemoryWindow): Machine {
    const { era, diskModel } = this.options;
    return this.lab.machine({
      era,
      diskModel,
      memory,
      disk: this.emulated,
      syntheticDisk: this.synthetic,
      disc: this.disc.road,
      storvsp: { ide: { path: DRIVE.channel, target: DRIVE.device } },
    });
  }

  private newInterlude(): number {
    this.interludeDue = false;
    return this.machine.engine.handler('boot.interlude', () => {
      this.interludeDue = false;
    });
  }

  /**
   * Runs the guest to its end. The hand-over goes step by step, one exit of the guest or one event of the host at a time; `onStep` is
   * called after each with its number, and may end the run by saying false.
   */
  run(onStep: (step: number) => boolean = () => true): void {
    const { machine, guest } = this;
    machine.startMeasuring();
    machine.cpu.run(guest.start());
    this.goOn(onStep);
  }

  /** Goes on where it was stopped: after {@link moveTo}. */
  goOn(onStep: (step: number) => boolean = () => true): void {
    const { guest } = this;
    const { engine } = this.machine;
    for (let taken = 0; guest.end === 'starting'; taken++) {
      invariant(taken < MOST_STEPS, 'a start does not end');
      if (guest.site.phase !== 'hand-over') {
        if (!engine.step()) break;
      } else {
        if (!this.stepOnce()) break;
        if (!onStep(++this.steps)) break;
      }
    }
    this.close();
  }

  /** One event, in which a processor executes one instruction at most: something else is due right after it. */
  private stepOnce(): boolean {
    const { engine } = this.machine;
    while (engine.nextDue < Infinity) {
      if (!this.interludeDue) engine.post(engine.nextDue + 1, this.interlude);
      this.interludeDue = true;
      if (!engine.step()) return false;
      if (this.interludeDue) return true;
    }
    return false;
  }

  /**
   * Saves the machine where it is: the guest stands still, the host finishes what it has under way, and then everything is written down.
   * Nothing of it runs any more afterwards.
   */
  save(): Uint8Array {
    const { cpu, engine } = this.machine;
    cpu.vp.suspend();
    for (let taken = 0; engine.step(); taken++) invariant(taken < MOST_STEPS, 'a host does not come to rest');
    cpu.vp.suspended = false;
    return saveMachine(this.machine);
  }

  /**
   * A new host takes the saved machine over, with the disk that `from` has used. The guest's program goes on in it; its memory is what the bytes
   * say. The books go on, too.
   */
  moveTo(bytes: Uint8Array, from: BootMachine): void {
    const old = this.machine;
    const { u8 } = old.cpu.memory;
    // The phase goes on: where its book was closed is no boundary.
    this.marks.pop();
    this.disk = from.disk;
    this.emulated = new RoadDisk(this.disk, (last) => this.landed('emulated', last), this.emulated);
    this.synthetic = new RoadDisk(this.disk, (last) => this.landed('synthetic', last), this.synthetic);
    u8.fill(0xee);
    this.machine = this.build({ buffer: u8.buffer, byteOffset: u8.byteOffset, size: u8.length });
    loadMachine(this.machine, bytes);
    for (const kind of BOOT_KINDS) this.machine.trace.kind(kind);
    this.interlude = this.newInterlude();
    this.machine.takeOver(old);
  }

  /** The virtual machine is turned off where it is. What the host's disk had not done by now is not done. */
  cutPower(): void {
    this.machine.worker.kill('power cut');
  }

  /** The host takes the accelerator away; `again`: and offers it anew as soon as the guest has let go of it. */
  rescind(again: boolean): void {
    const { vmbus, storvsp } = this.machine;
    vmbus.revoke(storvsp);
    if (again) vmbus.offer(storvsp);
  }

  /** Ends the book of phases. */
  close(): void {
    this.mark(this.guest.site.phase);
  }

  /** The phases in order, each with what happened in it. */
  get phases(): PhaseRecord[] {
    return this.marks.slice(0, -1).map((from, i) => {
      const to = this.marks[i + 1];
      return {
        id: from.id,
        cycles: to.at - from.at,
        counters: countersBetween(from.counters, to.counters),
        emulated: to.emulated - from.emulated,
        synthetic: to.synthetic - from.synthetic,
      };
    });
  }

  /** What the disk holds, held against what was promised. */
  judge(): DiskVerdict {
    return this.bytes.judge(this.disk);
  }

  // What the guest lets us see.

  phase(id: BootPhaseId): void {
    this.mark(id);
  }

  print(text: string): void {
    this.screen.push({ text, cycles: this.machine.cpu.now });
  }

  file(path: string, bytes: Uint8Array): void {
    const right = this.boot.contents.get(path);
    this.fileBytes += bytes.length;
    if (!right || !sameBytes(right, bytes)) this.wrongFileBytes += bytes.length;
  }

  issued(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    if (operation === 'write') this.sent.push({ last: lba + sectors - 1, number: this.writesSent++ });
    this.bytes.issued(operation, lba, sectors, gpa);
    this.timed(operation, sectors, false);
  }

  answered(operation: BlockOperation, lba: number, sectors: number, gpa: number): void {
    this.timed(operation, sectors, true);
    this.bytes.answered(operation, lba, sectors, gpa);
  }

  /** Notes how long a read of the largest size took, by who sent it: all of them, whatever the phase. */
  private timed(operation: BlockOperation, sectors: number, answered: boolean): void {
    if (operation !== 'read' || sectors !== LARGEST) return;
    const { now } = this.machine.cpu;
    if (!answered) {
      this.readSince = now;
      return;
    }
    const { phase } = this.guest.site;
    const sum = this.largestReads[phase] ?? { reads: 0, cycles: 0 };
    this.largestReads[phase] = sum;
    sum.reads++;
    sum.cycles += now - this.readSince;
  }

  /** A write has reached the disk: has it been overtaken by one that was sent later and came by the other road? */
  private landed(road: DiskRoad, last: number): void {
    const at = this.sent.findIndex((one) => one.last === last);
    if (at < 0) return;
    const [{ number }] = this.sent.splice(at, 1);
    if (road === 'synthetic') this.latestSynthetic = Math.max(this.latestSynthetic, number);
    else if (number < this.latestSynthetic) this.overtaken++;
  }

  private mark(id: BootPhaseId): void {
    const { machine, emulated, synthetic } = this;
    const moved = ({ count }: RoadDisk): number => count.bytesRead + count.bytesWritten;
    this.marks.push({
      id,
      at: machine.cpu.now,
      counters: machine.partition.counters.snapshot(),
      emulated: moved(emulated),
      synthetic: moved(synthetic),
    });
  }
}
