import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Streams } from '../core/rng.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { HostPort } from '../host/backends/host-port.ts';
import { DiskService } from '../host/backends/service.ts';
import { VirtualSwitch } from '../host/backends/switch.ts';
import type { VmbusChannel } from '../host/vsp/channel.ts';
import { Keyboard } from '../host/vsp/keyboard.ts';
import { Netvsp } from '../host/vsp/netvsp.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import type { VmbusDevice } from '../host/vsp/vmbus-device.ts';
import { replay } from '../lab/replay.ts';
import type { GuestPacket, HostPacket } from '../lab/replay-channel.ts';
import { type RecordedOffer, type Recording, recordedOffers } from '../lab/replay-recording.ts';
import type { ReplayReport } from '../lab/replay-report.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { KEYSTROKE, SYNTH_KBD } from '../wire/input-codes.ts';
import { NVSP_MSG, NVSP_VERSION } from '../wire/nvsp-codes.ts';
import { SCSI_OP } from '../wire/scsi.ts';
import { VMSTOR_PROTO_VERSION, VSTOR_OPERATION } from '../wire/storvsp.ts';
import { VMBUS_VERSION } from '../wire/vmbus.ts';

const SCSI_CLASS = 'd96361baa104294db60572e2ffb1dc7f';
const NIC_CLASS = '635161f83edfc546913ff2d2f965ed0e';
const KEYBOARD_CLASS = '6dad12f9172bea48bd65f927a61c7684';
/** Hardware address of the recordings' adapters. */
const MAC = Uint8Array.of(0x00, 0x15, 0x5d, 0x01, 0x02, 0x03);

/** Stands for a device whose protocol is not served here: it opens and closes, and reads nothing. */
function inert(offer: RecordedOffer): VmbusDevice {
  return {
    name: offer.classHex,
    offer: {
      interfaceId: guidText(offer.classHex),
      instanceId: guidText(offer.instanceHex),
      flags: offer.flags,
      userDefined: offer.userData,
    },
    onOpen: () => 'opened',
    onClose: () => 'closed',
    onSignal: (_channel: VmbusChannel) => {},
  };
}

function guidText(hex: string): string {
  const byte = (i: number): string => hex.slice(2 * i, 2 * i + 2);
  const groups = [
    [3, 2, 1, 0],
    [5, 4],
    [7, 6],
    [8, 9],
    [10, 11, 12, 13, 14, 15],
  ];
  return groups.map((group) => group.map(byte).join('')).join('-');
}

/** INQUIRY for a page of vital product data. */
function asksForProductData(request: GuestPacket | undefined): boolean {
  return request?.payload[28] === SCSI_OP.INQUIRY && (request.payload[29] & 1) === 1;
}

/** The fields of a completion that mean something to the guest. */
function compareStorvsp(recorded: HostPacket, ours: HostPacket, request: GuestPacket | undefined): string[] {
  const [a, b] = [recorded, ours].map(({ bytes }) => new DataView(bytes.buffer));
  const fields: [string, number, number][] = [
    ['length', a.byteLength, b.byteLength],
    ['operation', a.getUint32(0, true), b.getUint32(0, true)],
    ['status', a.getUint32(8, true), b.getUint32(8, true)],
  ];
  const operation = request && new DataView(request.payload.buffer).getUint32(0, true);
  if (operation === VSTOR_OPERATION.EXECUTE_SRB) {
    fields.push(['srb length', a.getUint16(12, true), b.getUint16(12, true)]);
    fields.push(['srb_status', a.getUint8(14), b.getUint8(14)]);
    fields.push(['scsi_status', a.getUint8(15), b.getUint8(15)]);
    fields.push(['address', a.getUint32(16, true), b.getUint32(16, true)]);
    // How much a disk has to say about itself is its own business.
    if (!asksForProductData(request))
      fields.push(['transferred', a.getUint32(24, true), b.getUint32(24, true)]);
  } else {
    for (let at = 12; at < 36; at += 4)
      fields.push([`body at ${at}`, a.getUint32(at, true), b.getUint32(at, true)]);
  }
  const cdb = request ? request.payload.subarray(28, 32).join(' ') : '';
  return fields
    .filter(([, x, y]) => x !== y)
    .map(([name, x, y]) => `${name}: ${x} there, ${y} here (${cdb})`);
}

const CONTROL = 1;
const RNDIS_PACKET = 1;

/** How many sections a host cuts a receive buffer into is its own business; where the last one ends follows. */
const SECTIONS = { COUNT: 20, END: 24, BYTES: 16 } as const;

/** What netvsp says to the guest. How long its messages are, and by which number it names the version, hosts do in their own way. */
function compareNetvsp(recorded: HostPacket, ours: HostPacket): string[] {
  const [a, b] = [recorded, ours].map(({ bytes }) => new DataView(bytes.buffer));
  const fields: [string, string | number, string | number][] = [];
  const kind = a.getUint32(0, true);
  const own: Record<number, readonly number[]> = {
    [NVSP_MSG.INIT_COMPLETE]: [4],
    [NVSP_MSG.SEND_RECV_BUF_COMPLETE]: [SECTIONS.COUNT, SECTIONS.END],
  };
  if (kind === NVSP_MSG.SEND_RECV_BUF_COMPLETE)
    fields.push(
      ...[a, b].map((view): [string, number, number] => [
        'end of the sections',
        view.getUint32(SECTIONS.END, true),
        view.getUint32(SECTIONS.COUNT, true) * view.getUint32(SECTIONS.BYTES, true),
      ]),
    );
  for (let at = 0; at + 4 <= Math.min(a.byteLength, b.byteLength); at += 4)
    if (!own[kind]?.includes(at))
      fields.push([`word at ${at}`, a.getUint32(at, true), b.getUint32(at, true)]);
  if (recorded.message && ours.message)
    fields.push(...compareRndis(recorded.message, ours.message, a.getUint32(4, true) === CONTROL));
  return fields.filter(([, x, y]) => x !== y).map(([name, x, y]) => `${name}: ${x} there, ${y} here`);
}

function compareRndis(recorded: Uint8Array, ours: Uint8Array, control: boolean): [string, string, string][] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  if (control) return [['answer', hex(recorded), hex(ours)]];
  // A DHCP request is longer than the part that the recording kept, so its options are lost and our host gives a plain BOOTP answer.
  const boot = recorded[0] === RNDIS_PACKET && recorded[44 + 23] === 17;
  const end = boot ? 44 + 42 + 44 : 256;
  return [
    ['length', String(new DataView(recorded.buffer).getUint32(4, true)), String(ours.length)],
    ['frame', hex(recorded.subarray(0, end)), hex(ours.subarray(0, Math.min(end, recorded.length)))],
  ];
}

/** What the keyboard says, as far as it is a message: the ring pads it to 8 bytes. */
function compareKeyboard(recorded: HostPacket, ours: HostPacket): string[] {
  const [a, b] = [recorded, ours].map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  return b.padEnd(a.length, '0').startsWith(a) ? [] : [`message: ${a} there, ${b} here`];
}

/** Presses the key that the recording's user pressed. */
function pressAs(keyboard: Keyboard, { bytes }: HostPacket): void {
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== SYNTH_KBD.EVENT) return;
  const info = view.getUint32(8, true);
  const prefix = (info & KEYSTROKE.E0 ? 0xe000 : 0) | (info & KEYSTROKE.E1 ? 0xe100 : 0);
  keyboard.key(prefix | view.getUint16(4, true), (info & KEYSTROKE.BREAK) === 0);
}

interface Host {
  readonly newestVmbus?: number;
  readonly newestStorvsp?: number;
  readonly newestNetvsp?: number;
}

function play(name: string, host: Host = {}): ReplayReport {
  const recording = JSON.parse(
    readFileSync(new URL(`recordings/${name}.json`, import.meta.url), 'utf8'),
  ) as Recording;
  const hypervisor = new Hypervisor();
  const { engine, costs } = hypervisor;
  const partition = hypervisor.createPartition({ memory: 512 << 20, features: { referenceTsc: true } });
  const bus = attachVmbus(partition, { newestVersion: host.newestVmbus });
  const storvsp = new Storvsp(partition, { newestVersion: host.newestStorvsp });
  const service = new DiskService(engine, new Streams(1).stream('disk'), 'memory', costs);
  storvsp.attach({ scsi: new ScsiDisk(new MemoryDisk(1 << 17)), service });
  const network = new VirtualSwitch(partition.root);
  new HostPort(network);
  const netvsp = (offer: RecordedOffer): VmbusDevice =>
    new Netvsp(partition, network, {
      mac: MAC,
      instanceId: guidText(offer.instanceHex),
      linkSpeed: 10_000_000,
      newestVersion: host.newestNetvsp,
    });
  const keyboard = new Keyboard(partition);
  for (const offer of recordedOffers(recording)) {
    if (offer.classHex === SCSI_CLASS) bus.offer(storvsp);
    else if (offer.classHex === KEYBOARD_CLASS) bus.offer(keyboard);
    else bus.offer(offer.classHex === NIC_CLASS ? netvsp(offer) : inert(offer));
  }
  const settle = (): void => {
    engine.run();
  };
  return replay(partition, recording, {
    settle,
    comparers: {
      [SCSI_CLASS]: compareStorvsp,
      [NIC_CLASS]: compareNetvsp,
      [KEYBOARD_CLASS]: compareKeyboard,
    },
    act: (classHex, wanted) => {
      if (classHex === KEYBOARD_CLASS) pressAs(keyboard, wanted);
    },
  });
}

/** What agreed, what was left out: numbers of the recordings themselves. */
interface Expected {
  readonly name: string;
  readonly host: Host;
  readonly fed: Readonly<Record<string, number>>;
  readonly matched: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, number>>;
}

const [VERSION_RESPONSE, OPEN_RESULT, GPADL_CREATED, GPADL_TORNDOWN, UNLOADED] = [15, 6, 10, 12, 17].map(
  (type) => `message ${type}`,
);

const EXPECTED: readonly Expected[] = [
  {
    name: 'linux-6.1-i386-v86-all-devices',
    host: {},
    fed: { cpuid: 528, post: 182, packet: 136, signal: 136, rndis_out: 19 },
    matched: {
      offer: 6,
      [VERSION_RESPONSE]: 1,
      [GPADL_CREATED]: 8,
      [OPEN_RESULT]: 6,
      // Three of them are the keyboard's: its answer, and a key that goes down and up.
      packet: 130,
      event: 115,
      'write index': 136,
    },
    skipped: { 'packet of another device': 6, 'event of another device': 6, 'wrmsr EOM': 6 },
  },
  {
    name: 'linux-6.1-amd64-qemutcg-1vp',
    host: {},
    fed: { cpuid: 20, post: 174, packet: 128, signal: 128, rndis_out: 18 },
    matched: {
      offer: 2,
      [VERSION_RESPONSE]: 1,
      [GPADL_CREATED]: 4,
      [OPEN_RESULT]: 2,
      packet: 126,
      event: 111,
    },
    skipped: { 'wrmsr EOM': 2 },
  },
  {
    name: 'linux-6.1-i386-v86-vmbus-4.0',
    host: { newestVmbus: VMBUS_VERSION.WIN10 },
    fed: { post: 179, packet: 129, signal: 129, rndis_out: 19 },
    matched: {
      offer: 2,
      [VERSION_RESPONSE]: 6,
      [GPADL_CREATED]: 4,
      [OPEN_RESULT]: 2,
      packet: 127,
      event: 113,
    },
    skipped: { 'wrmsr EOM': 2 },
  },
  {
    name: 'linux-6.1-i386-v86-storvsc-6.0',
    host: { newestStorvsp: VMSTOR_PROTO_VERSION.WIN8_1 },
    fed: { post: 6, packet: 93, signal: 93 },
    matched: { offer: 1, [VERSION_RESPONSE]: 1, [GPADL_CREATED]: 1, [OPEN_RESULT]: 1, packet: 93, event: 93 },
    skipped: { 'wrmsr EOM': 1 },
  },
  {
    name: 'linux-6.1-i386-v86-refuse-all-vmbus-versions',
    host: { newestVmbus: 0 },
    fed: { post: 16 },
    matched: { [VERSION_RESPONSE]: 16 },
    skipped: {},
  },
  {
    name: 'ipxe-2019-v86-netvsc-dhcp',
    host: {},
    fed: { cpuid: 261, post: 17, packet: 39, signal: 39, rndis_out: 20 },
    matched: {
      offer: 6,
      [VERSION_RESPONSE]: 2,
      [GPADL_CREATED]: 4,
      [OPEN_RESULT]: 2,
      [GPADL_TORNDOWN]: 4,
      [UNLOADED]: 2,
      packet: 39,
      event: 1,
      'write index': 39,
    },
    skipped: { 'wrmsr EOM': 6 },
  },
];

describe('a recorded guest meets our host', () => {
  for (const { name, host, fed, matched, skipped } of EXPECTED) {
    it(name, () => {
      const report = play(name, host);
      expect(report.differences).toEqual([]);
      expect(report.fed).toMatchObject(fed);
      expect(report.matched).toMatchObject(matched);
      expect(report.skipped).toEqual(skipped);
      const { cpuid = 0, rdmsr = 0, wrmsr = 0, post = 0, packet = 0 } = report.fed;
      const left = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
      console.info(
        `${name}: ${cpuid + rdmsr + wrmsr + post + packet} guest events replayed, ${left} events left out`,
      );
    });
  }

  it('and a host that answers otherwise is found out', () => {
    const { differences } = play('linux-6.1-i386-v86-storvsc-6.0', {
      newestStorvsp: VMSTOR_PROTO_VERSION.WIN10,
    });
    expect(differences.map(({ what }) => what)).toContain('packet');
    expect(play('linux-6.1-i386-v86-vmbus-4.0').differences.length).toBeGreaterThan(0);
    const other = play('linux-6.1-amd64-qemutcg-1vp', { newestNetvsp: NVSP_VERSION.V5 });
    expect(other.differences.length).toBeGreaterThan(0);
  });
});
