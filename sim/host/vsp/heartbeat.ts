/**
 * Heartbeat: the host sends a number every other second, the guest sends the number plus one. What answers is the guest’s kernel: the beat
 * says that it takes interrupts, and nothing about its programs.
 *
 * Sources: Linux `drivers/hv/hv_util.c` (heartbeat_onchannelcallback: "Every two seconds"); OpenVMM `hyperv_ic_protocol/src/heartbeat.rs`.
 * Assumed: after how many beats without an answer the host reports lost contact.
 */
import type { Timer } from '../../core/engine.ts';
import type { Partition } from '../../machine/partition.ts';
import { HEARTBEAT_STATE, ICMSGTYPE, icVersionCode } from '../../wire/ic-codes.ts';
import { heartbeatMsgData } from '../../wire/ic-messages.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { type IcAnswer, IcService } from './ic-framework.ts';

/** Seconds between beats, and beats without an answer after which contact counts as lost (assumed). */
export const HEARTBEAT_DEFAULTS = { period: 2, missesAllowed: 3 } as const;

/** What the host believes of the guest. */
export type Contact = 'none' | 'ok' | 'lost';

/** How the host beats. */
export interface HeartbeatOptions {
  readonly period?: number;
  readonly missesAllowed?: number;
  /** Beats to send, Infinity when left out. */
  readonly beats?: number;
  /** Told how each beat ended: cycles until its answer, or `undefined` when the next one was due first. */
  readonly onBeat?: (roundTrip: number | undefined) => void;
  readonly onChange?: (contact: Contact, at: number) => void;
}

/** The heartbeat service at the host’s end. */
export class Heartbeat extends IcService {
  contact: Contact = 'none';
  /** What the guest last said of itself. */
  applicationState: number = HEARTBEAT_STATE.UNKNOWN;
  /** Answers whose number was not the one sent plus one. */
  wrongNumbers = 0;
  /** Times that contact was lost. */
  lost = 0;
  beats = 0;
  private sequence = 0;
  private misses = 0;
  private readonly options: Required<HeartbeatOptions>;
  private readonly timer: Timer;

  constructor(partition: Partition, options: HeartbeatOptions = {}) {
    super(partition, {
      name: 'heartbeat',
      interfaceId: DEVICE_CLASS.HEART_BEAT.guid,
      instanceId: 'fd149e91-82e0-4a7d-afa6-2a4166cbd7c0',
      type: ICMSGTYPE.HEARTBEAT,
      versions: [icVersionCode(1, 0), icVersionCode(3, 0)],
    });
    this.options = {
      ...HEARTBEAT_DEFAULTS,
      beats: Infinity,
      onBeat: () => undefined,
      onChange: () => undefined,
      ...options,
    };
    this.timer = partition.engine.timer('heartbeat.period', () => this.beat());
  }

  protected override ready(): void {
    this.beat();
  }

  protected override left(): void {
    this.timer.cancel();
    this.misses = 0;
    this.become('none');
  }

  /** The guest runs after all, also when its answer is to a beat long given up. */
  protected override lateAnswer(): void {
    this.misses = 0;
    this.become('ok');
  }

  /** A beat waits for its answer until the next one is due. */
  private beat(): void {
    if (this.beats >= this.options.beats) return;
    const { period } = this.options;
    const body = heartbeatMsgData.encode({ seq_num: this.sequence });
    // The last beat may be given up in this very instant, a little later: then this one goes out after it.
    if (!this.ask(body, period * WAITS, (answer) => this.answered(answer))) return;
    this.beats++;
    this.timer.set(this.root.now + Math.round(period * this.hz));
  }

  private answered(answer: IcAnswer): void {
    if (answer.kind === 'answer') {
      this.misses = 0;
      this.options.onBeat(this.lastRoundTrip);
      this.hear(answer.body);
    } else if (answer.kind === 'time-out') {
      this.misses++;
      this.options.onBeat(undefined);
      if (this.misses >= this.options.missesAllowed) this.become('lost');
    }
  }

  private hear(body: Uint8Array): void {
    if (body.length < 12) {
      this.wrongNumbers++;
      return;
    }
    const view = new DataView(body.buffer, body.byteOffset);
    if (view.getBigUint64(0, true) !== BigInt(this.sequence + 1)) this.wrongNumbers++;
    this.sequence++;
    this.applicationState = view.getUint32(8, true);
    this.become('ok');
  }

  private become(contact: Contact): void {
    if (contact === this.contact) return;
    if (contact === 'lost') this.lost++;
    this.contact = contact;
    this.options.onChange(contact, this.root.now);
  }
}

/** A beat is given up a little before the next is due. */
const WAITS = 0.9;
