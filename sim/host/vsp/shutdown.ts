/**
 * Guest shutdown: the host asks, the guest answers whether it will, and then does it. The answer comes first: afterwards there is nobody
 * left to send one. A guest that said yes and is still there when its time is over is turned off.
 *
 * Sources: OpenVMM `vm/devices/hyperv_ic/src/shutdown.rs`, `hyperv_ic_protocol/src/shutdown.rs`; Linux `drivers/hv/hv_util.c`
 * (shutdown_onchannelcallback). Assumed: that the host itself keeps the time it gave the guest.
 */
import type { Timer } from '../../core/engine.ts';
import type { Partition } from '../../machine/partition.ts';
import {
  IC_STATUS,
  ICMSGTYPE,
  icVersionCode,
  SHUTDOWN_FLAG,
  SHUTDOWN_REASON_PLANNED,
} from '../../wire/ic-codes.ts';
import { shutdownMsgData } from '../../wire/ic-messages.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { type IcAnswer, IcService } from './ic-framework.ts';

/** What to ask for. */
export interface ShutdownRequest {
  /** Seconds until the host turns the machine off; 0 for never. */
  readonly timeoutSeconds: number;
  readonly force?: boolean;
  readonly action?: 'off' | 'restart' | 'hibernate';
  readonly reason?: number;
  /** UTF-16, cut after 1 023 characters. */
  readonly message?: string;
}

/**
 * `accepted`: the guest said that it will; `off`: it has left, also without a word; `turned-off`: it had not when its time was over; `unanswered`: it said
 * nothing in that time; `refused`: it said no.
 */
export type ShutdownOutcome = 'idle' | 'asked' | 'accepted' | 'off' | 'turned-off' | 'unanswered' | 'refused';

/** Versions from which a guest understands the flags. */
const V1 = icVersionCode(1, 0);
const V3 = icVersionCode(3, 0);
const V3_1 = icVersionCode(3, 1);
const V3_2 = icVersionCode(3, 2);

/** The shutdown service at the host’s end. */
export class ShutdownService extends IcService {
  outcome: ShutdownOutcome = 'idle';
  /** Status of the guest’s answer. */
  status: number = IC_STATUS.S_OK;
  /** Times of the question, of the answer, and of the end; -1 before. */
  askedAt = -1;
  answeredAt = -1;
  endedAt = -1;
  /** Told when the host turns the machine off. */
  onTurnOff: () => void = () => undefined;
  private readonly deadline: Timer;

  constructor(partition: Partition) {
    super(partition, {
      name: 'shutdown',
      interfaceId: DEVICE_CLASS.SHUTDOWN.guid,
      instanceId: 'b6650ff7-33bc-4840-8048-e0676786f393',
      type: ICMSGTYPE.SHUTDOWN,
      versions: [V1, V3, V3_1, V3_2],
    });
    this.deadline = partition.engine.timer('shutdown.deadline', () => this.overdue());
  }

  /** Asks the guest. `not-supported`: the agreed version has no such flag; nothing is sent then. */
  request(request: ShutdownRequest): 'sent' | 'not-ready' | 'not-supported' {
    const flags = flagsOf(request);
    if (this.state !== 'ready' || this.busy || this.outcome === 'accepted') return 'not-ready';
    if (!understood(this.version, flags)) return 'not-supported';
    const body = shutdownMsgData.encode({
      reason_code: request.reason ?? SHUTDOWN_REASON_PLANNED,
      timeout_seconds: request.timeoutSeconds,
      flags,
      display_message: `hex:${utf16Hex(request.message ?? '')}`,
    });
    this.outcome = 'asked';
    this.askedAt = this.root.now;
    this.ask(body, Infinity, (answer) => this.answered(answer));
    const { timeoutSeconds } = request;
    if (timeoutSeconds > 0) this.deadline.set(this.root.now + Math.round(timeoutSeconds * this.hz));
    return 'sent';
  }

  private answered(answer: IcAnswer): void {
    if (answer.kind !== 'answer' || this.outcome !== 'asked') return;
    this.status = answer.status;
    this.answeredAt = this.root.now;
    this.outcome = answer.status === IC_STATUS.S_OK ? 'accepted' : 'refused';
    if (this.outcome === 'refused') this.deadline.cancel();
  }

  protected override left(): void {
    if (this.outcome === 'accepted' || this.outcome === 'asked') this.finish('off');
  }

  private overdue(): void {
    this.finish(this.outcome === 'asked' ? 'unanswered' : 'turned-off');
    this.onTurnOff();
  }

  private finish(outcome: ShutdownOutcome): void {
    this.deadline.cancel();
    this.outcome = outcome;
    this.endedAt = this.root.now;
  }
}

function flagsOf({ force, action }: ShutdownRequest): number {
  const wanted =
    action === 'restart' ? SHUTDOWN_FLAG.RESTART : action === 'hibernate' ? SHUTDOWN_FLAG.HIBERNATE : 0;
  return wanted | (force ? SHUTDOWN_FLAG.FORCE : 0);
}

/** Restart came with 3.1, hibernation with 3.2 (Linux `sd_versions`). */
function understood(version: number, flags: number): boolean {
  if ((flags & SHUTDOWN_FLAG.HIBERNATE) !== 0) return version === V3_2;
  return (flags & SHUTDOWN_FLAG.RESTART) === 0 || version === V3_1 || version === V3_2;
}

const MESSAGE_BYTES = 2048;

function utf16Hex(text: string): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return [...text.slice(0, MESSAGE_BYTES / 2 - 1)]
    .flatMap((char) => Array.from({ length: char.length }, (_, i) => char.charCodeAt(i)))
    .map((code) => hex(code & 0xff) + hex(code >>> 8))
    .join('');
}
