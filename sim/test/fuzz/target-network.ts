/** The network adapter: NVSP messages, RNDIS in sections and by reference, buffers shared and taken back. */
import { HostPort } from '../../host/backends/host-port.ts';
import { VirtualSwitch } from '../../host/backends/switch.ts';
import { Netvsp } from '../../host/vsp/netvsp.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { buildGpaDirectHeader } from '../../wire/gpa-direct.ts';
import { NVSP_CHANNEL, NVSP_MSG, NVSP_NO_SECTION, NVSP_VERSION } from '../../wire/nvsp-codes.ts';
import { RNDIS_MSG, RNDIS_OID } from '../../wire/rndis-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';

const MAC = Uint8Array.of(0, 0x15, 0x5d, 1, 2, 3);
const BUFFER_PAGES = 4;
const SECTION = 1728;
/** Whole sections in the send buffer. */
const SECTIONS = Math.floor((BUFFER_PAGES * PAGE_SIZE) / 6144);
const OBJECTS: readonly number[] = Object.values(RNDIS_OID);
const SET = RNDIS_MSG.SET;

const words = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(Math.max(40, 4 * values.length));
  new Uint32Array(bytes.buffer).set(values);
  return bytes;
};
const rndis = (type: number, ...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(8 + 4 * values.length);
  new Uint32Array(bytes.buffer).set([type, bytes.length, ...values]);
  return bytes;
};

/** A frame that somebody answers: who has the host's address? */
const ARP = Uint8Array.of(
  ...[255, 255, 255, 255, 255, 255, ...MAC, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, ...MAC],
  ...[10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1],
);

/** An IPv4 packet from this adapter's address. */
function ip(protocol: number, to: readonly number[], body: readonly number[]): Uint8Array {
  const length = 20 + body.length;
  return Uint8Array.of(
    ...[255, 255, 255, 255, 255, 255, ...MAC, 8, 0],
    ...[0x45, 0, length >>> 8, length & 0xff, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 2, ...to],
    ...body,
  );
}
const HOST = [10, 0, 0, 1];
const PING = ip(1, HOST, [8, 0, 0, 0, 0, 1, 0, 1, ...new Array<number>(32).fill(7)]);
/** A request for an address: discover, and then this one. */
const dhcp = (kind: number): Uint8Array => {
  const message = new Array<number>(236).fill(0);
  [1, 1, 6].forEach((value, i) => {
    message[i] = value;
  });
  MAC.forEach((value, i) => {
    message[28 + i] = value;
  });
  const options = [0x63, 0x82, 0x53, 0x63, 53, 1, kind, 50, 4, 10, 0, 0, 2, 54, 4, ...HOST, 255];
  return ip(17, [255, 255, 255, 255], [0, 68, 0, 67, 1, 10, 0, 0, ...message, ...options]);
};
const FRAMES = [ARP, PING, dhcp(1), dhcp(3)];

function frame(chance: Chance): Uint8Array {
  const plain = chance.pick(FRAMES);
  const content = chance.oneIn(2) ? chance.mutated(plain, [1, 2, 6, 17, 67, 68, 0x45, 50, 53, 255]) : plain;
  const bytes = new Uint8Array(44 + content.length);
  bytes.set(rndis(RNDIS_MSG.PACKET, 36, content.length, 0, 0, 0, 0, 0, 0, 0));
  new DataView(bytes.buffer).setUint32(4, bytes.length, true);
  bytes.set(content, 44);
  return bytes;
}

function control(chance: Chance): Uint8Array {
  const request = 1 + chance.below(3);
  switch (chance.below(7)) {
    case 0:
      return rndis(RNDIS_MSG.INIT, request, 1, 0, 0x4000);
    case 1:
      return rndis(chance.oneIn(8) ? RNDIS_MSG.HALT : RNDIS_MSG.KEEPALIVE, request);
    case 2:
      return rndis(RNDIS_MSG.RESET, request);
    case 3:
      return rndis(
        SET,
        request,
        RNDIS_OID.GEN_CURRENT_PACKET_FILTER,
        4,
        20,
        0,
        chance.oneIn(4) ? chance.u32() : 9,
      );
    case 4:
      return rndis(SET, request, chance.pick(OBJECTS), chance.below(40), 20, 0, 1, 2, 3, 4);
    default:
      return rndis(RNDIS_MSG.QUERY, request, chance.oneIn(8) ? chance.u32() : chance.pick(OBJECTS), 0, 20, 0);
  }
}

/** A page list and where its first byte lies. */
interface Shared {
  id: number;
  at: number;
}

/** What the driver knows of its buffers. */
interface BufferPlaces {
  connection: unknown;
  receive: Shared;
  send: Shared;
}

function share(machine: HostileMachine, relid: number): Shared {
  const pages = machine.guest.pages(BUFFER_PAGES);
  const list = machine.guest.gpadl(relid, pages);
  hold(list.status === 0, 'harm', 'a page list is refused');
  return { id: list.id, at: pages[0] };
}

function traffic(machine: HostileMachine, netvsp: Netvsp, prey: Prey, { receive, send }: BufferPlaces): Act {
  const { u8 } = machine.guest.memory;
  const likely = [0, 1, 2, 3, 36, 44, receive.id, send.id, 0xcafe, NVSP_VERSION.V61, 1514, 6144];
  const owed: [tidLow: number, tidHigh: number][] = [];
  const listen = (): void =>
    prey.listen((packet, _payload, header) => {
      if (packet.type !== VM_PKT.DATA_USING_XFER_PAGES || header.length < 16) return;
      const view = new DataView(header.buffer, header.byteOffset, header.length);
      const [size, at] = [view.getUint32(8, true), view.getUint32(12, true)];
      hold(at + size <= BUFFER_PAGES * PAGE_SIZE, 'reply', 'a section lies outside the receive buffer');
      machine.digest.add(u8, receive.at + at, size);
      owed.push([packet.tidLow, packet.tidHigh]);
    });
  const message = (chance: Chance): void => {
    const data = chance.oneIn(2);
    const bytes = chance.mutated(data ? frame(chance) : control(chance), likely);
    const kind = data ? NVSP_CHANNEL.DATA : NVSP_CHANNEL.CONTROL;
    u8.set(bytes.subarray(0, PAGE_SIZE), send.at);
    if (chance.oneIn(3)) {
      const list = [{ byteCount: bytes.length, byteOffset: 0, pfns: [send.at / PAGE_SIZE] }];
      const outside = chance.oneIn(8);
      const nowhere = { ...list[0], pfns: [0x400 | (chance.u32() & 0xfffff)] };
      const header = buildGpaDirectHeader(outside ? [...list, nowhere] : list);
      prey.send(
        VM_PKT.DATA_USING_GPA_DIRECT,
        words(NVSP_MSG.SEND_RNDIS_PKT, kind, NVSP_NO_SECTION, 0),
        header,
      );
      hold(!(outside && prey.alive), 'harm', 'a message is read from where no memory is');
    } else {
      const section = chance.oneIn(10) ? chance.edge() : 0;
      prey.send(
        VM_PKT.DATA_INBAND,
        words(NVSP_MSG.SEND_RNDIS_PKT, kind, section, chance.oneIn(10) ? chance.edge() : bytes.length),
      );
      const there = netvsp.sendBuffer !== undefined && section < SECTIONS;
      hold(there || !prey.alive || netvsp.version === 0, 'harm', 'a section is read that does not exist');
    }
  };
  return (chance) => {
    if (!prey.alive) owed.length = 0;
    prey.revive();
    const kind = chance.below(12);
    if (kind < 8) message(chance);
    else if (kind === 8) {
      const [low, high] = owed.shift() ?? [chance.number([1, 2, 3]), 0];
      prey.channel.send(
        VM_PKT.COMP,
        0,
        BigInt(low) | (BigInt(high) << 32n),
        words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1),
      );
      machine.rest();
    } else if (kind === 9) netvsp.setLink(chance.oneIn(2));
    else
      prey.send(
        VM_PKT.DATA_INBAND,
        chance.mutated(words(chance.pick(HANDSHAKE), ...likely.slice(0, chance.below(6))), likely),
      );
    machine.rest();
    listen();
    // Mostly the guest gives sections back as it should.
    if (!chance.oneIn(4))
      for (const [low, high] of owed.splice(0))
        prey.channel.send(
          VM_PKT.COMP,
          0,
          BigInt(low) | (BigInt(high) << 32n),
          words(NVSP_MSG.SEND_RNDIS_PKT_COMPLETE, 1),
        );
    machine.rest();
    const { sections } = netvsp;
    hold((sections?.inUse ?? 0) <= (sections?.count ?? 0), 'memory', 'more sections in use than there are');
  };
}

const HANDSHAKE: readonly number[] = [
  NVSP_MSG.INIT,
  NVSP_MSG.SEND_NDIS_CONFIG,
  NVSP_MSG.SEND_NDIS_VER,
  NVSP_MSG.SEND_RECV_BUF,
  NVSP_MSG.REVOKE_RECV_BUF,
  NVSP_MSG.SEND_SEND_BUF,
  NVSP_MSG.REVOKE_SEND_BUF,
  NVSP_MSG.SUBCHANNEL,
  NVSP_MSG.SWITCH_DATA_PATH,
];

/** Agrees on a version, shares the buffers once for every connection, and brings RNDIS up. */
function greeting(machine: HostileMachine, buffers: BufferPlaces): (prey: Prey) => void {
  return (prey) => {
    const { connection } = machine.guest.server;
    const { relid } = prey.channel;
    if (buffers.connection !== connection) {
      buffers.connection = connection;
      buffers.receive = share(machine, relid);
      buffers.send = share(machine, relid);
    }
    const { receive, send } = buffers;
    const { u8 } = machine.guest.memory;
    u8.fill(machine.poison, receive.at, receive.at + BUFFER_PAGES * PAGE_SIZE);
    prey.send(VM_PKT.DATA_INBAND, words(NVSP_MSG.INIT, NVSP_VERSION.V61, NVSP_VERSION.V61));
    prey.send(VM_PKT.DATA_INBAND, words(NVSP_MSG.SEND_RECV_BUF, receive.id, 0xcafe));
    prey.send(VM_PKT.DATA_INBAND, words(NVSP_MSG.SEND_SEND_BUF, send.id));
    for (const message of [
      rndis(RNDIS_MSG.INIT, 1, 1, 0, 0x4000),
      rndis(SET, 2, RNDIS_OID.GEN_CURRENT_PACKET_FILTER, 4, 20, 0, 9),
    ]) {
      u8.set(message, send.at);
      prey.send(VM_PKT.DATA_INBAND, words(NVSP_MSG.SEND_RNDIS_PKT, NVSP_CHANNEL.CONTROL, 0, message.length));
    }
    prey.listen((packet) => {
      if (packet.type === VM_PKT.DATA_USING_XFER_PAGES)
        hold(packet.tidLow * SECTION > 0, 'reply', 'a section without a number');
    });
  };
}

/** The network adapter. */
export const NETWORK_TARGETS: readonly Target[] = [
  {
    name: 'network',
    oneCase: 'one packet to netvsp, most of them RNDIS messages or frames',
    sparesOthers: true,
    begin: (machine) => {
      const { partition } = machine.guest;
      const network = new VirtualSwitch(partition.root);
      new HostPort(network);
      const netvsp = new Netvsp(partition, network, { mac: MAC, maxSubChannels: 2 });
      machine.connect([netvsp]);
      const nowhere = { id: 0, at: 0 };
      const buffers: BufferPlaces = { connection: undefined, receive: nowhere, send: nowhere };
      const prey = new Prey(machine, netvsp, 3, greeting(machine, buffers));
      hold(netvsp.rndis === 'operational', 'harm', 'the adapter does not come up');
      return traffic(machine, netvsp, prey, buffers);
    },
  },
];
