/**
 * Backup (VSS) as a Linux guest speaks it: can you be backed up, freeze, take the snapshot, thaw.
 *
 * Between freeze and thaw the guest’s file systems hold every write, so the thaw comes whatever happened: after a snapshot, after a freeze
 * that failed, after one that was never answered. A freeze that is answered late finds the thaw behind it. A thaw that is not confirmed is
 * sent again, a few times.
 *
 * Sources: Linux `drivers/hv/hv_snapshot.c` ("Timeout values are based on expectations from host": fifteen minutes for a freeze), thirty
 * seconds for everything else (`drivers/hv/hyperv_vmbus.h`, HV_UTIL_TIMEOUT). Assumed: five seconds on top at the host, and how often a
 * thaw is tried. Left out: the shadow copies that Windows guests make (CREATE, AUTO_RECOVER), lists of disks.
 */
import type { Timer } from '../../core/engine.ts';
import type { Partition } from '../../machine/partition.ts';
import { hvVssMsg } from '../../wire/backup-messages.ts';
import { IC_STATUS, ICMSGTYPE, icVersionCode, VSS_OP } from '../../wire/ic-codes.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { type IcAnswer, IcService } from './ic-framework.ts';

/** Seconds that the host waits, and how often it asks for a thaw. */
export const VSS_LIMITS = { freeze: 15 * 60 + 5, other: 35, thaws: 3 } as const;

/**
 * `done`: the snapshot was taken while the guest held its writes, and it goes on writing. `unfit`: it cannot be backed up like this.
 * `not-frozen`: the freeze failed or was not answered; no snapshot. `thaw-unconfirmed`: the guest never said that it writes again.
 */
export type BackupOutcome = 'done' | 'unfit' | 'not-frozen' | 'thaw-unconfirmed' | 'gone';

/** One backup. */
export interface BackupOptions {
  /** Seconds that the snapshot takes. */
  readonly snapshotSeconds: number;
  /** Leaves the thaw out: a host that dies in the middle. */
  readonly forgetThaw?: boolean;
  /** Called when the host copies, with the guest’s writes on hold. */
  readonly onSnapshot?: (at: number) => void;
}

/** What happened so far. */
export interface BackupReport {
  outcome: BackupOutcome | undefined;
  /** Status of the last answer that was an error. */
  status: number;
  snapshots: number;
  thawsSent: number;
  frozeAt: number;
  thawedAt: number;
  endedAt: number;
  /** Every question of this backup that came to an end, in order. */
  readonly steps: BackupStep[];
}

/** One question: what for, how it ended, and cycles until then. */
export interface BackupStep {
  readonly operation: number;
  readonly end: IcAnswer['kind'] | 'failed';
  readonly cycles: number;
}

/** The backup service at the host’s end. */
export class VssService extends IcService {
  report: BackupReport | undefined;
  private options: BackupOptions = { snapshotSeconds: 0 };
  private done: (report: BackupReport) => void = () => undefined;
  private readonly copied: Timer;

  constructor(partition: Partition) {
    super(partition, {
      name: 'backup',
      interfaceId: DEVICE_CLASS.VSS.guid,
      instanceId: '2450ee40-33bf-4fbd-892e-9fb06e9214cf',
      type: ICMSGTYPE.VSS,
      versions: [4, 5, 6, 7].map((major) => icVersionCode(major, 0)),
    });
    this.copied = partition.engine.timer('vss.snapshot', () => this.thaw());
  }

  /** Starts a backup; false when the service is not ready or another one is running. `done` is called once. */
  backUp(options: BackupOptions, done: (report: BackupReport) => void = () => undefined): boolean {
    const running = this.report !== undefined && this.report.outcome === undefined;
    if (this.state !== 'ready' || running) return false;
    this.options = options;
    this.done = done;
    this.report = {
      outcome: undefined,
      status: IC_STATUS.S_OK,
      snapshots: 0,
      thawsSent: 0,
      frozeAt: -1,
      thawedAt: -1,
      endedAt: -1,
      steps: [],
    };
    this.operate(VSS_OP.HOT_BACKUP, VSS_LIMITS.other, (fine) =>
      fine ? this.freeze() : this.finish('unfit'),
    );
    return true;
  }

  protected override left(): void {
    this.copied.cancel();
    this.finish('gone');
  }

  private freeze(): void {
    this.operate(VSS_OP.FREEZE, VSS_LIMITS.freeze, (fine) => {
      if (!fine || !this.report) {
        this.thaw();
        return;
      }
      const { now } = this.root;
      this.report.frozeAt = now;
      this.report.snapshots++;
      this.options.onSnapshot?.(now);
      this.copied.set(now + Math.round(this.options.snapshotSeconds * this.hz));
    });
  }

  private thaw(): void {
    const { report } = this;
    if (!report || this.options.forgetThaw) {
      this.finish('thaw-unconfirmed');
      return;
    }
    report.thawsSent++;
    this.operate(VSS_OP.THAW, VSS_LIMITS.other, (fine) => {
      if (fine) {
        report.thawedAt = this.root.now;
        this.finish(report.snapshots > 0 ? 'done' : 'not-frozen');
      } else if (report.thawsSent < VSS_LIMITS.thaws) this.thaw();
      else this.finish('thaw-unconfirmed');
    });
  }

  private operate(operation: number, seconds: number, next: (fine: boolean) => void): void {
    const body = hvVssMsg.encode({ 'vss_hdr.operation': operation });
    const from = this.root.now;
    this.ask(body, seconds, (answer: IcAnswer) => {
      const status = answer.kind === 'answer' ? answer.status : IC_STATUS.E_FAIL;
      const fine = status === IC_STATUS.S_OK;
      const end = answer.kind === 'answer' && !fine ? 'failed' : answer.kind;
      this.report?.steps.push({ operation, end, cycles: this.root.now - from });
      if (!fine && this.report) this.report.status = status;
      if (answer.kind === 'gone') this.finish('gone');
      else next(fine);
    });
  }

  private finish(outcome: BackupOutcome): void {
    const { report } = this;
    if (!report || report.outcome) return;
    report.outcome = outcome;
    report.endedAt = this.root.now;
    this.done(report);
  }
}
