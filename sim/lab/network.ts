/**
 * A machine with a synthetic network adapter on a virtual switch, and a host on the same switch: here the two ends of netvsc meet.
 */
import type { NetvscOptions } from '../guest/drivers/netvsc.ts';
import { Netvsc } from '../guest/drivers/netvsc.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { HostPort } from '../host/backends/host-port.ts';
import { VirtualSwitch } from '../host/backends/switch.ts';
import { Netvsp, type NetvspOptions } from '../host/vsp/netvsp.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';
import { ONE_ADDRESS } from './guests.ts';
import type { Machine } from './machines.ts';
import { GUEST_PAGES } from './machines.ts';

/** The guest's hardware address when none is named. */
export const GUEST_MAC = Uint8Array.of(0x00, 0x15, 0x5d, 0x01, 0x02, 0x03);

/** A guest with a network. */
export class NetworkedMachine {
  readonly machine: Machine;
  readonly network: VirtualSwitch;
  readonly host: HostPort;
  readonly netvsp: Netvsp;
  readonly guest: EnlightenedGuest;
  /** The guest's driver, once {@link boot} has returned. */
  netvsc!: Netvsc;
  /** Frames that the guest received, oldest first. */
  readonly frames: Uint8Array[] = [];

  constructor(machine: Machine, options: Partial<NetvspOptions> = {}) {
    const { partition, vmbus } = machine;
    this.machine = machine;
    this.network = new VirtualSwitch(partition.root);
    this.host = new HostPort(this.network);
    this.netvsp = new Netvsp(partition, this.network, { mac: GUEST_MAC, ...options });
    vmbus.offer(this.netvsp);
    this.guest = new EnlightenedGuest([machine.cpu], LINUX_6_1, {
      firstPage: GUEST_PAGES,
      storvsc: ONE_ADDRESS,
    });
  }

  /** Boots the guest and brings its adapter up. True when the adapter is there. */
  boot(options: NetvscOptions = {}): boolean {
    const { machine, guest, frames } = this;
    guest.start();
    while (guest.state === 'starting') machine.engine.step();
    const { vmbus } = guest;
    if (!vmbus) return false;
    const [channel] = vmbus.devices(DEVICE_CLASS.NIC.guid);
    const netvsc = new Netvsc(vmbus, channel, guest.cpus, options);
    // biome-ignore lint/correctness/useYield: taking a frame is a program.
    netvsc.onFrame = function* (_cpu, frame) {
      frames.push(frame);
    };
    this.netvsc = netvsc;
    return machine.cpu.finish(netvsc.probe());
  }

  /** The guest sends frames and then has something else to do for so many milliseconds. The frames that it received meanwhile. */
  exchange(sent: readonly Uint8Array[], milliseconds = 2): Uint8Array[] {
    const { netvsc, frames } = this;
    const { cpu, costs } = this.machine;
    const before = frames.length;
    cpu.finish(
      (function* () {
        for (const frame of sent) yield* netvsc.send(cpu, frame);
        for (let i = 0; i < milliseconds * 10; i++) yield* cpu.compute(costs.hz / 10_000);
      })(),
    );
    return frames.slice(before);
  }
}
