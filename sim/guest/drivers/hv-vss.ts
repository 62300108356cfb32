/**
 * hv_vss and hv_vss_daemon: freezes the guest’s file systems, thaws them again. While they are frozen every write waits.
 *
 * After Linux 6.1 `drivers/hv/hv_snapshot.c`, `tools/hv/hv_vss_daemon.c`. Without a daemon a freeze fails at once. Linux has no watch of its
 * own over a freeze: if the thaw never comes, the file systems stay frozen.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { hvVssMsg } from '../../wire/backup-messages.ts';
import {
  IC_OFFSET,
  IC_STATUS,
  icVersionCode,
  VSS_HBU_NO_AUTO_RECOVERY,
  VSS_OP,
} from '../../wire/ic-codes.ts';
import type { DelayedWork } from './delayed-work.ts';
import type { UtilMessage } from './hv-util.ts';
import type { DaemonConduct, DaemonReply } from './hv-util-daemon.ts';
import { UserDaemon, UTIL_TIMEOUTS, UtilRelay } from './hv-util-daemon.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** `vss_versions`. */
const VERSIONS = [icVersionCode(5, 0)];
const FLAGS_AT = hvVssMsg.offsets.vss_cf;

/** The file systems, as far as a backup is concerned. */
export class FileSystems {
  frozen = false;
  freezes = 0;
  thaws = 0;
  /** Called at each change. */
  onChange: (frozen: boolean) => void = () => undefined;

  /** What the daemon does with a request. */
  act(request: Uint8Array): DaemonReply {
    switch (request[0]) {
      case VSS_OP.FREEZE:
        this.freezes++;
        return this.become(true);
      case VSS_OP.THAW:
        this.thaws++;
        return this.become(false);
      case VSS_OP.HOT_BACKUP: {
        const body = request.slice();
        new DataView(body.buffer).setUint32(FLAGS_AT, VSS_HBU_NO_AUTO_RECOVERY, true);
        return { status: IC_STATUS.S_OK, body };
      }
      default:
        return { status: IC_STATUS.E_FAIL };
    }
  }

  private become(frozen: boolean): DaemonReply {
    if (frozen !== this.frozen) {
      this.frozen = frozen;
      this.onChange(frozen);
    }
    return { status: IC_STATUS.S_OK };
  }
}

/** hv_vss: passes freeze and thaw on to the daemon. */
export class UtilVss extends UtilRelay {
  readonly fileSystems: FileSystems;

  constructor(vmbus: Vmbus, channel: VmbusChannel, delayed: DelayedWork, conduct: DaemonConduct) {
    const fileSystems = new FileSystems();
    super(vmbus, channel, VERSIONS, new UserDaemon(conduct, (request) => fileSystems.act(request)), delayed);
    this.fileSystems = fileSystems;
  }

  protected override patience(body: Uint8Array): number {
    return body[0] === VSS_OP.FREEZE ? UTIL_TIMEOUTS.freeze : UTIL_TIMEOUTS.request;
  }

  protected override *withoutDaemon(cpu: Cpu, message: UtilMessage): Program<boolean> {
    yield* this.respond(cpu, message, IC_STATUS.E_FAIL);
    return true;
  }

  /** Directly mapped disks are the kernel’s to answer: there are none. Unknown operations end well, as in Linux. */
  protected override *handle(cpu: Cpu, message: UtilMessage): Program {
    const operation = message.buffer[IC_OFFSET.BODY];
    if (FOR_DAEMON.has(operation)) return yield* super.handle(cpu, message);
    if (operation === VSS_OP.GET_DM_INFO) message.view.setUint32(IC_OFFSET.BODY + FLAGS_AT, 0, true);
    yield* this.respond(cpu, message, IC_STATUS.S_OK);
  }
}

const FOR_DAEMON: ReadonlySet<number> = new Set([VSS_OP.FREEZE, VSS_OP.THAW, VSS_OP.HOT_BACKUP]);
