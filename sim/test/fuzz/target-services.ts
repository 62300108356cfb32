/** Devices with short messages: keyboard, mouse, screen, integration services, dynamic memory. */
import { DynamicMemory } from '../../host/vsp/dynmem.ts';
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
import type { HostileMachine } from './hostile-machine.ts';
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
  readonly say: (chance: Chance) => Uint8Array;
  readonly use: (device: D, chance: Chance) => void;
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

const SHAPES = [1, 2, 8, 32, 96, 97];
function videoMessage(chance: Chance): Uint8Array {
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

const HEARTBEAT: Victim<Heartbeat> = {
  make: (partition) => new Heartbeat(partition),
  hello: [icHello(3, 3)],
  say: icMessage(1),
  use: () => undefined,
};
const TIMESYNC: Victim<Timesync> = {
  make: (partition) => new Timesync(partition),
  hello: [icHello(3, 4)],
  say: icMessage(4),
  use: (device) => device.resync(),
};
const KVP: Victim<KvpService> = {
  make: (partition) => new KvpService(partition),
  hello: [icHello(3, 5)],
  say: icMessage(2),
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
  use: (device) => device.request({ timeoutSeconds: 5 }),
};
const VSS: Victim<VssService> = {
  make: (partition) => new VssService(partition),
  hello: [icHello(3, 7)],
  say: icMessage(5),
  use: (device) => device.backUp({ snapshotSeconds: 0 }),
};
const FCOPY: Victim<FileCopyService> = {
  make: (partition) => new FileCopyService(partition),
  hello: [icHello(1, 0x1_0001)],
  say: icMessage(7),
  use: (device, chance) => {
    if (chance.oneIn(3))
      device.copyFile({ path: '/', name: 'x', bytes: new Uint8Array(9000) }, () => undefined);
  },
};
const MEMORY: Victim<DynamicMemory> = {
  make: (partition) => new DynamicMemory(partition, { startPages: 512 }),
  hello: [],
  say: (chance) => {
    const bytes = chance.words(2 + chance.below(12), [...LIKELY, 0x2_0000, 0x100, 0x200]);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, chance.oneIn(3) ? 1 : chance.below(14), true);
    view.setUint16(2, bytes.length, true);
    return bytes;
  },
  use: (device, chance) => {
    if (device.state === 'ready' && !device.busy) device.balloon(1 + chance.below(64), () => undefined);
  },
};

function attack<D extends VmbusDevice>(machine: HostileMachine, victim: Victim<D>): Act {
  const device = victim.make(machine.guest.partition);
  machine.connect([device]);
  const prey = new Prey(machine, device, 2, (fresh) => {
    for (const message of victim.hello) fresh.send(VM_PKT.DATA_INBAND, message);
    fresh.listen();
  });
  return (chance) => {
    prey.revive();
    if (chance.oneIn(3)) victim.use(device, chance);
    const message = victim.say(chance);
    const type = chance.oneIn(40) ? chance.pick(TYPES) : VM_PKT.DATA_INBAND;
    prey.send(
      type,
      chance.oneIn(2) ? message : chance.mutated(message, LIKELY),
      undefined,
      undefined,
      chance.below(2),
    );
    if (!chance.oneIn(6)) prey.listen();
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
  of('dynamic memory', MEMORY),
];
