/**
 * A hundred thousand cases of the fuzzer with fixed seeds, and proof that it would notice. `npm run fuzz` does as many as are wanted, with
 * seeds that nobody has tried.
 */
import { describe, expect, it } from 'vitest';
import { vstorPacket } from '../../host/vsp/storvsp-testing.ts';
import { GuestMemory } from '../../machine/memory.ts';
import { VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { CANARY_PAGE, Chance } from './chance.ts';
import { ChangingMemory } from './changing-memory.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import { enough, LIFE_CASES, live, liveOn, reproduction, shrink, TARGETS } from './life.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';
import { greetDisk } from './target-storage.ts';

const CASES = 100_000;
const PER_TARGET = Math.ceil(CASES / TARGETS.length);
/** Far from the seeds with which `npm run fuzz` begins. */
const FIRST_SEED = 1_000_000 - (1_000_000 % TARGETS.length);

describe('a guest that does whatever comes to its mind', () => {
  it.each(TARGETS.map((target, i) => [target.name, i] as const))('attacks in vain: %s', (_name, i) => {
    let done = 0;
    for (let life = 0; done < PER_TARGET; life++) {
      const { cases, report } = live(FIRST_SEED + i + life * TARGETS.length);
      if (report) throw new Error(reproduction(report), { cause: report.finding });
      done += cases;
    }
    expect(done).toBeGreaterThanOrEqual(PER_TARGET);
  });

  it('reaches what it attacks: channels are stopped, and others answer', () => {
    const seen: Record<string, { reopened: number; heard: number }> = {};
    for (const target of TARGETS.filter(({ sparesOthers, name }) => sparesOthers && name !== 'ports')) {
      const preys = watchPreys(() => liveOn(target, 5, 300, false));
      seen[target.name] = {
        reopened: preys.reduce((sum, { reopened }) => sum + reopened, 0),
        heard: preys.reduce((sum, { heard }) => sum + heard, 0),
      };
    }
    for (const [name, { reopened, heard }] of Object.entries(seen)) {
      expect(reopened, `${name} is never stopped`).toBeGreaterThan(5);
      expect(heard, `${name} never answers`).toBeGreaterThan(20);
    }
  });
});

/** The channels that are attacked while `run` runs. */
function watchPreys(run: () => void): Prey[] {
  const preys: Prey[] = [];
  const { listen } = Prey.prototype;
  Prey.prototype.listen = function (this: Prey, read) {
    if (!preys.includes(this)) preys.push(this);
    listen.call(this, read);
  };
  run();
  Prey.prototype.listen = listen;
  return preys;
}

/** A target whose case number `at` does something that no host may do. */
const broken = (at: number, act: (machine: HostileMachine) => void): Target => ({
  name: 'broken',
  oneCase: 'nothing, and once something',
  sparesOthers: true,
  begin: (machine): Act => {
    machine.connect([]);
    let index = 0;
    return () => {
      if (index++ === at) act(machine);
      machine.rest();
    };
  },
});

describe('the fuzzer notices', () => {
  const found = (act: (machine: HostileMachine) => void, twin = false) =>
    liveOn(broken(7, act), 1, 20, twin).report;

  it('an exception, and says in which case', () => {
    const report = found(() => {
      throw new RangeError('out of bounds');
    });
    expect(report).toMatchObject({ index: 7, finding: { kind: 'exception' } });
    expect(report && reproduction(report)).toBe(
      'exception in broken, case 7: RangeError: out of bounds. Again: npm run fuzz -- --case 1',
    );
  });

  it('a host that does not come to rest', () => {
    const report = found(({ hypervisor: { engine } }) => {
      const again = engine.handler('again', () => engine.post(engine.now + 1, again));
      engine.post(engine.now, again);
    });
    expect(report).toMatchObject({ index: 7, finding: { kind: 'hang' } });
  });

  it('work that piles up', () => {
    const report = found(({ hypervisor: { engine } }) => {
      const never = engine.handler('never', () => undefined);
      for (let i = 0; i < 5000; i++) engine.post(engine.now + 1e12 + i, never);
    });
    expect(report).toMatchObject({ index: 7, finding: { kind: 'memory' } });
  });

  it('a byte written where nothing is shared', () => {
    const report = found(({ guest: { memory } }) => memory.u8.fill(0, CANARY_PAGE + 100, CANARY_PAGE + 101));
    expect(report).toMatchObject({ index: 20, finding: { kind: 'harm' } });
  });

  it('a channel of somebody else that was stopped', () => {
    const report = found(({ guest }) => guest.server.channels[0].ring?.kill());
    expect(report).toMatchObject({ index: 20, finding: { kind: 'harm' } });
  });

  it('another virtual machine that was disturbed', () => {
    const report = found(({ hypervisor }) => {
      const [other] = hypervisor.partitions.filter(({ memory }) => memory.size === 2 << 20);
      other.reset();
    });
    expect(report).toMatchObject({ index: 20, finding: { kind: 'harm' } });
  });

  it('an answer that holds what lay in memory before', () => {
    const report = found((machine) => machine.digest.add(Uint8Array.of(machine.poison)), true);
    expect(report).toMatchObject({ index: 7, finding: { kind: 'reply' } });
  });

  it('a packet of the host that is none', () => {
    const target: Target = {
      ...broken(0, () => undefined),
      begin: (machine) => {
        const storvsp = machine.disk(8);
        machine.connect([storvsp]);
        const prey = new Prey(machine, storvsp, 2, greetDisk);
        return () => {
          prey.send(VM_PKT.DATA_INBAND, vstorPacket(VSTOR_OPERATION.BEGIN_INITIALIZATION));
          const { pages } = prey.channel;
          machine.guest.memory.u8.fill(0xff, pages[4], pages[4] + 4096);
          prey.listen();
        };
      },
    };
    expect(liveOn(target, 1, 3, false).report).toMatchObject({ index: 0, finding: { kind: 'reply' } });
  });

  it('and finds the cases that are enough', () => {
    const fails = (only: ReadonlySet<number>): boolean => only.has(3) && only.has(61);
    expect(shrink(100, fails)).toEqual([3, 61]);
    expect(enough).toBeTypeOf('function');
  });
});

describe('chance', () => {
  it('is the same for the same seed and case, and another for the next', () => {
    const draw = (seed: number, index: number): number[] => {
      const chance = new Chance(seed, index);
      return Array.from({ length: 20 }, () => chance.number([1, 2, 3]));
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(draw(1, 2)).not.toEqual(draw(1, 3));
    expect(draw(1, LIFE_CASES)).not.toEqual(draw(2, 0));
  });

  it('lives the same life again', () => {
    const act = (machine: HostileMachine): void => machine.digest.add(Uint8Array.of(machine.poison));
    const once = liveOn(broken(3, act), 9, 10, true).report;
    expect(liveOn(broken(3, act), 9, 10, true).report?.index).toBe(once?.index);
  });
});

describe('changing memory', () => {
  it('shows each look another number, where it may, and nowhere else', () => {
    const memory = new GuestMemory(8192);
    memory.u32.fill(77);
    const changing = new ChangingMemory(memory, [[4096, 4200]]);
    changing.with(new Chance(1, 1));
    const looks = Array.from({ length: 200 }, () => [
      memory.u32[4096 / 4],
      memory.view.getUint32(4100, true),
    ]);
    expect(new Set(looks.map(([word]) => word)).size).toBeGreaterThan(2);
    expect(new Set(looks.map(([, word]) => word)).size).toBeGreaterThan(2);
    expect(changing.changes).toBeGreaterThan(0);
    for (let i = 0; i < 4096 / 4; i++) hold(memory.u32[i] === 77, 'harm', 'another page changed');
    changing.with(undefined);
    const calm = memory.u32[4096 / 4];
    expect(Array.from({ length: 50 }, () => memory.u32[4096 / 4])).toEqual(Array(50).fill(calm));
  });
});
