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

function frame(chance: Chance): Uint8Array {
  const content = chance.oneIn(3) ? chance.mutated(ARP, [1, 2, 6, 17, 67, 68]) : ARP;
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

/** What the driver knows of its buffers. */
interface Buffers {
  readonly receive: { readonly id: number; readonly at: number };
  readonly send: { readonly id: number; readonly at: number };
}

function share(machine: HostileMachine, relid: number): { id: number; at: number } {
  const pages = machine.guest.pages(BUFFER_PAGES);
  const list = machine.guest.gpadl(relid, pages);
  hold(list.status === 0, 'harm', 'a page list is refused');
  return { id: list.id, at: pages[0] };
}

function traffic(machine: HostileMachine, netvsp: Netvsp, prey: Prey, { receive, send }: Buffers): Act {
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
      const header = buildGpaDirectHeader(
        chance.oneIn(8) ? [...list, { ...list[0], pfns: [chance.u32() & 0xfffff] }] : list,
      );
      prey.send(
        VM_PKT.DATA_USING_GPA_DIRECT,
        words(NVSP_MSG.SEND_RNDIS_PKT, kind, NVSP_NO_SECTION, 0),
        header,
      );
    } else {
      const section = chance.oneIn(10) ? chance.edge() : 0;
      prey.send(
        VM_PKT.DATA_INBAND,
        words(NVSP_MSG.SEND_RNDIS_PKT, kind, section, chance.oneIn(10) ? chance.edge() : bytes.length),
      );
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

function greeting(machine: HostileMachine, buffers: () => Buffers | undefined): (prey: Prey) => void {
  return (prey) => {
    const known = buffers();
    if (!known) return;
    const { receive, send } = known;
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
      let buffers: Buffers | undefined;
      const prey = new Prey(
        machine,
        netvsp,
        3,
        greeting(machine, () => buffers),
      );
      const { relid } = prey.channel;
      buffers = { receive: share(machine, relid), send: share(machine, relid) };
      prey.restart();
      hold(netvsp.rndis === 'operational', 'harm', 'the adapter does not come up');
      return traffic(machine, netvsp, prey, buffers);
    },
  },
];
