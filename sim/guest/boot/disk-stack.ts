/**
 * The way of requests to one disk: a queue, and below it whoever owns the disk now. Requests go down in the order in which they came.
 *
 * Completions come in interrupts, and what waits is sent down from there. Whoever has the disk may be exchanged: that is the hand-over.
 */
import type { Program } from '../../core/program.ts';
import type { AtaDriver } from '../drivers/ata.ts';
import type { BlockRequest, IoResult, RequestDone } from '../drivers/block.ts';
import type { StorvscDisk } from '../drivers/storvsc-disk.ts';
import type { BootSite } from './boot-site.ts';
import type { DiskUser } from './disk-owner.ts';

/** A driver as the queue sees it. */
export interface LowerDisk {
  readonly user: DiskUser;
  /** The device is gone: what fails now was not refused, and may be tried elsewhere. */
  readonly lost: boolean;
  /** False when it can take no more now. `done` is called in an interrupt. */
  submit(request: BlockRequest, done: RequestDone): Program<boolean>;
}

/** The emulated disk: one command at a time. */
export class AtaLower implements LowerDisk {
  readonly user = 'ata';
  readonly lost = false;
  /** What follows each command, in its interrupt. */
  next: () => Program = function* () {};
  private readonly driver: AtaDriver;

  constructor(driver: AtaDriver) {
    this.driver = driver;
  }

  *submit({ operation, lba, sectors, gpa, tag }: BlockRequest, done: RequestDone): Program<boolean> {
    if (this.driver.busy) return false;
    const { next } = this;
    yield* this.driver.issue(operation, lba, sectors, gpa, function* (result) {
      done(tag, result);
      yield* next();
    });
    return true;
  }
}

/** The disk behind a channel: as many requests as the ring takes. */
export class StorvscLower implements LowerDisk {
  readonly user = 'storvsc';
  readonly disk: StorvscDisk;

  constructor(disk: StorvscDisk) {
    this.disk = disk;
  }

  get lost(): boolean {
    return this.disk.queue.channel.state !== 'open';
  }

  *submit(request: BlockRequest, done: RequestDone): Program<boolean> {
    return this.lost ? false : yield* this.disk.submit(request, done);
  }
}

/** A request in the queue or below it. */
interface Held {
  readonly number: number;
  readonly request: BlockRequest;
  readonly done: RequestDone;
}

/** The queue of one disk. */
export class DiskStack {
  /** Who has the disk. */
  lower: LowerDisk | undefined;
  /** While true nothing goes down. */
  holding = false;
  readonly counts = { submitted: 0, answered: 0, failed: 0, again: 0 };
  private readonly site: BootSite;
  private readonly waiting: Held[] = [];
  private readonly under: Held[] = [];
  private sending = false;
  private more = false;

  constructor(site: BootSite) {
    this.site = site;
  }

  /** Requests that wait here. */
  get queued(): number {
    return this.waiting.length;
  }

  /** Requests that the driver below has and has not answered. */
  get below(): number {
    return this.under.length;
  }

  /** Takes a request. `done` is called once, in an interrupt or within this call. */
  *submit(request: BlockRequest, done: RequestDone): Program {
    const { operation, lba, sectors, gpa } = request;
    this.site.watch.issued(operation, lba, sectors, gpa);
    this.waiting.push({ number: this.counts.submitted++, request: { ...request }, done });
    yield* this.dispatch();
  }

  /** Sends down what may go. An interrupt that comes in the middle leaves it to whoever was interrupted. */
  *dispatch(): Program {
    this.more = true;
    if (this.sending) return;
    this.sending = true;
    while (this.more) {
      this.more = false;
      yield* this.sendDown();
    }
    this.sending = false;
  }

  /** Nobody will ever serve what waits here. */
  failAll(result: IoResult): void {
    for (let held = this.waiting.shift(); held; held = this.waiting.shift()) this.tell(held, result);
  }

  private *sendDown(): Program {
    const { site, waiting, under } = this;
    while (this.lower && !this.lower.lost && !this.holding && waiting.length > 0) {
      const held = waiting.shift() as Held;
      under.push(held);
      const { lower } = this;
      if (!(yield* lower.submit(held.request, (_tag, result) => this.answered(lower, held, result)))) {
        this.remove(held);
        waiting.unshift(held);
        return;
      }
      site.owners.command(site.drive, lower.user);
    }
  }

  private remove(held: Held): void {
    const at = this.under.indexOf(held);
    if (at >= 0) this.under.splice(at, 1);
  }

  private answered(lower: LowerDisk, held: Held, result: IoResult): void {
    this.remove(held);
    if (result.kind === 'failed' && lower.lost) this.putBack(held);
    else this.tell(held, result);
  }

  /** Its device went away under it: it waits again, before those that came after it. */
  private putBack(held: Held): void {
    this.counts.again++;
    const at = this.waiting.findIndex(({ number }) => number > held.number);
    this.waiting.splice(at < 0 ? this.waiting.length : at, 0, held);
  }

  private tell({ request, done }: Held, result: IoResult): void {
    const { operation, lba, sectors, gpa, tag } = request;
    this.counts.answered++;
    if (result.kind === 'ok') this.site.watch.answered(operation, lba, sectors, gpa);
    else this.counts.failed++;
    done(tag, result);
  }
}
