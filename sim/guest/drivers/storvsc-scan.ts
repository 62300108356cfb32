/**
 * Finding the disks behind a storvsc adapter: what Linux's SCSI mid-layer and its disk driver ask, in their order.
 *
 * After Linux 6.1 `drivers/scsi/scsi_scan.c` and `sd.c`, compared with recordings of stock kernels. An absent logical unit answers
 * INQUIRY with success and peripheral type 7Fh; an absent target answers REPORT LUNS with an empty list. Linux asks for page 00h and 80h
 * and 83h of the vital product data in two steps, length first; here the 4-byte step is left out where it changes nothing.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { MODE_PAGE, VPD } from '../../wire/scsi.ts';
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
  /** Peripheral device type, 0 for a disk. */
  readonly type: number;
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
    const addresses: ScsiAddress[] = [];
    for (let path = 0; path < range.paths; path++) {
      for (let target = 0; target < range.targets; target++)
        addresses.push(...(yield* this.target(path, target)));
    }
    return yield* this.attach(addresses);
  }

  /** Asks one logical unit only: an accelerated IDE disk sits where its offer says. */
  *one(address: ScsiAddress): Program<FoundDisk[]> {
    return (yield* this.present(address)) ? yield* this.attach([address]) : [];
  }

  /** What the disk driver asks of every unit that was found. */
  private *attach(addresses: readonly ScsiAddress[]): Program<FoundDisk[]> {
    const disks: FoundDisk[] = [];
    for (const address of addresses) {
      const disk = yield* this.disk(address);
      if (disk) disks.push(disk);
    }
    return disks;
  }

  /** The logical units of one target. */
  private *target(path: number, target: number): Program<ScsiAddress[]> {
    const first = { path, target, lun: 0 };
    const present = yield* this.present(first);
    const luns = yield* this.luns(first);
    const found = present ? [first] : [];
    for (const lun of luns) {
      if (lun === 0) continue;
      const address = { path, target, lun };
      if (yield* this.present(address)) found.push(address);
    }
    return found;
  }

  /** INQUIRY, and the vital product data if somebody is there. */
  private *present(address: ScsiAddress): Program<boolean> {
    const inquiry = yield* this.command(address, inquiryCdb(INQUIRY_BYTES), INQUIRY_BYTES);
    if (!inquiry.ok || inquiry.bytes.length < INQUIRY_BYTES || inquiry.bytes[0] === NOT_CONNECTED)
      return false;
    for (const page of [VPD.SUPPORTED_PAGES, VPD.SERIAL_NUMBER, VPD.DEVICE_IDENTIFICATION]) {
      const start = yield* this.command(address, inquiryCdb(4, page), 4);
      if (!start.ok || start.bytes.length < 4) break;
      const length = 4 + bigEndian(start.bytes, 2, 2);
      yield* this.command(address, inquiryCdb(length, page), length);
    }
    return true;
  }

  private *luns(address: ScsiAddress): Program<number[]> {
    const { ok, bytes } = yield* this.command(address, reportLunsCdb(REPORT_LUNS_BYTES), REPORT_LUNS_BYTES);
    if (!ok || bytes.length < 8) return [];
    const count = Math.min(bigEndian(bytes, 0, 4), bytes.length - 8) >>> 3;
    return Array.from({ length: count }, (_, i) => bytes[8 + 8 * i + 1]);
  }

  /** sd_probe: is it ready, how large is it, may it be written. `undefined` for what is not a disk. */
  private *disk(address: ScsiAddress): Program<FoundDisk | undefined> {
    const inquiry = yield* this.command(address, inquiryCdb(INQUIRY_BYTES), INQUIRY_BYTES);
    const type = inquiry.bytes[0] & 0x1f;
    if (!inquiry.ok || type !== 0) return undefined;
    yield* this.command(address, testUnitReadyCdb(), 0);
    const sectors = yield* this.capacity(address);
    if (sectors === undefined) return undefined;
    const mode = yield* this.command(address, modeSense6Cdb(MODE_PAGE.ALL, 4), 4);
    const text = (at: number, length: number): string =>
      String.fromCharCode(...inquiry.bytes.slice(at, at + length)).trim();
    const writeProtected = mode.ok && mode.bytes.length >= 3 && (mode.bytes[2] & 0x80) !== 0;
    return { address, type, vendor: text(8, 8), product: text(16, 16), sectors, writeProtected };
  }

  private *capacity(address: ScsiAddress): Program<number | undefined> {
    const long = yield* this.command(address, readCapacity16Cdb(32), 32);
    if (long.ok && long.bytes.length >= 12)
      return sectorsOf(bigEndian(long.bytes, 0, 8), bigEndian(long.bytes, 8, 4));
    const short = yield* this.command(address, readCapacity10Cdb(), 8);
    if (short.ok && short.bytes.length >= 8)
      return sectorsOf(bigEndian(short.bytes, 0, 4), bigEndian(short.bytes, 4, 4));
    return undefined;
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

/** Capacity in 512-byte sectors from a READ CAPACITY answer: last block, bytes per block. */
function sectorsOf(lastBlock: number, blockBytes: number): number {
  return (lastBlock + 1) * (blockBytes / 512);
}
