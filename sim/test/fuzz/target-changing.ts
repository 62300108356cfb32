/** Rings and messages whose bytes change between two looks of the host. */
import { vstorPacket } from '../../host/vsp/storvsp-testing.ts';
import { testMessage } from '../../host/vsp/vmbus-testing.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { CHANNELMSG } from '../../wire/vmbus.ts';
import { ChangingMemory } from './changing-memory.ts';
import type { HostileMachine } from './hostile-machine.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';
import { greetDisk, requests } from './target-storage.ts';

const INPUT_PAGE = 0x2000;
const BUFFER_PAGES = 4;

/** A disk whose ring and buffer change. */
function disk(machine: HostileMachine): { prey: Prey; memory: ChangingMemory; act: Act } {
  const { guest } = machine;
  const storvsp = machine.disk(2048);
  machine.connect([storvsp]);
  const first = guest.pages(BUFFER_PAGES)[0];
  const prey = new Prey(machine, storvsp, 3, greetDisk);
  const { pages } = prey.channel;
  const memory = new ChangingMemory(guest.memory, [
    [pages[0], pages[pages.length / 2 - 1] + PAGE_SIZE],
    [first, first + BUFFER_PAGES * PAGE_SIZE],
    [INPUT_PAGE, INPUT_PAGE + PAGE_SIZE],
  ]);
  return { prey, memory, act: requests(machine, storvsp, prey, first / PAGE_SIZE) };
}

/** Does `act` while memory changes; then the guest's own end of the ring may be spoilt as well. */
function changing(prey: Prey, memory: ChangingMemory, act: Act): Act {
  return (chance) => {
    prey.revive();
    memory.with(chance);
    try {
      act(chance);
    } finally {
      memory.with(undefined);
    }
    if (chance.oneIn(3)) prey.restart();
  };
}

/** Memory that changes while the host reads it. */
export const CHANGING_TARGETS: readonly Target[] = [
  {
    name: 'changing rings',
    oneCase: 'one packet to storvsp whose bytes change while the host reads them',
    sparesOthers: true,
    begin: (machine) => {
      const { prey, memory, act } = disk(machine);
      return changing(prey, memory, (chance) => {
        if (!chance.oneIn(3)) act(chance);
        else prey.send(VM_PKT.DATA_INBAND, vstorPacket(chance.below(14), 0, 64));
      });
    },
  },
  {
    name: 'changing messages',
    oneCase: 'one message of the bus whose bytes change while the hypervisor reads them',
    sparesOthers: false,
    begin: (machine) => {
      const { prey, memory } = disk(machine);
      const { guest } = machine;
      const { relid, gpadl } = prey.channel;
      return changing(prey, memory, (chance) => {
        const words = chance.words(60, [CHANNELMSG.GPADL_HEADER, CHANNELMSG.GPADL_BODY, relid, gpadl, 8]);
        if (chance.oneIn(4)) guest.post(testMessage(CHANNELMSG.GPADL_TEARDOWN, relid, gpadl));
        else guest.post(words.slice(0, chance.below(241)));
        machine.rest();
        machine.takeMessages();
      });
    },
  },
];
