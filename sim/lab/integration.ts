/**
 * A machine whose host offers integration services and whose guest has drivers for them: here the two ends meet.
 */
import type { GuestState } from '../guest/enlightened.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import type { IntegrationOptions } from '../guest/integration.ts';
import { IntegrationServices } from '../guest/integration.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { DynamicMemory, type DynamicMemoryOptions } from '../host/vsp/dynmem.ts';
import { FileCopyService } from '../host/vsp/fcopy.ts';
import type { HeartbeatOptions } from '../host/vsp/heartbeat.ts';
import { Heartbeat } from '../host/vsp/heartbeat.ts';
import type { IcService } from '../host/vsp/ic-framework.ts';
import { KvpService } from '../host/vsp/kvp.ts';
import { ShutdownService } from '../host/vsp/shutdown.ts';
import type { TimesyncOptions } from '../host/vsp/timesync.ts';
import { Timesync } from '../host/vsp/timesync.ts';
import { VssService } from '../host/vsp/vss.ts';
import { PAGE_SIZE } from '../machine/memory.ts';
import { ONE_ADDRESS } from './guests.ts';
import type { Machine } from './machines.ts';
import { GUEST_PAGES } from './machines.ts';

/** Which services the host offers, and with which settings. */
export interface HostServices {
  readonly heartbeat?: HeartbeatOptions;
  readonly shutdown?: true;
  readonly timesync?: TimesyncOptions;
  readonly kvp?: { readonly patience?: number };
  readonly vss?: true;
  /** Off by default on a real host too. */
  readonly fcopy?: { readonly patience?: number };
  /** The guest begins with `startPages`; the rest of the partition's memory can be added. */
  readonly memory?: DynamicMemoryOptions;
}

/** A guest that has booted and loaded its drivers. */
export class ServicedMachine {
  readonly machine: Machine;
  readonly guest: EnlightenedGuest;
  readonly heartbeat: Heartbeat | undefined;
  readonly shutdown: ShutdownService | undefined;
  readonly timesync: Timesync | undefined;
  readonly kvp: KvpService | undefined;
  readonly vss: VssService | undefined;
  readonly fcopy: FileCopyService | undefined;
  readonly memory: DynamicMemory | undefined;
  /** The guest’s drivers, once {@link boot} has returned. */
  services!: IntegrationServices;
  private readonly stopHere: number;

  constructor(machine: Machine, offered: HostServices) {
    const { partition, vmbus, engine } = machine;
    this.machine = machine;
    this.guest = new EnlightenedGuest([machine.cpu], LINUX_6_1, {
      firstPage: GUEST_PAGES,
      storvsc: ONE_ADDRESS,
      ...(offered.memory ? { memoryEnd: offered.memory.startPages * PAGE_SIZE } : {}),
    });
    if (offered.heartbeat) this.heartbeat = new Heartbeat(partition, offered.heartbeat);
    if (offered.shutdown) this.shutdown = new ShutdownService(partition);
    if (offered.timesync) this.timesync = new Timesync(partition, offered.timesync);
    if (offered.kvp) this.kvp = new KvpService(partition, offered.kvp);
    if (offered.vss) this.vss = new VssService(partition);
    if (offered.fcopy) this.fcopy = new FileCopyService(partition, offered.fcopy);
    for (const service of this.offered) vmbus.offer(service);
    if (offered.memory) {
      this.memory = new DynamicMemory(partition, offered.memory);
      vmbus.offer(this.memory);
    }
    this.stopHere = engine.handler('services.stop', () => undefined);
  }

  /** The services at the host’s end. */
  get offered(): IcService[] {
    const all = [this.heartbeat, this.shutdown, this.timesync, this.kvp, this.vss, this.fcopy];
    return all.filter((one) => one !== undefined);
  }

  /** Boots the guest and lets it load its drivers, then leaves it to them. Where it came to grief, otherwise. */
  boot(options: IntegrationOptions = {}): GuestState {
    const { machine, guest } = this;
    guest.start();
    while (guest.state === 'starting') machine.engine.step();
    if (!guest.vmbus) return guest.state;
    const { cpu } = machine;
    this.services = new IntegrationServices(guest.vmbus, cpu, options);
    cpu.finish(this.services.start(cpu));
    return guest.state;
  }

  /** The guest lives on its services from now on, and shuts down when it is told to. */
  live(before?: () => Generator<void, void, void>): void {
    const { services, guest } = this;
    const { cpu } = this.machine;
    cpu.run(
      (function* () {
        if (before) yield* before();
        yield* services.live(cpu);
        yield* guest.shutDown();
      })(),
    );
  }

  /** Seconds of virtual time. */
  get seconds(): number {
    return this.machine.engine.now / this.machine.costs.hz;
  }

  /** Runs for so many seconds of virtual time. */
  runFor(seconds: number): void {
    const { engine, costs } = this.machine;
    const until = engine.now + Math.round(seconds * costs.hz);
    engine.post(until, this.stopHere);
    engine.run(until);
  }
}
