/** A guest on the virtual switch: both ends of netvsc over a real channel, and a host that answers. */
import { describe, expect, it } from 'vitest';
import { invariant } from '../core/errors.ts';
import type { NetvscOptions } from '../guest/drivers/netvsc.ts';
import { Netvsc } from '../guest/drivers/netvsc.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { checksum, HostPort } from '../host/backends/host-port.ts';
import { VirtualSwitch } from '../host/backends/switch.ts';
import type { NetvspOptions } from '../host/vsp/netvsp.ts';
import { Netvsp } from '../host/vsp/netvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import { Lab } from '../lab/lab.ts';
import { GUEST_MAC, NetworkedMachine } from '../lab/network.ts';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { NVSP_VERSION, NVSP_VERSIONS } from '../wire/nvsp-codes.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';

const HOST_MAC = [0x00, 0x15, 0x5d, 0x00, 0x00, 0xfe];
const EVERYBODY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const HOST = [10, 0, 0, 1];
const GUEST = [10, 0, 0, 2];

function machine(host: Partial<NetvspOptions> = {}, guest: NetvscOptions = {}): NetworkedMachine {
  const one = new NetworkedMachine(new Lab(1).machine({ era: '2020' }), host);
  expect(one.boot(guest)).toBe(true);
  return one;
}

const ethernet = (to: readonly number[], type: number, ...body: readonly number[]): Uint8Array =>
  Uint8Array.of(...to, ...GUEST_MAC, type >>> 8, type & 0xff, ...body);

const whoHas = (address: readonly number[]): Uint8Array =>
  ethernet(EVERYBODY, 0x0806, 0, 1, 8, 0, 6, 4, 0, 1, ...GUEST_MAC, ...GUEST, 0, 0, 0, 0, 0, 0, ...address);

function ip(
  to: readonly number[],
  protocol: number,
  destination: readonly number[],
  body: readonly number[],
): Uint8Array {
  const length = 20 + body.length;
  const header = [
    0x45,
    0,
    length >>> 8,
    length & 0xff,
    0,
    0,
    0,
    0,
    64,
    protocol,
    0,
    0,
    ...GUEST,
    ...destination,
  ];
  const sum = checksum(Uint8Array.from(header));
  header[10] = sum >>> 8;
  header[11] = sum & 0xff;
  return ethernet(to, 0x0800, ...header, ...body);
}

function ping(size: number): Uint8Array {
  const body = [8, 0, 0, 0, 0, 7, 0, 1, ...Array.from({ length: size }, (_, i) => i & 0xff)];
  const sum = checksum(Uint8Array.from(body));
  body[2] = sum >>> 8;
  body[3] = sum & 0xff;
  return ip(HOST_MAC, 1, HOST, body);
}

function dhcp(type: number, ...options: readonly number[]): Uint8Array {
  const bootp = new Uint8Array(300);
  bootp.set([1, 1, 6, 0, 1, 2, 3, 4]);
  bootp.set(GUEST_MAC, 28);
  bootp.set([0x63, 0x82, 0x53, 0x63, 53, 1, type, ...options, 255], 236);
  const udp = [0, 68, 0, 67, 1, 0x34, 0, 0];
  return ip(EVERYBODY, 17, [255, 255, 255, 255], [...udp, ...bootp]);
}

describe('the adapter', () => {
  it.each(NVSP_VERSIONS)('comes up with a host whose newest version is %s', (newestVersion) => {
    const one = machine({ newestVersion });
    expect(one.netvsc.version).toBe(newestVersion);
    expect(one.netvsp).toMatchObject({ version: newestVersion, rndis: 'operational', mtu: 1500 });
    expect([...one.netvsc.mac]).toEqual([...GUEST_MAC]);
    expect(one.netvsc).toMatchObject({ mtu: 1500, connected: true });
    expect(one.netvsp.queues[0]?.counts.broken).toBe(0);
  });

  it('does not come up without a common version', () => {
    const one = new NetworkedMachine(new Lab(1).machine({ era: '2020' }), { newestVersion: 1 });
    expect(one.boot()).toBe(false);
  });

  it('takes larger frames when both ends agree on them', () => {
    const one = machine({}, { mtu: 4000 });
    expect(one.netvsc.mtu).toBe(4000);
    expect(one.exchange([ping(3900)])).toHaveLength(1);
  });

  it('takes leave, and its buffers are its own again', () => {
    const one = machine();
    const { cpu } = one.machine;
    cpu.finish(one.netvsc.close(cpu));
    expect(one.netvsp).toMatchObject({
      version: 0,
      rndis: 'off',
      sections: undefined,
      sendBuffer: undefined,
    });
    expect(one.netvsc.channel.state).toBe('closed');
  });

  it('hears that the cable is out, and in again', () => {
    const one = machine();
    one.netvsp.setLink(false);
    one.exchange([]);
    expect(one.netvsc.connected).toBe(false);
    expect(one.exchange([whoHas(HOST)])).toHaveLength(0);
    one.netvsp.setLink(true);
    one.exchange([]);
    expect(one.netvsc.connected).toBe(true);
    expect(one.exchange([whoHas(HOST)])).toHaveLength(1);
  });
});

describe('the host on the switch', () => {
  it('says what its address is', () => {
    const one = machine();
    const [reply] = one.exchange([whoHas(HOST)]);
    expect([...reply.subarray(0, 42)]).toEqual([
      ...GUEST_MAC,
      ...HOST_MAC,
      ...[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 2],
      ...HOST_MAC,
      ...HOST,
      ...GUEST_MAC,
      ...GUEST,
    ]);
    expect(one.exchange([whoHas([10, 0, 0, 77])])).toHaveLength(0);
  });

  it.each([0, 56, 1000, 1472])('echoes %s bytes', (size) => {
    const one = machine();
    const sent = ping(size);
    const [reply] = one.exchange([sent]);
    const length = sent.length - 14;
    expect(reply[34]).toBe(0);
    expect(checksum(reply.subarray(34, 14 + length))).toBe(0);
    expect(checksum(reply.subarray(14, 34))).toBe(0);
    expect([...reply.subarray(38, 14 + length)]).toEqual([...sent.subarray(38)]);
  });

  it('gives an address away, and the same one again', () => {
    const one = machine();
    const [offer] = one.exchange([dhcp(1)]);
    const yours = (frame: Uint8Array): number[] => [...frame.subarray(58, 62)];
    expect(yours(offer)).toEqual(GUEST);
    const [ack] = one.exchange([dhcp(3, 50, 4, ...GUEST, 54, 4, ...HOST)]);
    expect(yours(ack)).toEqual(GUEST);
    expect([...ack.subarray(278, 285)]).toEqual([0x63, 0x82, 0x53, 0x63, 53, 1, 5]);
    const [nak] = one.exchange([dhcp(3, 50, 4, 10, 9, 9, 9, 54, 4, ...HOST)]);
    expect(nak[284]).toBe(6);
    expect(one.exchange([dhcp(3, 54, 4, 10, 9, 9, 9)])).toHaveLength(0);
    expect(one.host.counts).toMatchObject({ offers: 1, acks: 1, naks: 1 });
  });

  it('answers nothing that makes no sense', () => {
    const one = machine();
    const cut = ping(100).slice(0, 60);
    const options = dhcp(1);
    options.fill(0xff, 14 + 20 + 8 + 240);
    options[14 + 20 + 8 + 240] = 53;
    expect(
      one.exchange([cut, ethernet(EVERYBODY, 0x0806), ethernet(HOST_MAC, 0x0800, 0x45), options]),
    ).toHaveLength(0);
  });
});

describe('frames', () => {
  it('from another address are not let through', () => {
    const one = machine();
    const frame = whoHas(HOST);
    frame[11] ^= 1;
    expect(one.exchange([frame])).toHaveLength(0);
    expect(one.netvsp.counts.spoofed).toBe(1);
  });

  it('more than the send buffer holds go from pages of the driver’s own', () => {
    const one = machine({}, { sendPages: 3 });
    const { length } = one.exchange(
      Array.from({ length: 40 }, () => ping(100)),
      10,
    );
    expect(length).toBe(40);
    expect(one.netvsc.counters.inBuffer + one.netvsc.counters.byReference).toBe(40);
    expect(one.netvsc.counters.inBuffer).toBeGreaterThan(0);
    expect(one.guest.pages.free).toBeGreaterThan(0);
  });

  it('by the thousand come back, and every section with them', () => {
    const one = machine({}, { receivePages: 8 });
    let back = 0;
    for (let i = 0; i < 100; i++)
      back += one.exchange(
        Array.from({ length: 10 }, () => ping(64)),
        1,
      ).length;
    expect(back).toBe(1000);
    expect(one.netvsp.sections?.inUse).toBe(0);
    expect(one.netvsc.counters.bad).toBe(0);
  });

  it('that nobody waits for are lost, not remembered', () => {
    const one = machine({}, { receivePages: 1 });
    expect(one.netvsp.sections?.count).toBe(2);
    const { cpu } = one.machine;
    cpu.finish(
      (function* () {
        for (let i = 0; i < 20; i++) {
          cpu.cli();
          yield* one.netvsc.send(cpu, ping(10));
        }
        yield* cpu.compute(1e7);
        cpu.sti();
      })(),
    );
    one.exchange([], 5);
    expect(one.netvsp.counts.received + one.netvsp.counts.dropped).toBe(20);
    expect(one.netvsp.counts.dropped).toBeGreaterThan(10);
    expect(one.exchange([ping(10)])).toHaveLength(1);
  });

  it('in the oldest version go the same way', () => {
    const one = machine({ newestVersion: NVSP_VERSION.V1 });
    expect(one.exchange([ping(1000)])).toHaveLength(1);
  });
});

describe('with three processors', () => {
  const peer = (
    maxSubChannels: number,
  ): { netvsc: Netvsc; netvsp: Netvsp; frames: number[]; cpus: Cpu[] } => {
    const hypervisor = new Hypervisor({ logicalProcessors: 4 });
    const partition = hypervisor.createPartition({ memory: 1 << 24, vps: 3 });
    const vmbus = attachVmbus(partition);
    const network = new VirtualSwitch(partition.root);
    const netvsp = new Netvsp(partition, network, { mac: GUEST_MAC, maxSubChannels });
    for (const last of [1, 2, 3, 4, 5, 6])
      new HostPort(network, {
        mac: Uint8Array.of(0, 0x15, 0x5d, 0, 0, last),
        address: Uint8Array.of(10, 0, 0, last + 100),
      });
    vmbus.offer(netvsp);
    const cpus = [0, 1, 2].map((vp) => new Cpu(partition, vp));
    const guest = new EnlightenedGuest(cpus, LINUX_6_1, { firstPage: 1 << 20 });
    guest.start();
    while (guest.state === 'starting') hypervisor.engine.step();
    invariant(guest.vmbus, 'the guest has a bus');
    const netvsc = new Netvsc(guest.vmbus, guest.vmbus.devices(DEVICE_CLASS.NIC.guid)[0], cpus);
    const frames: number[] = [];
    // biome-ignore lint/correctness/useYield: taking a frame is a program.
    netvsc.onFrame = function* (cpu) {
      frames.push(cpu.index);
    };
    for (const cpu of cpus.slice(1)) cpu.run(guest.vmbus.idle(cpu));
    expect(cpus[0].finish(netvsc.probe())).toBe(true);
    return { netvsc, netvsp, frames, cpus };
  };

  it('frames come to all of them, each by a channel of its own', () => {
    const { netvsc, netvsp, frames, cpus } = peer(2);
    expect(netvsc.channels).toHaveLength(3);
    expect(netvsp.queues).toHaveLength(3);
    expect(netvsc.table).toEqual(Array.from({ length: 16 }, (_, i) => i % 3));
    const [cpu] = cpus;
    cpu.finish(
      (function* () {
        for (const last of [1, 2, 3, 4, 5, 6]) yield* netvsc.send(cpu, whoHas([10, 0, 0, last + 100]));
        for (let i = 0; i < 50; i++) yield* cpu.compute(1e5);
      })(),
    );
    expect([...frames].sort()).toEqual([0, 0, 1, 1, 2, 2]);
    expect(netvsp.sections?.inUse).toBe(0);
  });

  it('one channel does when the host has no more', () => {
    const { netvsc } = peer(0);
    expect(netvsc.channels).toHaveLength(1);
    expect(netvsc.table).toEqual([]);
  });
});
