/** Messages of the bus: what a guest says to get its channels, said wrongly. */
import { testMessage } from '../../host/vsp/vmbus-testing.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { CHANNELMSG, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { Chance } from './chance.ts';
import type { HostileMachine } from './hostile-machine.ts';
import type { Act, Target } from './target.ts';

const PAGES = 64;

/** A page list in its first message, and what more of it follows. */
function pageList(relid: number, id: number, chance: Chance): Uint8Array[] {
  const count = 1 + chance.below(chance.oneIn(8) ? 120 : 24);
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
  return messages;
}

function messages(machine: HostileMachine, relids: readonly number[]): Act {
  const { guest } = machine;
  let connection = 4;
  const ids = [0xe1e10, 0xe1e11, 0xe1e12, 1, 2];
  const versions = Object.values(VMBUS_VERSION);
  const likely = [...relids, ...ids, 0, 1, 2, 4, 8, 0xffff_ffff];
  const one = (chance: Chance): Uint8Array[] => {
    const relid = chance.pick(relids);
    const id = chance.pick(ids);
    switch (chance.below(14)) {
      case 0: {
        const version = chance.pick(versions);
        connection = version >= VMBUS_VERSION.WIN10_V5 ? 4 : 1;
        return [
          guest.contact(version, {
            vp: chance.below(3),
            monitor1: chance.oneIn(8) ? chance.edge() : undefined,
          }),
        ];
      }
      case 1:
        return [testMessage(CHANNELMSG.REQUESTOFFERS)];
      case 2:
        return [testMessage(CHANNELMSG.UNLOAD)];
      case 3:
        return [testMessage(CHANNELMSG.RELID_RELEASED, relid)];
      case 4:
        return [testMessage(CHANNELMSG.MODIFYCHANNEL, relid, chance.below(4))];
      case 5:
      case 6:
        return [testMessage(CHANNELMSG.CLOSECHANNEL, relid)];
      case 7:
      case 8:
        return [testMessage(CHANNELMSG.GPADL_TEARDOWN, relid, id)];
      case 9:
      case 10:
        return [
          guest.openMessage(
            relid,
            id,
            chance.oneIn(3) ? chance.edge() : 2 + chance.below(4),
            chance.below(3),
          ),
        ];
      case 11:
        return [chance.words(60, likely)];
      default:
        return pageList(relid, id, chance);
    }
  };
  return (chance) => {
    for (const message of one(chance))
      guest.post(chance.mutated(message, likely), chance.oneIn(20) ? chance.edge() : connection);
    machine.rest();
    machine.takeMessages();
    if (chance.oneIn(8))
      guest.signal(
        chance.oneIn(4) ? chance.edge() : 0x2000 | chance.pick(relids),
        chance.oneIn(8) ? chance.edge() : 0,
      );
  };
}

/** The server of the bus. */
export const MESSAGE_TARGETS: readonly Target[] = [
  {
    name: 'messages',
    oneCase: 'one message of the bus, or a page list with all its messages',
    sparesOthers: false,
    begin: (machine) => {
      const disks = [machine.disk(64)];
      machine.connect(disks);
      machine.guest.pages(PAGES);
      return messages(
        machine,
        machine.guest.server.channels.map(({ relid }) => relid),
      );
    },
  },
];
