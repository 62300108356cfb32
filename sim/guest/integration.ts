/**
 * The integration services of a guest that is up: opens the channel of each service that the host offers, and lives on them until the host
 * wants it to shut down.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';
import { DelayedWork } from './drivers/delayed-work.ts';
import type { BalloonOptions } from './drivers/hv-balloon.ts';
import { Balloon } from './drivers/hv-balloon.ts';
import type { FileCopyGuest } from './drivers/hv-fcopy.ts';
import { UtilFcopy } from './drivers/hv-fcopy.ts';
import { UtilKvp } from './drivers/hv-kvp.ts';
import type { UtilService } from './drivers/hv-util.ts';
import type { DaemonConduct } from './drivers/hv-util-daemon.ts';
import type { GuestClock, PowerAction } from './drivers/hv-util-kernel.ts';
import { UtilHeartbeat, UtilShutdown, UtilTimesync } from './drivers/hv-util-kernel.ts';
import { UtilVss } from './drivers/hv-vss.ts';
import type { Vmbus } from './drivers/vmbus.ts';
import type { VmbusChannel } from './drivers/vmbus-channel.ts';

/** How a guest’s services behave. */
export interface IntegrationOptions {
  /** How the daemons behave. A request takes them ten milliseconds when nothing is said (assumed). */
  readonly kvp?: DaemonConduct;
  readonly vss?: DaemonConduct;
  readonly fcopy?: DaemonConduct;
  /** Files and room that the guest has before any file is copied. */
  readonly files?: FileCopyGuest;
  readonly balloon?: BalloonOptions;
  /** Seconds from the order to shut down until user space has stopped (assumed: 5). */
  readonly shutdownSeconds?: number;
  readonly clock?: GuestClock;
  /** Newest version of the time service; 4.0 when left out. */
  readonly timesyncNewest?: number;
  /** Corrects the host’s time by its age, where the message says it; true when left out. */
  readonly correctTime?: boolean;
}

const DAEMON: DaemonConduct = { seconds: 0.01 };
const NO_CLOCK: GuestClock = { set: () => undefined, sample: () => undefined };

/** All services of one guest, and the daemons behind them. */
export class IntegrationServices {
  readonly delayed: DelayedWork;
  heartbeat: UtilHeartbeat | undefined;
  shutdown: UtilShutdown | undefined;
  timesync: UtilTimesync | undefined;
  kvp: UtilKvp | undefined;
  vss: UtilVss | undefined;
  fcopy: UtilFcopy | undefined;
  balloon: Balloon | undefined;
  /** User space has stopped: the machine may go. */
  stopped = false;
  private readonly vmbus: Vmbus;
  private readonly options: IntegrationOptions;

  constructor(vmbus: Vmbus, cpu: Cpu, options: IntegrationOptions = {}) {
    this.vmbus = vmbus;
    this.options = options;
    this.delayed = new DelayedWork(cpu, vmbus.connection);
  }

  /** Loads hv_utils and hv_balloon: every service on offer gets its driver. False when there is no timer to wait with. */
  *start(cpu: Cpu): Program<boolean> {
    if (!(yield* this.delayed.start())) return false;
    for (const service of this.make()) yield* service.probe(cpu);
    const [memory] = this.vmbus.devices(DEVICE_CLASS.DM.guid);
    if (memory) {
      this.balloon = new Balloon(this.vmbus, memory, this.delayed, this.options.balloon);
      yield* this.balloon.probe(cpu);
    }
    return true;
  }

  /** What the guest does from then on: nothing, but to serve. Ends when it has been shut down. */
  *live(cpu: Cpu): Program {
    yield* this.vmbus.idle(cpu, () => this.stopped);
  }

  /** The kernel hangs with its interrupts off for so many seconds, beginning after `seconds`. */
  *hangAfter(seconds: number, forSeconds: number): Program {
    const { ticksPerMicrosecond } = this.vmbus.hv;
    yield* this.delayed.after(seconds, function* (cpu) {
      cpu.cli();
      yield* cpu.compute(forSeconds * 1e6 * ticksPerMicrosecond);
      cpu.sti();
    });
  }

  private make(): UtilService[] {
    const { vmbus, delayed, options } = this;
    const first = (name: keyof typeof DEVICE_CLASS): VmbusChannel | undefined =>
      vmbus.devices(DEVICE_CLASS[name].guid)[0];
    const [heartbeat, shutdown, time, kvp, vss, fcopy] = (
      ['HEART_BEAT', 'SHUTDOWN', 'TS', 'KVP', 'VSS', 'FCOPY'] as const
    ).map(first);
    if (heartbeat) this.heartbeat = new UtilHeartbeat(vmbus, heartbeat);
    if (shutdown) this.shutdown = new UtilShutdown(vmbus, shutdown, (cpu, action) => this.stop(cpu, action));
    if (time)
      this.timesync = new UtilTimesync(vmbus, time, options.clock ?? NO_CLOCK, options.timesyncNewest);
    if (this.timesync) this.timesync.correct = options.correctTime ?? true;
    if (kvp) this.kvp = new UtilKvp(vmbus, kvp, delayed, options.kvp ?? DAEMON);
    if (vss) this.vss = new UtilVss(vmbus, vss, delayed, options.vss ?? DAEMON);
    if (fcopy) this.fcopy = new UtilFcopy(vmbus, fcopy, delayed, options.fcopy ?? DAEMON, options.files);
    return [this.heartbeat, this.shutdown, this.timesync, this.kvp, this.vss, this.fcopy].filter(
      (one) => one !== undefined,
    );
  }

  /** orderly_poweroff: user space takes its time. */
  private *stop(_cpu: Cpu, _action: PowerAction): Program {
    const services = this;
    // biome-ignore lint/correctness/useYield: deferred work is a program.
    yield* this.delayed.after(this.options.shutdownSeconds ?? 5, function* () {
      services.stopped = true;
    });
  }
}
