/**
 * The services that the guest’s kernel answers by itself: heartbeat, shutdown, time synchronisation. After Linux 6.1
 * `drivers/hv/hv_util.c`.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { IC_OFFSET, IC_STATUS, ICTIMESYNCFLAG, icVersionCode } from '../../wire/ic-codes.ts';
import { shutdownMsgData } from '../../wire/ic-messages.ts';
import { HV_X64_MSR } from '../../wire/msr.ts';
import type { UtilMessage } from './hv-util.ts';
import { UtilService } from './hv-util.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** `hb_versions`, `sd_versions`, `ts_versions`. */
const HEARTBEAT_VERSIONS = [icVersionCode(3, 0), icVersionCode(1, 0)];
const SHUTDOWN_VERSIONS = [
  icVersionCode(3, 2),
  icVersionCode(3, 1),
  icVersionCode(3, 0),
  icVersionCode(1, 0),
];
const TIMESYNC_VERSIONS = [icVersionCode(4, 0), icVersionCode(3, 0), icVersionCode(1, 0)];

/** Adds one and answers. */
export class UtilHeartbeat extends UtilService {
  constructor(vmbus: Vmbus, channel: VmbusChannel) {
    super(vmbus, channel, HEARTBEAT_VERSIONS);
  }

  protected override *handle(cpu: Cpu, message: UtilMessage): Program {
    const { view } = message;
    view.setBigUint64(IC_OFFSET.BODY, BigInt.asUintN(64, view.getBigUint64(IC_OFFSET.BODY, true) + 1n), true);
    yield* this.respond(cpu, message, IC_STATUS.S_OK);
  }
}

/** What the host wants the guest to do. */
export type PowerAction = 'off' | 'restart';

/** Answers first, then hands the work to user space. Hibernation is refused: this guest has no swap. */
export class UtilShutdown extends UtilService {
  /** Set when the kernel has been told to go. */
  action: PowerAction | undefined;
  private readonly begin: (cpu: Cpu, action: PowerAction) => Program;

  /** `begin` runs outside of the interrupt, after the answer: `orderly_poweroff`. */
  constructor(vmbus: Vmbus, channel: VmbusChannel, begin: (cpu: Cpu, action: PowerAction) => Program) {
    super(vmbus, channel, SHUTDOWN_VERSIONS);
    this.begin = begin;
  }

  protected override *handle(cpu: Cpu, message: UtilMessage): Program {
    const at = IC_OFFSET.BODY + shutdownMsgData.offsets.flags;
    const flags = at + 4 <= message.view.byteLength ? message.view.getUint32(at, true) : -1;
    const action = ACTIONS[flags];
    yield* this.respond(cpu, message, action ? IC_STATUS.S_OK : IC_STATUS.E_FAIL);
    if (!action || this.action) return;
    this.action = action;
    this.vmbus.connection.defer((running) => this.begin(running, action));
  }
}

/** By flags: the lowest bit says "forced" and makes no difference here. */
const ACTIONS: readonly (PowerAction | undefined)[] = ['off', 'off', 'restart', 'restart'];

/** A clock that can be set or hinted at. Units of 100 ns since 1601. */
export interface GuestClock {
  /** The host orders: it is `hostTime` now. */
  set(hostTime: bigint): void;
  /** The host hints. */
  sample(hostTime: bigint): void;
  /**
   * The reference time, 100 ns, from the page that needs no exit. Without it the driver reads the register, and whoever takes the processor
   * away at that exit makes the answer old.
   */
  reference?(): bigint;
}

/** Passes the host’s time on, corrected by its age where the message says how old it is. */
export class UtilTimesync extends UtilService {
  /** Use the reference time that version 4 carries. Without, the time on the way is lost. */
  correct = true;
  private readonly clock: GuestClock;

  constructor(vmbus: Vmbus, channel: VmbusChannel, clock: GuestClock, newest = icVersionCode(4, 0)) {
    super(vmbus, channel, TIMESYNC_VERSIONS.slice(TIMESYNC_VERSIONS.indexOf(newest)));
    this.clock = clock;
  }

  protected override *handle(cpu: Cpu, message: UtilMessage): Program {
    yield* this.adjust(cpu, message.view);
    yield* this.respond(cpu, message, IC_STATUS.S_OK);
  }

  private *adjust(cpu: Cpu, view: DataView): Program {
    const reference = this.version === icVersionCode(4, 0);
    const flagsAt = IC_OFFSET.BODY + (reference ? 16 : 24);
    if (flagsAt >= view.byteLength) return;
    const flags = view.getUint8(flagsAt);
    let time = view.getBigUint64(IC_OFFSET.BODY, true);
    if (reference && this.correct) {
      const now = this.clock.reference?.() ?? (yield* cpu.rdmsr(HV_X64_MSR.TIME_REF_COUNT));
      time += now - view.getBigUint64(IC_OFFSET.BODY + 8, true);
    }
    if ((flags & ICTIMESYNCFLAG.SYNC) !== 0) this.clock.set(time);
    else if ((flags & ICTIMESYNCFLAG.SAMPLE) !== 0) this.clock.sample(time);
  }
}
