/** Messages of the bus: what a guest says to get its channels, said wrongly. */
import { VirtualSwitch } from '../../host/backends/switch.ts';
import { Heartbeat } from '../../host/vsp/heartbeat.ts';
import { Keyboard } from '../../host/vsp/keyboard.ts';
import { Netvsp } from '../../host/vsp/netvsp.ts';
import { Sink } from '../../host/vsp/sink.ts';
import type { VmbusDevice } from '../../host/vsp/vmbus-device.ts';
import { testMessage } from '../../host/vsp/vmbus-testing.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { CHANNELMSG, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import type { Act, Target } from './target.ts';

const PAGES = 64;

/** A page list in its first message, and what more of it follows. */
function pageList(relid: number, id: number, chance: Chance): Uint8Array[] {
  const count = 1 + chance.below(chance.oneIn(3) ? 120 : 24);
  const list = new DataView(new ArrayBuffer(8 + 8 * count));
  list.setUint32(0, chance.oneIn(6) ? chance.edge() : count * PAGE_SIZE, true);
  list.setUint32(4, chance.oneIn(12) ? chance.edge() : 0, true);
  for (let i = 0; i < count; i++)
    list.setBigUint64(
      8 + 8 * i,
      chance.oneIn(40) ? chance.long([1024, 1023]) : BigInt(128 + (i % PAGES)),
      true,
    );
  const bytes = new Uint8Array(list.buffer);
  const header = new Uint8Array(20 + Math.min(bytes.length, 216));
  header.set(testMessage(CHANNELMSG.GPADL_HEADER, relid, id));
  const view = new DataView(header.buffer);
  view.setUint16(16, chance.oneIn(12) ? chance.edge() : bytes.length, true);
  view.setUint16(18, chance.oneIn(12) ? chance.edge() : 1, true);
  header.set(bytes.subarray(0, 216), 20);
  const messages = [header];
  for (let at = 216; at < bytes.length; at += 224) {
    const body = new Uint8Array(16 + Math.min(224, bytes.length - at));
    body.set(testMessage(CHANNELMSG.GPADL_BODY, 0, id));
    body.set(bytes.subarray(at, at + 224), 16);
    messages.push(body);
  }
  // Some lists are never finished.
  return chance.oneIn(4) ? messages.slice(0, 1) : messages;
}

/** A socket that nobody serves. */
function connectSocket(chance: Chance): Uint8Array {
  const bytes = new Uint8Array(40);
  bytes.set(testMessage(CHANNELMSG.TL_CONNECT_REQUEST));
  for (let at = 8; at < bytes.length; at++) bytes[at] = chance.below(256);
  return bytes;
}

/** What the guest may say, mostly in an order that makes sense. */
class Talker {
  private readonly machine: HostileMachine;
  private connection = 4;
  private readonly ids = [0xe1e10, 0xe1e11, 0xe1e12, 1, 2];

  constructor(machine: HostileMachine) {
    this.machine = machine;
  }

  /** Channels that are on offer now, and one that is not. */
  private get relids(): number[] {
    return [...this.machine.guest.server.channels.map(({ relid }) => relid), 99];
  }

  /** The next message, or several that belong together. */
  next(chance: Chance): Uint8Array[] {
    const { server } = this.machine.guest;
    if (!server.connection && !chance.oneIn(4)) return this.contact(chance);
    const relid = chance.pick(this.relids);
    const id = chance.oneIn(3) ? 1 + chance.below(1000) : chance.pick(this.ids);
    switch (chance.below(40)) {
      case 0:
        return this.contact(chance);
      case 1:
        return [testMessage(CHANNELMSG.UNLOAD)];
      case 2:
        return [testMessage(CHANNELMSG.REQUESTOFFERS)];
      case 3:
        return [connectSocket(chance)];
      case 4:
      case 5:
        return [chance.words(60, [...this.relids, ...this.ids])];
      default:
        return this.aboutChannel(chance, relid, id);
    }
  }

  private aboutChannel(chance: Chance, relid: number, id: number): Uint8Array[] {
    const { guest } = this.machine;
    switch (chance.below(9)) {
      case 0:
        return [testMessage(CHANNELMSG.RELID_RELEASED, relid)];
      case 1:
        return [testMessage(CHANNELMSG.MODIFYCHANNEL, relid, chance.below(4))];
      case 2:
        return [testMessage(CHANNELMSG.CLOSECHANNEL, relid)];
      case 3:
      case 4:
        return [testMessage(CHANNELMSG.GPADL_TEARDOWN, relid, id)];
      case 5:
      case 6: {
        const split = chance.oneIn(4) ? chance.edge() : 2 + chance.below(4);
        return [guest.openMessage(relid, id, split, chance.below(3))];
      }
      default:
        return pageList(relid, id, chance);
    }
  }

  /** A contact, and mostly the request for offers behind it. */
  private contact(chance: Chance): Uint8Array[] {
    const version = chance.pick(Object.values(VMBUS_VERSION));
    this.connection = version >= VMBUS_VERSION.WIN10_V5 ? 4 : 1;
    const monitor1 = chance.oneIn(8) ? chance.edge() : undefined;
    const contact = this.machine.guest.contact(version, { vp: chance.below(3), monitor1 });
    return chance.oneIn(8) ? [contact] : [contact, testMessage(CHANNELMSG.REQUESTOFFERS)];
  }

  post(chance: Chance, message: Uint8Array): void {
    const changed = chance.oneIn(3) ? chance.mutated(message, [...this.relids, ...this.ids]) : message;
    this.machine.guest.post(changed, chance.oneIn(40) ? chance.edge() : this.connection);
  }

  /** A signal to a channel: by hypercall, by the shared page, or by a monitor bit. */
  signal(chance: Chance): void {
    const { guest } = this.machine;
    const relid = chance.pick(this.relids);
    if (chance.oneIn(3)) guest.setInterruptBit(relid);
    if (chance.oneIn(3)) guest.trigger(chance.below(128));
    const connection = chance.pick([0x2000 | relid, 2, 4, chance.edge()]);
    guest.signal(connection, chance.oneIn(8) ? chance.edge() : 0);
  }
}

function messages(machine: HostileMachine, devices: readonly VmbusDevice[]): Act {
  const { guest } = machine;
  const talker = new Talker(machine);
  let deaf = 0;
  return (chance) => {
    for (const message of talker.next(chance)) talker.post(chance, message);
    if (chance.oneIn(6)) talker.signal(chance);
    if (chance.oneIn(60)) guest.server.revoke(chance.pick(devices));
    if (chance.oneIn(20)) offerAgain(machine, devices);
    machine.rest();
    const unfinished = guest.server.connection?.gpadls.unfinishedCount ?? 0;
    hold(unfinished <= 128, 'memory', 'unfinished page lists pile up');
    // Now and then the guest does not read for a while.
    if (chance.oneIn(100)) deaf = chance.below(80);
    if (deaf > 0) deaf--;
    else machine.takeMessages();
  };
}

/** The host gives back what it has taken away. */
function offerAgain(machine: HostileMachine, devices: readonly VmbusDevice[]): void {
  const { server } = machine.guest;
  for (const device of devices) {
    const known = server.channels.find((channel) => channel.device === device);
    if (!known || (known.state === 'revoked' && known.withdrawn)) server.offer(device);
  }
}

/** The server of the bus. */
export const MESSAGE_TARGETS: readonly Target[] = [
  {
    name: 'messages',
    oneCase: 'one message of the bus, or several that belong together',
    sparesOthers: false,
    begin: (machine) => {
      const { partition } = machine.guest;
      const network = new VirtualSwitch(partition.root);
      const devices = [
        machine.disk(64),
        new Netvsp(partition, network, { mac: Uint8Array.of(0, 1, 2, 3, 4, 5) }),
        new Keyboard(partition),
        new Heartbeat(partition),
        new Sink(partition.root, {
          drainCycles: 100,
          mask: true,
          recheck: true,
          monitorLatency: 10,
          onPacket: () => undefined,
        }),
      ];
      machine.connect(devices);
      machine.guest.pages(PAGES);
      return messages(machine, devices);
    },
  },
];
