/**
 * The reference TSC page: with it a guest computes the partition's reference time from RDTSC, without an exit.
 *
 * Source: TLFS, "Partition Reference Time Enlightenment": time = ((tsc * scale) >> 64) + offset, valid while the sequence is neither 0
 * nor changing; it is incremented whenever scale or offset change. A page outside of memory cannot be read, and the write is no fault.
 */
import type { Engine } from '../core/engine.ts';
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import type { GuestMemory } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';
import { OverlayRegister } from './overlay-register.ts';

/** Offsets of the fields. */
const FIELD = { SEQUENCE: 0, SCALE: 8, OFFSET: 16 } as const;
/** "Not available now": the guest reads the counter instead. */
const UNAVAILABLE = 0;
/** Early hosts meant the same by this value; it is left out. */
const LAST = 0xffff_ffff;
/** How long the page stays unavailable after a move, in seconds. Nobody has published it: assumed. */
const SETTLES = 100e-6;

/** What the page needs of its partition. */
export interface ReferenceTscHost {
  readonly engine: Engine;
  readonly memory: GuestMemory;
  /** Cycles of the engine per second. */
  readonly hz: number;
  /** False: the guest's TSC is not ours, and the page never becomes valid. */
  readonly valid: boolean;
}

/** The TSC that the page goes by. */
export interface PageTsc {
  /** Its frequency. */
  readonly tscHz: number;
  /** Its count at a time of the engine. */
  tscAt(now: number): number;
  /** Lets it jump ahead. */
  advance(counts: number): void;
}

/** The register that places the page, and what the page says. */
export class ReferenceTsc {
  private readonly host: ReferenceTscHost;
  private readonly register: OverlayRegister;
  private readonly publishHandler: number;
  private scale: bigint;
  private offset = 0n;
  private sequence: number;
  /** The last number that was in use. */
  private last = 1;
  /** Moves whose end is still to come. */
  private pending = 0;

  constructor(host: ReferenceTscHost) {
    this.host = host;
    this.register = new OverlayRegister(host.memory, { readOnly: true });
    this.scale = scaleOf(host.hz);
    this.sequence = host.valid ? this.last : UNAVAILABLE;
    this.publishHandler = host.engine.handler('reference-tsc', () => this.publish());
  }

  /** The register as the guest wrote it. */
  get value(): bigint {
    return this.register.value;
  }

  write(value: bigint): void {
    this.register.write(value, this.contents());
  }

  reset(): void {
    this.register.reset();
  }

  /**
   * The TSC has another rate from now on. The page is unavailable at once; some time later it has a new sequence, scale and offset. The
   * guest's time goes on where it was: the TSC is put ahead by less than a unit of 100 ns, so that the page never differs from the
   * counter by more than one count of the TSC.
   */
  rateChanged(tsc: PageTsc): void {
    const { engine, hz, valid } = this.host;
    const now = BigInt(engine.now);
    const time = ((now * BigInt(HV_CLOCK_HZ)) << 64n) / BigInt(hz);
    this.scale = scaleOf(tsc.tscHz);
    const left = time - BigInt(tsc.tscAt(engine.now)) * this.scale;
    this.offset = left >> 64n;
    const ahead = left - (this.offset << 64n);
    tsc.advance(Number((ahead + this.scale - 1n) / this.scale));
    this.sequence = UNAVAILABLE;
    this.register.bytes?.set(this.contents());
    if (!valid) return;
    this.pending++;
    engine.post(engine.now + Math.round(SETTLES * hz), this.publishHandler);
  }

  private publish(): void {
    // Another move has begun meanwhile: its own end will say when.
    if (--this.pending > 0) return;
    this.last = this.last + 1 === LAST ? 1 : this.last + 1;
    this.sequence = this.last;
    this.register.bytes?.set(this.contents());
  }

  private contents(): Uint8Array {
    const page = new Uint8Array(PAGE_SIZE);
    const view = new DataView(page.buffer);
    view.setUint32(FIELD.SEQUENCE, this.sequence, true);
    view.setBigUint64(FIELD.SCALE, this.scale, true);
    view.setBigInt64(FIELD.OFFSET, this.offset, true);
    return page;
  }
}

/** Units of 100 ns for each count, as a fraction of 2^64, rounded up: so whole units come out whole. */
const scaleOf = (hz: number): bigint => ((BigInt(HV_CLOCK_HZ) << 64n) + BigInt(hz) - 1n) / BigInt(hz);
