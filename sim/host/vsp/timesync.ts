/**
 * Time synchronisation: the host sends its time, once as an order to set the clock (sync) and then every few seconds as a hint (sample).
 *
 * Until version 4 a message carries the host’s time alone, and whatever time it spends on the way is an error of the guest’s clock. From
 * version 4 it carries the partition’s reference time of the same instant as well: the guest reads its own reference counter and knows how
 * old the message is.
 *
 * Sources: OpenVMM `vm/devices/hyperv_ic/src/timesync.rs` (a sync after the negotiation, a sample five seconds after each answer),
 * `hyperv_ic_protocol/src/timesync.rs`; Linux `drivers/hv/hv_util.c`. Host time runs with the simulated time, from a fixed start.
 */
import type { Timer } from '../../core/engine.ts';
import { referenceTimeOfCycles } from '../../core/units.ts';
import type { Partition } from '../../machine/partition.ts';
import { ICMSGTYPE, ICTIMESYNCFLAG, icVersionCode } from '../../wire/ic-codes.ts';
import { ictimesyncData, ictimesyncRefData } from '../../wire/ic-messages.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { IcService } from './ic-framework.ts';

/** Version from which the reference time goes along. */
export const TIMESYNC_REFERENCE_VERSION = icVersionCode(4, 0);
/** Bytes of a message: OpenVMM pads both forms to these. */
const BODY = { PLAIN: 28, REFERENCE: 24 } as const;
/** Midnight, 1 January 2026, in units of 100 ns since 1 January 1601: when simulated time begins. */
export const HOST_STARTS_AT = 134_116_992_000_000_000n;

/** How the host tells the time. */
export interface TimesyncOptions {
  /** Seconds from an answer to the next sample; 0 sends none. */
  readonly period?: number;
  /** Newest version on offer. */
  readonly newest?: number;
  readonly startsAt?: bigint;
}

/** The time service at the host’s end. */
export class Timesync extends IcService {
  syncs = 0;
  samples = 0;
  /** When the host last read its clock for a message. */
  toldAt = 0;
  private readonly period: number;
  private readonly startsAt: bigint;
  private readonly timer: Timer;

  constructor(partition: Partition, options: TimesyncOptions = {}) {
    const versions = [icVersionCode(1, 0), icVersionCode(3, 0), TIMESYNC_REFERENCE_VERSION];
    super(partition, {
      name: 'time synchronisation',
      interfaceId: DEVICE_CLASS.TS.guid,
      instanceId: '2dd1ce17-079e-403c-b352-a1921ee207ee',
      type: ICMSGTYPE.TIMESYNC,
      versions: versions.slice(0, versions.indexOf(options.newest ?? TIMESYNC_REFERENCE_VERSION) + 1),
    });
    this.period = options.period ?? 5;
    this.startsAt = options.startsAt ?? HOST_STARTS_AT;
    this.timer = partition.engine.timer('timesync.period', () => this.tell(ICTIMESYNCFLAG.SAMPLE));
  }

  /** The host’s time at a moment of the simulation, 100 ns since 1601. */
  hostTime(at: number = this.root.now): bigint {
    return this.startsAt + BigInt(referenceTimeOfCycles(at, this.hz));
  }

  /** Orders the guest to set its clock, as after a resume. False when a message is under way. */
  resync(): boolean {
    return this.tell(ICTIMESYNCFLAG.SYNC);
  }

  protected override ready(): void {
    this.resync();
  }

  protected override left(): void {
    this.timer.cancel();
  }

  private tell(flags: number): boolean {
    const sent = this.ask(this.message(flags), Infinity, (answer) => {
      if (answer.kind === 'answer' && this.period > 0)
        this.timer.set(this.root.now + Math.round(this.period * this.hz));
    });
    if (!sent) return false;
    this.timer.cancel();
    if (flags === ICTIMESYNCFLAG.SYNC) this.syncs++;
    else this.samples++;
    return true;
  }

  private message(flags: number): Uint8Array {
    const { now } = this.root;
    this.toldAt = now;
    const parenttime = this.hostTime(now);
    if (this.version === TIMESYNC_REFERENCE_VERSION)
      return ictimesyncRefData.encode(
        { parenttime, vmreferencetime: referenceTimeOfCycles(now, this.hz), flags },
        { length: BODY.REFERENCE },
      );
    const roundtriptime = referenceTimeOfCycles(this.lastRoundTrip, this.hz);
    return ictimesyncData.encode({ parenttime, roundtriptime, flags }, { length: BODY.PLAIN });
  }
}
