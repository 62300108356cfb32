/**
 * Starts the drivers of what VMBus offers: the bus itself, disk controllers, services, and channels whose protocol this model leaves out.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { DelayedWork } from '../drivers/delayed-work.ts';
import { detectHypervisor, Hyperv } from '../drivers/hv.ts';
import { UtilKvp } from '../drivers/hv-kvp.ts';
import type { UtilService } from '../drivers/hv-util.ts';
import type { GuestClock } from '../drivers/hv-util-kernel.ts';
import { UtilHeartbeat, UtilShutdown, UtilTimesync } from '../drivers/hv-util-kernel.ts';
import { UtilVss } from '../drivers/hv-vss.ts';
import type { PageAllocator } from '../drivers/page-allocator.ts';
import { Storvsc } from '../drivers/storvsc.ts';
import { Vmbus } from '../drivers/vmbus.ts';
import type { VmbusChannel } from '../drivers/vmbus-channel.ts';
import type { Protocols } from './packages.ts';

const STORAGE_RING_PAGES = 32;
const RING_PAGES = 4;
const DAEMON = { seconds: 0.01 };
const NO_CLOCK: GuestClock = { set: () => undefined, sample: () => undefined };

/** The guest's end of VMBus with its drivers, from one start to the next. */
export class SyntheticDevices {
  /** Set when the connection stands. */
  vmbus: Vmbus | undefined;
  readonly adapters: Storvsc[] = [];
  readonly services: UtilService[] = [];
  /** Channels that a driver opened for a protocol that is left out. */
  opened = 0;
  /** The host's order to shut down has come. */
  told = false;
  private readonly cpu: Cpu;
  private readonly pages: PageAllocator;
  private delayed: DelayedWork | undefined;

  constructor(cpu: Cpu, pages: PageAllocator) {
    this.cpu = cpu;
    this.pages = pages;
  }

  /** Finds the hypervisor, connects with the newest version that both sides speak. False when there is no bus to be had. */
  *connect(guestOsId: bigint, versions: readonly number[]): Program<boolean> {
    const { cpu } = this;
    const info = yield* detectHypervisor(cpu);
    if (info === undefined) return false;
    const hv = new Hyperv(info, this.pages, cpu.partition.costs.hz / 1_000_000);
    yield* hv.initProcessor(cpu);
    yield* hv.enableHypercalls(cpu, guestOsId);
    const vmbus = new Vmbus(hv);
    yield* vmbus.initProcessor(cpu);
    this.tried = vmbus.connection.tried;
    if (!(yield* vmbus.connect(cpu, versions))) {
      yield* vmbus.stopProcessor(cpu);
      return false;
    }
    this.vmbus = vmbus;
    return true;
  }

  /** Versions of VMBus that were asked for, in order. */
  tried: readonly number[] = [];

  /** A disk controller, or the accelerator of one disk. `undefined` when the host does not play along. */
  *storage(channel: VmbusChannel, versions: readonly number[]): Program<Storvsc | undefined> {
    if (!this.vmbus) return undefined;
    const adapter = new Storvsc(this.vmbus, channel, [this.cpu], {
      ringPages: STORAGE_RING_PAGES,
      versions,
      scan: { paths: 1, targets: 1 },
    });
    if (!(yield* adapter.probe())) return undefined;
    this.adapters.push(adapter);
    return adapter;
  }

  /** An integration service. False when nobody knows it or the host refuses. */
  *service(channel: VmbusChannel, { services }: Protocols): Program<boolean> {
    const made = this.vmbus && (yield* this.make(this.vmbus, channel, services));
    if (!made) return false;
    if (!(yield* made.probe(this.cpu))) return false;
    this.services.push(made);
    return true;
  }

  /** Opens a channel and takes whatever comes: its protocol is left out. */
  *open(channel: VmbusChannel): Program<boolean> {
    if (!this.vmbus) return false;
    const opened = yield* channel.open(this.cpu, {
      outPages: RING_PAGES,
      inPages: RING_PAGES,
      targetVp: this.vmbus.hv.vpIndex(this.cpu),
      // biome-ignore lint/correctness/useYield: a callback is a program.
      callback: function* () {
        const { inbound } = channel;
        for (let packet = inbound.peek(); typeof packet !== 'string'; packet = inbound.peek())
          inbound.advance();
        channel.endBatch();
      },
    });
    if (opened) this.opened++;
    return opened;
  }

  /** Says good-bye, as a system that restarts does. */
  *leave(): Program {
    const { vmbus, cpu } = this;
    if (!vmbus) return;
    yield* vmbus.disconnect(cpu);
    yield* vmbus.stopProcessor(cpu);
    this.vmbus = undefined;
  }

  private *make(
    vmbus: Vmbus,
    channel: VmbusChannel,
    speaks: Protocols['services'],
  ): Program<UtilService | undefined> {
    const { framework } = speaks;
    const old = <S extends UtilService>(service: S, version: number): S => {
      service.speakUpTo(framework, version);
      return service;
    };
    switch (channel.offer.classGuid) {
      case DEVICE_CLASS.HEART_BEAT.guid:
        return old(new UtilHeartbeat(vmbus, channel), speaks.heartbeat);
      case DEVICE_CLASS.SHUTDOWN.guid:
        return old(new UtilShutdown(vmbus, channel, () => this.shutDown()), speaks.shutdown);
      case DEVICE_CLASS.TS.guid:
        return old(new UtilTimesync(vmbus, channel, NO_CLOCK), speaks.time);
      case DEVICE_CLASS.KVP.guid: {
        const delayed = yield* this.timer(vmbus);
        return delayed && old(new UtilKvp(vmbus, channel, delayed, DAEMON), speaks.exchange);
      }
      case DEVICE_CLASS.VSS.guid: {
        const delayed = yield* this.timer(vmbus);
        return delayed && old(new UtilVss(vmbus, channel, delayed, DAEMON), speaks.backup);
      }
      default:
        return undefined;
    }
  }

  // biome-ignore lint/correctness/useYield: deferred work is a program.
  private *shutDown(): Program {
    this.told = true;
  }

  /** One timer for all daemons. */
  private *timer(vmbus: Vmbus): Program<DelayedWork | undefined> {
    if (this.delayed) return this.delayed;
    const delayed = new DelayedWork(this.cpu, vmbus.connection);
    if (!(yield* delayed.start())) return undefined;
    this.delayed = delayed;
    return delayed;
  }
}
