/**
 * Guest file copy: the host writes a file into a guest that has no network. START with name, path and size, then pieces of up to 6 KB with
 * their offsets, then COMPLETE. Each is a question of its own that the guest answers before the next.
 *
 * Off by default: a host that is not told to does not offer it ("Guest Service Interface"). What a failure leaves behind in the guest is
 * taken away with CANCEL, but not after a refused START: there is nothing of this copy then, and the name may belong to another file.
 *
 * Sources: Linux `drivers/hv/hv_fcopy.c`, `tools/hv/hv_fcopy_daemon.c`, `include/uapi/linux/hyperv.h`. No source of a host is public: its
 * patience, pieces in order, one try each, and when it cancels are assumed.
 */
import type { Partition } from '../../machine/partition.ts';
import { hvDoFcopy, hvFcopyHdr, hvStartFcopy } from '../../wire/backup-messages.ts';
import { FCOPY_FLAG, FCOPY_MAX, FCOPY_OP, IC_STATUS, ICMSGTYPE, icVersionCode } from '../../wire/ic-codes.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { type IcAnswer, IcService } from './ic-framework.ts';

/** Seconds that the host waits for an answer. */
export const FCOPY_PATIENCE = 35;

/** One file to copy. */
export interface FileCopyOptions {
  /** Directory in the guest, ending with a slash. */
  readonly path: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Replaces a file of that name. */
  readonly overwrite?: boolean;
  /** Makes the directories that are missing. */
  readonly createPath?: boolean;
  /** Sends the last piece first: the offset decides where a piece belongs, not the order. */
  readonly backwards?: boolean;
}

/**
 * `done`: every piece and the end were acknowledged. `refused`: START failed and nothing was written. `failed`: a later step did.
 * `time-out`: no answer in time. `cancelled`: somebody at the host gave up. `too-long`: name or path exceed the protocol and nothing was
 * sent. `gone`: the guest has closed the channel.
 */
export type FileCopyOutcome = 'done' | 'refused' | 'failed' | 'time-out' | 'cancelled' | 'too-long' | 'gone';

/** One question: what for, how it ended, and cycles until then. */
export interface FileCopyStep {
  readonly operation: number;
  readonly end: IcAnswer['kind'] | 'failed';
  readonly cycles: number;
}

/** What happened so far. */
export interface FileCopyReport {
  outcome: FileCopyOutcome | undefined;
  /** Status of the first answer that was an error. */
  status: number;
  /** Bytes in pieces that the guest acknowledged. */
  copied: number;
  /** A CANCEL was sent, and it was acknowledged. */
  cancelSent: boolean;
  cancelAnswered: boolean;
  readonly steps: FileCopyStep[];
}

/** The file copy service at the host’s end. */
export class FileCopyService extends IcService {
  report: FileCopyReport | undefined;
  private done: (report: FileCopyReport) => void = () => undefined;
  private bytes: Uint8Array = new Uint8Array(0);
  private offsets: number[] = [];
  private giveUpSoon = false;
  private readonly seconds: number;

  constructor(partition: Partition, options: { readonly patience?: number } = {}) {
    super(partition, {
      name: 'file copy',
      interfaceId: DEVICE_CLASS.FCOPY.guid,
      instanceId: 'eb765408-105f-49b6-b4aa-c123b64d17d4',
      type: ICMSGTYPE.FCOPY,
      versions: [icVersionCode(1, 1)],
    });
    this.seconds = options.patience ?? FCOPY_PATIENCE;
  }

  /** Starts a copy; false when the service is not ready or another copy is under way. `done` is called once. */
  copyFile(options: FileCopyOptions, done: (report: FileCopyReport) => void = () => undefined): boolean {
    const running = this.report !== undefined && this.report.outcome === undefined;
    if (this.state !== 'ready' || this.busy || running) return false;
    this.done = done;
    this.bytes = options.bytes;
    this.offsets = offsetsOf(options);
    this.giveUpSoon = false;
    this.report = {
      outcome: undefined,
      status: IC_STATUS.S_OK,
      copied: 0,
      cancelSent: false,
      cancelAnswered: false,
      steps: [],
    };
    const start = startMessage(options);
    if (start) this.operate(FCOPY_OP.START, start, () => this.piece());
    else this.finish('too-long');
    return true;
  }

  /** Gives the copy up: after the answer that is under way the guest is told to forget it. */
  cancel(): void {
    this.giveUpSoon = true;
  }

  protected override left(): void {
    this.finish('gone');
  }

  private piece(): void {
    if (this.giveUpSoon) {
      this.abandon('cancelled');
      return;
    }
    const offset = this.offsets.shift();
    if (offset === undefined) {
      this.operate(FCOPY_OP.COMPLETE, only(FCOPY_OP.COMPLETE), () => this.finish('done'));
      return;
    }
    const data = this.bytes.subarray(offset, offset + FCOPY_MAX.PIECE);
    const body = hvDoFcopy.encode({ 'hdr.operation': FCOPY_OP.WRITE, offset, size: data.length });
    body.set(data, hvDoFcopy.offsets.data);
    this.operate(FCOPY_OP.WRITE, body, () => {
      if (this.report) this.report.copied += data.length;
      this.piece();
    });
  }

  /** Asks; `next` follows a good answer, everything else ends the copy. */
  private operate(operation: number, body: Uint8Array, next: () => void): void {
    const from = this.root.now;
    this.ask(body, this.seconds, (answer) => {
      const { report } = this;
      if (!report) return;
      const failed = answer.kind === 'answer' && answer.status !== IC_STATUS.S_OK;
      report.steps.push({
        operation,
        end: failed ? 'failed' : answer.kind,
        cycles: this.root.now - from,
      });
      if (answer.kind === 'gone') this.finish('gone');
      else if (answer.kind === 'time-out') this.abandon('time-out');
      else if (failed) {
        if (report.status === IC_STATUS.S_OK) report.status = answer.status;
        if (operation === FCOPY_OP.START) this.finish('refused');
        else this.abandon('failed');
      } else next();
    });
  }

  /** Takes away what is there of the file. */
  private abandon(outcome: FileCopyOutcome): void {
    const { report } = this;
    if (!report) return;
    const from = this.root.now;
    report.cancelSent = this.ask(only(FCOPY_OP.CANCEL), this.seconds, (answer) => {
      const fine = answer.kind === 'answer' && answer.status === IC_STATUS.S_OK;
      report.cancelAnswered = fine;
      const end = answer.kind === 'answer' && !fine ? 'failed' : answer.kind;
      report.steps.push({ operation: FCOPY_OP.CANCEL, end, cycles: this.root.now - from });
      this.finish(outcome);
    });
    if (!report.cancelSent) this.finish(outcome);
  }

  private finish(outcome: FileCopyOutcome): void {
    const { report } = this;
    if (!report || report.outcome) return;
    report.outcome = outcome;
    this.done(report);
  }
}

function offsetsOf({ bytes, backwards }: FileCopyOptions): number[] {
  const pieces = Math.ceil(bytes.length / FCOPY_MAX.PIECE);
  const offsets = Array.from({ length: pieces }, (_, i) => i * FCOPY_MAX.PIECE);
  return backwards ? offsets.reverse() : offsets;
}

const only = (operation: number): Uint8Array => hvFcopyHdr.encode({ operation });

/** `undefined` when name or path do not fit with their terminating zero. */
function startMessage(options: FileCopyOptions): Uint8Array | undefined {
  const { name, path, bytes } = options;
  if (name.length >= FCOPY_MAX.PATH || path.length >= FCOPY_MAX.PATH || name === '') return undefined;
  return hvStartFcopy.encode({
    'hdr.operation': FCOPY_OP.START,
    file_name: units(name),
    path_name: units(path),
    copy_flags:
      (options.overwrite ? FCOPY_FLAG.OVER_WRITE : 0) | (options.createPath ? FCOPY_FLAG.CREATE_PATH : 0),
    file_size: bytes.length,
  });
}

const units = (text: string): number[] => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
