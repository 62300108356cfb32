/**
 * Services that the kernel only passes on: data exchange, backup and file copy are answered by daemons in user space, one request at a time.
 *
 * What the kernel adds is a time-out: whoever waits for a daemon that does not answer gets a failure after thirty seconds, a freeze after
 * fifteen minutes. A reply carries no number. One that comes after its time-out finds no request, or the next one, whose answer it then
 * becomes.
 *
 * After Linux 6.1 `drivers/hv/hv_kvp.c`, `drivers/hv/hv_snapshot.c` (state machine, time-outs, what happens without a daemon) and
 * `drivers/hv/hv_utils_transport.c`. The mix-up of late replies is read from that source; nobody observed it for this model.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { IC_OFFSET, IC_STATUS } from '../../wire/ic-codes.ts';
import type { Delayed, DelayedWork } from './delayed-work.ts';
import type { UtilMessage } from './hv-util.ts';
import { UtilService } from './hv-util.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** HV_UTIL_TIMEOUT, VSS_FREEZE_TIMEOUT and HV_UTIL_NEGO_TIMEOUT, seconds. */
export const UTIL_TIMEOUTS = { request: 30, freeze: 15 * 60, negotiation: 55 } as const;

/**
 * `alive`: answers; `late`: answers after so many seconds more; `hung`: has its device open and answers nothing; `gone`: has closed it,
 * and the kernel knows.
 */
export type DaemonState = 'alive' | 'late' | 'hung' | 'gone';

/** A reply of a daemon: a status, and bytes to lay over the message’s body. */
export interface DaemonReply {
  readonly status: number;
  readonly body?: Uint8Array;
}

/** How a daemon behaves. */
export interface DaemonConduct {
  /** Seconds that it takes for a request. */
  readonly seconds: number;
  /** Its trouble, and how many requests it handles before that begins. */
  readonly trouble?: Exclude<DaemonState, 'alive'>;
  readonly after?: number;
  /** Seconds that a late one takes on top. */
  readonly late?: number;
}

/** A process in user space: takes requests in order, one at a time. */
export class UserDaemon {
  /** Requests read, and replies written. */
  read = 0;
  written = 0;
  readonly conduct: DaemonConduct;
  private restarted = false;
  private readonly act: (request: Uint8Array) => DaemonReply;
  private readonly waiting: Uint8Array[] = [];
  private working = false;

  /** `act` does the work at the end of the request’s time. */
  constructor(conduct: DaemonConduct, act: (request: Uint8Array) => DaemonReply) {
    this.conduct = conduct;
    this.act = act;
  }

  get state(): DaemonState {
    const { trouble, after } = this.conduct;
    return trouble && !this.restarted && this.read >= (after ?? 0) ? trouble : 'alive';
  }

  /** Somebody starts it again: what it was at is lost. */
  restart(): void {
    this.restarted = true;
    this.waiting.length = 0;
    this.working = false;
  }

  /** The kernel has a request; `reply` is called when there is an answer, which may be never. */
  *deliver(
    delayed: DelayedWork,
    request: Uint8Array,
    reply: (cpu: Cpu, answer: DaemonReply) => Program,
  ): Program {
    this.waiting.push(request);
    if (!this.working) yield* this.next(delayed, reply);
  }

  private *next(delayed: DelayedWork, reply: (cpu: Cpu, answer: DaemonReply) => Program): Program {
    const request = this.waiting.shift();
    if (!request) return;
    const { state } = this;
    this.read++;
    this.working = true;
    if (state === 'hung' || state === 'gone') return;
    const seconds = this.conduct.seconds + (state === 'late' ? (this.conduct.late ?? 0) : 0);
    const daemon = this;
    yield* delayed.after(seconds, function* (cpu) {
      daemon.working = false;
      daemon.written++;
      yield* reply(cpu, daemon.act(request));
      yield* daemon.next(delayed, reply);
    });
  }
}

/** A service behind a daemon: one transaction at a time, the rest waits. */
export abstract class UtilRelay extends UtilService {
  readonly daemon: UserDaemon;
  /** Requests that the daemon did not answer in time, and its replies for which no request was open. */
  timeouts = 0;
  spurious = 0;
  protected readonly delayed: DelayedWork;
  private readonly queue: UtilMessage[] = [];
  private active: UtilMessage | undefined;
  private timeout: Delayed | undefined;

  constructor(
    vmbus: Vmbus,
    channel: VmbusChannel,
    versions: readonly number[],
    daemon: UserDaemon,
    delayed: DelayedWork,
  ) {
    super(vmbus, channel, versions);
    this.daemon = daemon;
    this.delayed = delayed;
  }

  /** What becomes of a request when no daemon is there. True when it has been answered. */
  protected abstract withoutDaemon(cpu: Cpu, message: UtilMessage): Program<boolean>;

  /** Seconds that the daemon has for a request. */
  protected abstract patience(body: Uint8Array): number;

  /** The daemon wrote a reply that no request waited for, and got an error. */
  protected unwanted(): void {}

  protected override *handle(cpu: Cpu, message: UtilMessage): Program {
    this.queue.push(message);
    yield* this.next(cpu);
  }

  /** A daemon has opened its device (again): what waited goes to it now. */
  *registered(cpu: Cpu): Program {
    yield* this.next(cpu);
  }

  private *next(cpu: Cpu): Program {
    while (!this.active) {
      const message = this.queue.shift();
      if (!message) return;
      if (this.daemon.state !== 'gone') yield* this.begin(message);
      else if (!(yield* this.withoutDaemon(cpu, message))) {
        this.queue.unshift(message);
        return;
      }
    }
  }

  private *begin(message: UtilMessage): Program {
    this.active = message;
    const body = message.buffer.slice(IC_OFFSET.BODY);
    this.timeout = yield* this.delayed.after(this.patience(body), (cpu) => this.expired(cpu, message));
    yield* this.daemon.deliver(this.delayed, body, (cpu, reply) => this.replied(cpu, reply));
  }

  private *expired(cpu: Cpu, message: UtilMessage): Program {
    if (this.active !== message) return;
    this.timeouts++;
    this.active = undefined;
    yield* this.respond(cpu, message, IC_STATUS.E_FAIL);
    yield* this.next(cpu);
  }

  /** A reply names no request: it belongs to whichever is open. */
  private *replied(cpu: Cpu, { status, body }: DaemonReply): Program {
    const message = this.active;
    if (!message) {
      this.spurious++;
      this.unwanted();
      return;
    }
    this.delayed.cancel(this.timeout);
    this.active = undefined;
    if (body) message.buffer.set(body.subarray(0, message.buffer.length - IC_OFFSET.BODY), IC_OFFSET.BODY);
    yield* this.respond(cpu, message, status);
    yield* this.next(cpu);
  }
}
