/**
 * Finding the disks behind a storvsc adapter: what Linux's SCSI mid-layer and its disk driver ask, in their order.
 *
 * After Linux 6.1 `drivers/scsi/scsi_scan.c`, `scsi.c` (vital product data) and `sd.c`, and command for command what recordings of stock
 * kernels show. An absent logical unit answers INQUIRY with success and peripheral type 7Fh; an absent target answers REPORT LUNS with
 * an empty list.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { MODE_PAGE, MODE_WRITE_PROTECT, SCSI_TYPE, VPD } from '../../wire/scsi.ts';
import {
  bigEndian,
  inquiryCdb,
  modeSense6Cdb,
  readCapacity10Cdb,
  readCapacity16Cdb,
  reportLunsCdb,
  testUnitReadyCdb,
} from '../../wire/scsi-cdb.ts';
import type { StorvscCompletion } from './storvsc-completion.ts';
import type { StorvscQueue } from './storvsc-queue.ts';
import type { ScsiAddress } from './storvsc-srb.ts';

/** How far the scan goes. Linux: paths 0 to 7 with targets 0 and 1. */
export interface ScanRange {
  readonly paths: number;
  readonly targets: number;
}

/** A disk that was found. */
export interface FoundDisk {
  readonly address: ScsiAddress;
  readonly vendor: string;
  readonly product: string;
  /** 512-byte sectors. */
  readonly sectors: number;
  readonly writeProtected: boolean;
}

const INQUIRY_BYTES = 36;
const REPORT_LUNS_BYTES = 4096;
const RETRIES = 5;
/** Peripheral qualifier and type of a logical unit that does not exist. */
const NOT_CONNECTED = 0x7f;

/** An answer, kept after the completion has gone. */
interface Answer {
  readonly ok: boolean;
  readonly bytes: Uint8Array;
}

/** A logical unit that answered INQUIRY. */
interface FoundUnit {
  readonly address: ScsiAddress;
  /** Standard INQUIRY data. */
  readonly inquiry: Uint8Array;
}

export class ScsiScan {
  private readonly cpu: Cpu;
  private readonly queue: StorvscQueue;
  /** A page for what the commands return. */
  private readonly buffer: number;

  constructor(cpu: Cpu, queue: StorvscQueue, buffer: number) {
    this.cpu = cpu;
    this.queue = queue;
    this.buffer = buffer;
  }

  /** Asks every target of every path. */
  *all(range: ScanRange): Program<FoundDisk[]> {
    const units: FoundUnit[] = [];
    for (let path = 0; path < range.paths; path++) {
      for (let target = 0; target < range.targets; target++)
        units.push(...(yield* this.target(path, target)));
    }
    return yield* this.attach(units);
  }

  /** Asks one logical unit only: an accelerated IDE disk sits where its offer says. */
  *one(address: ScsiAddress): Program<FoundDisk[]> {
    const unit = yield* this.unit(address);
    return unit ? yield* this.attach([unit]) : [];
  }

  /** The logical units of one target. */
  private *target(path: number, target: number): Program<FoundUnit[]> {
    const address = { path, target, lun: 0 };
    const first = yield* this.unit(address);
    const luns = yield* this.luns(address);
    const found = first ? [first] : [];
    for (const lun of luns) {
      const unit = lun === 0 ? undefined : yield* this.unit({ path, target, lun });
      if (unit) found.push(unit);
    }
    return found;
  }

  /** INQUIRY, and the vital product data if somebody is there. */
  private *unit(address: ScsiAddress): Program<FoundUnit | undefined> {
    const { ok, bytes } = yield* this.command(address, inquiryCdb(INQUIRY_BYTES), INQUIRY_BYTES);
    if (!ok || bytes.length < INQUIRY_BYTES || bytes[0] === NOT_CONNECTED) return undefined;
    yield* this.vpd(address, VPD.SUPPORTED_PAGES);
    yield* this.vpd(address, VPD.SUPPORTED_PAGES);
    for (const page of [VPD.SERIAL_NUMBER, VPD.DEVICE_IDENTIFICATION]) {
      yield* this.supportedPages(address);
      yield* this.vpd(address, page);
    }
    return { address, inquiry: bytes };
  }

  /** A page of vital product data: its header for the length, then all of it. */
  private *vpd(address: ScsiAddress, page: number): Program {
    const header = yield* this.command(address, inquiryCdb(4, page), 4);
    if (!header.ok || header.bytes.length < 4) return;
    const length = 4 + bigEndian(header.bytes, 2, 2);
    yield* this.command(address, inquiryCdb(length, page), length);
  }

  /** Is a page there? Asked anew before each. */
  private *supportedPages(address: ScsiAddress): Program {
    yield* this.command(address, inquiryCdb(INQUIRY_BYTES, VPD.SUPPORTED_PAGES), INQUIRY_BYTES);
  }

  private *luns(address: ScsiAddress): Program<number[]> {
    const { ok, bytes } = yield* this.command(address, reportLunsCdb(REPORT_LUNS_BYTES), REPORT_LUNS_BYTES);
    if (!ok || bytes.length < 8) return [];
    const count = Math.min(bigEndian(bytes, 0, 4), bytes.length - 8) >>> 3;
    return Array.from({ length: count }, (_, i) => bytes[8 + 8 * i + 1]);
  }

  /** sd_probe for every unit that is a disk; like Linux it asks everything twice, the second time as it makes the disk known. */
  private *attach(units: readonly FoundUnit[]): Program<FoundDisk[]> {
    const disks: FoundDisk[] = [];
    for (const unit of units) {
      if ((unit.inquiry[0] & 0x1f) !== SCSI_TYPE.DISK) continue;
      yield* this.revalidate(unit, false);
      const disk = yield* this.revalidate(unit, true);
      if (disk) disks.push(disk);
    }
    return disks;
  }

  /** sd_revalidate_disk: is it ready, how large is it, may it be written, has it a cache. */
  private *revalidate({ address, inquiry }: FoundUnit, again: boolean): Program<FoundDisk | undefined> {
    yield* this.command(address, testUnitReadyCdb(), 0);
    const sectors = yield* this.capacity(address);
    if (sectors === undefined) return undefined;
    if (again) yield* this.supportedPages(address);
    const mode = yield* this.command(address, modeSense6Cdb(MODE_PAGE.ALL, 4), 4);
    yield* this.command(address, modeSense6Cdb(MODE_PAGE.CACHING, 4), 4);
    const writeProtected = mode.ok && mode.bytes.length >= 3 && (mode.bytes[2] & MODE_WRITE_PROTECT) !== 0;
    return { address, vendor: text(inquiry, 8, 8), product: text(inquiry, 16, 16), sectors, writeProtected };
  }

  private *capacity(address: ScsiAddress): Program<number | undefined> {
    const long = yield* this.command(address, readCapacity16Cdb(32), 32);
    if (long.ok && long.bytes.length >= 12) return sectorsOf(long.bytes, 8);
    const short = yield* this.command(address, readCapacity10Cdb(), 8);
    return short.ok && short.bytes.length >= 8 ? sectorsOf(short.bytes, 4) : undefined;
  }

  /** One command, again when the device asks for it. */
  private *command(address: ScsiAddress, cdb: Uint8Array, bytes: number): Program<Answer> {
    const { cpu, queue, buffer } = this;
    for (let attempt = 0; ; attempt++) {
      let answer: (Answer & { retry: boolean }) | undefined;
      cpu.memory.u8.fill(0, buffer, buffer + bytes);
      const done = (completion: StorvscCompletion): void => {
        const { succeeded: ok, retryable: retry, transferred } = completion;
        answer = { ok, retry, bytes: cpu.memory.read(buffer, Math.min(transferred, bytes)) };
      };
      const put = queue.issueCommand({ address, cdb, gpa: buffer, bytes }, done);
      if (put === undefined) return { ok: false, bytes: new Uint8Array(0) };
      if (queue.channel.mustSignal(put)) yield* queue.channel.signal(cpu);
      while (answer === undefined && queue.channel.state === 'open') yield* cpu.hlt();
      if (answer === undefined) return { ok: false, bytes: new Uint8Array(0) };
      if (!answer.retry || attempt === RETRIES) return answer;
    }
  }
}

/** Capacity in 512-byte sectors from a READ CAPACITY answer: the last block in `width` bytes, then the bytes per block. */
function sectorsOf(answer: Uint8Array, width: 4 | 8): number {
  return (bigEndian(answer, 0, width) + 1) * (bigEndian(answer, width, 4) / 512);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.slice(at, at + length)).trim();
}
