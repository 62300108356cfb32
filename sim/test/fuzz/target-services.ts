/** Devices with short messages: keyboard, mouse, screen, integration services, dynamic memory. */
import { FileCopyService } from '../../host/vsp/fcopy.ts';
import { Heartbeat } from '../../host/vsp/heartbeat.ts';
import { Keyboard } from '../../host/vsp/keyboard.ts';
import { KvpService } from '../../host/vsp/kvp.ts';
import { Mouse } from '../../host/vsp/mouse.ts';
import { ShutdownService } from '../../host/vsp/shutdown.ts';
import { Synthvid } from '../../host/vsp/synthvid.ts';
import { Timesync } from '../../host/vsp/timesync.ts';
import type { VmbusDevice } from '../../host/vsp/vmbus-device.ts';
import { VssService } from '../../host/vsp/vss.ts';
import type { Partition } from '../../machine/partition.ts';
import { IC_OFFSET, ICMSGHDRFLAG } from '../../wire/ic-codes.ts';
import { SYNTHVID, SYNTHVID_VERSION } from '../../wire/synthvid-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import { type HostileMachine, MEMORY } from './hostile-machine.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';

const TYPES = [VM_PKT.COMP, VM_PKT.DATA_USING_GPA_DIRECT, VM_PKT.DATA_USING_XFER_PAGES];
const LIKELY = [0, 1, 2, 3, 4, 8, 13, 16, 28, 36, 255, 0x1_0000, 0x2_0000, SYNTHVID_VERSION.WIN10, 0x10_0000];

const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const piped = (...values: readonly number[]): Uint8Array => words(1, 4 * values.length, ...values);
const video = (type: number, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(16 + body.length);
  new Uint32Array(bytes.buffer, 0, 4).set([1, 8 + body.length, type, 8 + body.length]);
  bytes.set(body, 16);
  return bytes;
};

/** One device: what a guest says to it, and what its user does meanwhile. */
interface Victim<D extends VmbusDevice> {
  readonly make: (partition: Partition) => D;
  readonly hello: readonly Uint8Array[];
  /** What the guest says, in its turn. */
  readonly say: (chance: Chance, turn: number) => Uint8Array;
  readonly use: (device: D, chance: Chance) => void;
  /** What a driver would answer to a message of the host. */
  readonly answer?: (request: Uint8Array, chance: Chance) => Uint8Array | undefined;
}

const KEYBOARD: Victim<Keyboard> = {
  make: (partition) => new Keyboard(partition),
  hello: [words(1, 0x1_0000)],
  say: (chance) => words(chance.oneIn(4) ? 1 : 4, chance.number(LIKELY)),
  use: (device, chance) => device.key(chance.u32() & 0xffff, chance.oneIn(2)),
};

const MOUSE: Victim<Mouse> = {
  make: (partition) => new Mouse(partition),
  hello: [piped(0, 4, 0x2_0000), piped(3, 1, 0)],
  say: (chance) => piped(chance.below(6), 4, chance.number(LIKELY)),
  use: (device, chance) => device.move(chance.u32(), chance.u32(), chance.u32(), chance.below(9) - 4),
};

/** A part of the largest pointer, as long as a part may be. */
function pointerPart(part: number): Uint8Array {
  const bytes = new Uint8Array(18 + 8192);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, part);
  view.setUint8(1, 1);
  view.setUint32(2, 96, true);
  view.setUint32(6, 96, true);
  return bytes;
}

const SHAPES = [1, 2, 8, 32, 96, 97];
function videoMessage(chance: Chance, turn: number): Uint8Array {
  // Now and then a pointer in many parts, one after the other.
  if (turn % 64 < 8) return video(SYNTHVID.POINTER_SHAPE, pointerPart(turn % 64));
  const type = chance.pick([3, 5, 7, 8, 10, 10, 10, 11, 13, 15]);
  const body = new DataView(
    new ArrayBuffer(type === SYNTHVID.POINTER_SHAPE ? 18 + 4 * chance.below(300) : 82),
  );
  if (type === SYNTHVID.VRAM_LOCATION) {
    body.setUint8(8, 1);
    body.setBigUint64(9, chance.long([0x10_0000, 0x20_0000, 0x3f_ff00]), true);
  } else if (type === SYNTHVID.SITUATION_UPDATE) {
    const [width, height] = [chance.number([64, 640, 1]), chance.number([48, 480, 1])];
    body.setUint16(8, 0x0101, true);
    body.setUint8(14, chance.pick([16, 32, 32, 24]));
    for (const [at, value] of [
      [15, width],
      [19, height],
      [23, chance.oneIn(4) ? chance.u32() : 4 * width],
    ])
      body.setUint32(at, value, true);
  } else if (type === SYNTHVID.POINTER_SHAPE) {
    body.setUint8(0, chance.oneIn(2) ? 255 : chance.below(5));
    body.setUint8(1, chance.below(2));
    body.setUint32(2, chance.pick(SHAPES), true);
    body.setUint32(6, chance.pick(SHAPES), true);
  } else if (type === SYNTHVID.DIRT) {
    body.setUint8(1, chance.below(6));
    for (let at = 2; at + 4 <= 82; at += 4) body.setInt32(at, chance.number([0, 1, 63, 64, -1]), true);
  } else body.setUint8(0, chance.below(256));
  return video(type, new Uint8Array(body.buffer));
}

const VIDEO: Victim<Synthvid> = {
  make: (partition) => new Synthvid(partition),
  hello: [
    video(1, words(SYNTHVID_VERSION.WIN10)),
    video(3, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0, 0, 0)),
  ],
  say: videoMessage,
  use: (device, chance) => {
    if (chance.oneIn(4))
      device.watch({ dirt: chance.oneIn(2), pointerPosition: true, pointerShape: true, situation: true });
    const rect = { left: chance.below(70) - 4, top: 0, right: chance.below(70), bottom: chance.below(50) };
    device.picture.toRgba(rect);
    const { address = 0, mode } = device.picture;
    const end = mode
      ? address + mode.offset + mode.pitch * (mode.height - 1) + (mode.width * mode.depth) / 8
      : 0;
    hold(end <= MEMORY, 'harm', 'a picture is shown that lies outside memory');
    device.picture.takeDamage();
  },
};

/** An answer to an integration service, with headers that fit. */
function icMessage(type: number) {
  return (chance: Chance): Uint8Array => {
    const bytes = chance.words(9 + chance.below(chance.oneIn(4) ? 700 : 30), [...LIKELY, 0x3, 0x1, 0x2_0003]);
    const view = new DataView(bytes.buffer);
    const negotiates = chance.oneIn(2);
    view.setUint32(0, 1, true);
    view.setUint32(IC_OFFSET.PIPE_SIZE, bytes.length - 8, true);
    view.setUint16(IC_OFFSET.TYPE, negotiates ? 0 : type, true);
    view.setUint16(IC_OFFSET.SIZE, bytes.length - 28, true);
    bytes[IC_OFFSET.TRANSACTION] = negotiates ? 0 : chance.below(20);
    bytes[IC_OFFSET.FLAGS] = ICMSGHDRFLAG.TRANSACTION | ICMSGHDRFLAG.RESPONSE;
    if (negotiates && bytes.length >= IC_OFFSET.BODY + 16)
      bytes.set([1, 0, 1, 0, 0, 0, 0, 0], IC_OFFSET.BODY);
    return bytes;
  };
}

/** What a guest says to an integration service that it wants to have: framework and version, one each. */
function icHello(framework: number, version: number): Uint8Array {
  const bytes = new Uint8Array(IC_OFFSET.BODY + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(IC_OFFSET.PIPE_SIZE, bytes.length - 8, true);
  view.setUint16(IC_OFFSET.SIZE, 16, true);
  bytes[IC_OFFSET.FLAGS] = ICMSGHDRFLAG.TRANSACTION | ICMSGHDRFLAG.RESPONSE;
  bytes.set([1, 0, 1, 0], IC_OFFSET.BODY);
  view.setUint32(IC_OFFSET.BODY + 8, framework, true);
  view.setUint32(IC_OFFSET.BODY + 12, version, true);
  return bytes;
}

/** The host's own buffer, sent back with a status: how every integration service is answered. */
function echo(request: Uint8Array, chance: Chance): Uint8Array | undefined {
  if (request.length < IC_OFFSET.BODY) return undefined;
  const bytes = request.slice();
  const view = new DataView(bytes.buffer);
  bytes[IC_OFFSET.FLAGS] = ICMSGHDRFLAG.TRANSACTION | ICMSGHDRFLAG.RESPONSE;
  if (view.getUint16(IC_OFFSET.TYPE, true) === 0) return undefined;
  if (chance.oneIn(4))
    view.setUint32(IC_OFFSET.STATUS, chance.pick([1, 0x8000_4005, 0x8007_0103, chance.u32()]), true);
  for (let left = chance.below(4); left > 0; left--) {
    const at = IC_OFFSET.BODY + 4 * chance.below((bytes.length - IC_OFFSET.BODY) >>> 2 || 1);
    if (at + 4 <= bytes.length) view.setUint32(at, chance.number([0, 1, 2, 3, 4, 7, 512, 2048]), true);
  }
  return bytes;
}

const HEARTBEAT: Victim<Heartbeat> = {
  make: (partition) => new Heartbeat(partition),
  hello: [icHello(3, 3)],
  say: icMessage(1),
  answer: echo,
  use: () => undefined,
};
const TIMESYNC: Victim<Timesync> = {
  make: (partition) => new Timesync(partition),
  hello: [icHello(3, 4)],
  say: icMessage(4),
  answer: echo,
  use: (device) => device.resync(),
};
const KVP: Victim<KvpService> = {
  make: (partition) => new KvpService(partition),
  hello: [icHello(3, 5)],
  say: icMessage(2),
  answer: echo,
  use: (device, chance) => {
    const ignore = (): void => undefined;
    if (chance.oneIn(3)) device.enumerate(chance.below(5), ignore);
    else if (chance.oneIn(2))
      device.exchange({ operation: 'get', pool: chance.below(5), key: 'a key' }, ignore);
    else device.network('00:15:5d:01:02:03', 3, ignore);
  },
};
const SHUTDOWN: Victim<ShutdownService> = {
  make: (partition) => new ShutdownService(partition),
  hello: [icHello(3, 0x2_0003)],
  say: icMessage(3),
  answer: echo,
  use: (device) => device.request({ timeoutSeconds: 5 }),
};
const VSS: Victim<VssService> = {
  make: (partition) => new VssService(partition),
  hello: [icHello(3, 7)],
  say: icMessage(5),
  answer: echo,
  use: (device) => device.backUp({ snapshotSeconds: 0 }),
};
const FCOPY: Victim<FileCopyService> = {
  make: (partition) => new FileCopyService(partition),
  hello: [icHello(1, 0x1_0001)],
  say: icMessage(7),
  answer: echo,
  use: (device, chance) => {
    if (chance.oneIn(3))
      device.copyFile({ path: '/', name: 'x', bytes: new Uint8Array(9000) }, () => undefined);
  },
};
function attack<D extends VmbusDevice>(machine: HostileMachine, victim: Victim<D>): Act {
  const device = victim.make(machine.guest.partition);
  machine.connect([device]);
  let asked: Uint8Array | undefined;
  let turn = 0;
  const hear = (_packet: unknown, payload: Uint8Array): void => {
    asked = payload;
  };
  const prey = new Prey(machine, device, 3, (fresh) => {
    fresh.listen();
    for (const message of victim.hello) fresh.send(VM_PKT.DATA_INBAND, message);
    fresh.listen(hear);
  });
  return (chance) => {
    prey.revive();
    if (chance.oneIn(3)) victim.use(device, chance);
    machine.rest();
    prey.listen(hear);
    const answer = asked && victim.answer?.(asked, chance);
    const message = answer && !chance.oneIn(4) ? answer : victim.say(chance, turn++);
    asked = undefined;
    const type = chance.oneIn(40) ? chance.pick(TYPES) : VM_PKT.DATA_INBAND;
    const huge = chance.oneIn(100) ? new Uint8Array(chance.edge() & 0x1fff) : undefined;
    prey.send(
      type,
      huge ?? (chance.oneIn(2) ? message : chance.mutated(message, LIKELY)),
      undefined,
      undefined,
      chance.below(2),
    );
    if (!chance.oneIn(6)) prey.listen(hear);
  };
}

const of = <D extends VmbusDevice>(name: string, victim: Victim<D>): Target => ({
  name,
  oneCase: 'one message to the device, and sometimes something that its user does',
  sparesOthers: true,
  begin: (machine) => attack(machine, victim),
});

/** Every device with short messages. */
export const SERVICE_TARGETS: readonly Target[] = [
  of('keyboard', KEYBOARD),
  of('mouse', MOUSE),
  of('video', VIDEO),
  of('heartbeat', HEARTBEAT),
  of('time', TIMESYNC),
  of('data exchange', KVP),
  of('shutdown', SHUTDOWN),
  of('backup', VSS),
  of('file copy', FCOPY),
];
