/** Dynamic memory: a guest that gives pages it does not have, gives them twice, and never has enough. */
import { DynamicMemory } from '../../host/vsp/dynmem.ts';
import { dmCapabilities, dmVersionRequest } from '../../wire/dynmem.ts';
import { DM } from '../../wire/dynmem-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';

/** Pages that the guest begins with, of the thousand of its address space. */
const START = 512;
const NEWEST = 0x2_0000;
/** Pages that no ring and no buffer lies in. */
const SPARE = { FIRST: 400, COUNT: 100 } as const;

/** The driver's half: it numbers its messages upwards, as the host demands. */
class Driver {
  private readonly prey: Prey;
  private number = 0;

  constructor(prey: Prey) {
    this.prey = prey;
  }

  greet(): void {
    this.number = 0;
    this.send(
      this.numbered(dmVersionRequest.encode({ 'hdr.type': DM.VERSION_REQUEST, 'version.version': NEWEST })),
    );
    this.send(this.numbered(dmCapabilities.encode({ 'hdr.type': DM.CAPABILITIES_REPORT, 'caps.caps': 3 })));
    this.prey.listen();
  }

  send(bytes: Uint8Array): void {
    this.prey.send(VM_PKT.DATA_INBAND, bytes);
  }

  /** Fills in size and number. */
  private numbered(bytes: Uint8Array): Uint8Array {
    const view = new DataView(bytes.buffer);
    view.setUint16(2, bytes.length, true);
    view.setUint32(4, ++this.number, true);
    return bytes;
  }

  /** Type and size, number, then words. */
  message(type: number, ...values: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(8 + 4 * values.length);
    this.number++;
    new Uint32Array(bytes.buffer).set([type | (bytes.length << 16), this.number, ...values]);
    return bytes;
  }

  /** Some pages, as ranges of 40 bits of number and 24 of count. */
  pages(chance: Chance): Uint8Array {
    const values: number[] = [];
    const ranges = 1 + chance.below(4);
    for (let i = 0; i < ranges; i++) {
      const first = chance.oneIn(10)
        ? chance.number([0, START, 1023])
        : SPARE.FIRST + chance.below(SPARE.COUNT);
      values.push(first, ((chance.oneIn(10) ? chance.u32() : 1 + chance.below(8)) << 8) >>> 0);
    }
    return this.message(DM.BALLOON_RESPONSE, ranges | (chance.below(2) << 31), 0, ...values);
  }
}

function attack(machine: HostileMachine): Act {
  const { partition } = machine.guest;
  const memory = new DynamicMemory(partition, { startPages: START, patience: 0.01 });
  machine.connect([memory]);
  let driver: Driver | undefined;
  const prey = new Prey(machine, memory, 2, () => driver?.greet());
  driver = new Driver(prey);
  driver.greet();
  const speak = driver;
  /** Pages that the host has asked for in all. */
  let asked = 0;
  const ask = (chance: Chance): void => {
    const pages = 1 + chance.below(64);
    const [grow, shrink] = [chance.oneIn(3), chance.oneIn(2)];
    if (grow) memory.hotAdd(pages, () => undefined);
    else if (!shrink) memory.unballoon(pages, () => undefined);
    else if (memory.balloon(pages, () => undefined)) asked += pages;
  };
  const say = (chance: Chance): Uint8Array => {
    switch (chance.below(6)) {
      case 0:
        return speak.message(DM.STATUS_REPORT, ...Array.from({ length: 12 }, () => chance.below(2000)));
      case 1:
        return speak.message(DM.UNBALLOON_RESPONSE);
      case 2:
        return speak.message(DM.HOT_ADD_RESPONSE, chance.below(64), chance.below(2), 0);
      case 3:
        return speak.message(
          chance.below(14),
          ...Array.from({ length: chance.below(8) }, () => chance.u32()),
        );
      default:
        return speak.pages(chance);
    }
  };
  return (chance) => {
    prey.revive();
    if (chance.oneIn(2)) ask(chance);
    machine.rest();
    const message = say(chance);
    speak.send(chance.oneIn(3) ? chance.mutated(message, [1, 2, 7, 400, 0x100, 0x200]) : message);
    if (!chance.oneIn(6)) prey.listen();
    hold(memory.ballooned <= asked, 'harm', 'the host took more pages than it asked for');
  };
}

/** Memory that comes and goes. */
export const MEMORY_TARGETS: readonly Target[] = [
  {
    name: 'dynamic memory',
    oneCase: 'one message about memory, and often something that the host asks for',
    sparesOthers: true,
    begin: attack,
  },
];
