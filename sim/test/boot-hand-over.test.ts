/**
 * A machine that starts from a disk image and hands its disk over, in whole: every technique, every step at which something can go wrong,
 * every way in which the image can be broken. What the drivers say of themselves is held against what the host's disk saw.
 */
import { describe, expect, it } from 'vitest';
import { BOOT_PROFILE_IDS, bootProfile } from '../guest/boot/boot-files.ts';
import type { BootDisk } from '../lab/boot-disk.ts';
import { makeBootDisk, startAgain } from '../lab/boot-disk.ts';
import type { BootMachineOptions } from '../lab/boot-machine.ts';
import { BootMachine } from '../lab/boot-machine.ts';
import { Lab } from '../lab/lab.ts';
import { BOOT_BASE } from './support/boot.ts';

const OWN = { windows: 'storflt', linux: 'prefer-ms-hyperv', freebsd: 'veto' } as const;

/** The same image for many machines: each writes beside it. */
const image = makeBootDisk(BOOT_BASE);
const fresh = (): BootDisk => startAgain({ ...image, disk: image.disk });

function machine(options: Partial<BootMachineOptions> = {}): BootMachine {
  return new BootMachine(new Lab(1, { traceRows: 0 }), { ...BOOT_BASE, ...options });
}

function expectSound(one: BootMachine): void {
  expect(one.judge()).toEqual({ lost: 0, foreign: 0 });
  expect({ wrong: one.bytes.wrong, files: one.wrongFileBytes }).toEqual({ wrong: 0, files: 0 });
  expect(one.owners.breaches).toEqual([]);
}

describe('a start from a disk image', () => {
  it.each(BOOT_PROFILE_IDS)('of %s goes through all phases, and every byte is right', (id) => {
    const one = machine({ profile: bootProfile(id), technique: OWN[id] });
    one.run();
    expect(one.guest.end).toBe('up');
    expectSound(one);
    expect(one.phases.map((phase) => phase.id)).toEqual([
      'firmware',
      'boot-sector',
      'loader',
      'kernel',
      'probe',
      'vmbus',
      'hand-over',
      'run',
      'control',
      'dump',
    ]);
    const files = one.boot.files.filter(({ role }) => role !== 'boot-code');
    expect(one.fileBytes).toBe(
      files.reduce((sum, { path }) => sum + (one.boot.contents.get(path)?.length ?? 0), 0),
    );
    expect(one.bytes.compared).toBeGreaterThan(one.fileBytes);
  });

  it.each(BOOT_PROFILE_IDS)(
    'of %s uses the emulated road before the hand-over only, and for the dump',
    (id) => {
      const one = machine({ profile: bootProfile(id), technique: OWN[id] });
      one.run();
      const by = Object.fromEntries(one.phases.map((phase) => [phase.id, phase]));
      for (const phase of ['boot-sector', 'loader', 'dump']) {
        expect(by[phase].emulated, phase).toBeGreaterThan(0);
        expect(by[phase].synthetic, phase).toBe(0);
      }
      expect(by.run.synthetic).toBeGreaterThan(0);
      expect(by.run.emulated).toBe(0);
      expect(by.run.counters.deviceIntercepts).toBe(0);
      expect(by.kernel.counters.deviceIntercepts).toBe(0);
    },
  );

  it.each(BOOT_PROFILE_IDS)(
    'of %s reads its disc by ports after the hand-over, and every byte is right',
    (id) => {
      for (const ataMode of ['dma', 'pio'] as const) {
        const one = machine({ profile: bootProfile(id), technique: OWN[id], ataMode });
        one.run();
        const { disc } = one;
        const whole = [...one.boot.disc.contents.values()].reduce((sum, { length }) => sum + length, 0);
        expect({ bytes: disc.fileBytes, wrong: disc.wrong }).toEqual({ bytes: whole, wrong: 0 });
        expect(disc.road.count.bytesRead).toBeGreaterThan(whole);
        expect(disc.counted?.deviceIntercepts).toBeGreaterThan(100);
        expect(one.synthetic.count.bytesRead).toBeGreaterThan(0);
        expect(one.screen.map(({ text }) => text)).toContain(`Virtual CD: VMGUEST, ${whole} bytes read`);
      }
    },
  );

  it('needs one exit per command by the enlightened port, and 7 + 2n by registers', () => {
    for (const int13 of ['enlightened', 'plain'] as const) {
      const one = machine({ int13, diskModel: 'memory' });
      one.run();
      const phases = one.phases.filter(({ id }) => id === 'boot-sector' || id === 'loader');
      const exits = phases.reduce((sum, { counters }) => sum + counters.deviceIntercepts, 0);
      const sectors = phases.reduce((sum, { emulated }) => sum + emulated / 512, 0);
      const commands = one.owners.commands.get('firmware') ?? 0;
      expect(exits).toBe(int13 === 'plain' ? 7 * commands + 2 * sectors : commands);
    }
  });

  it('stays the same disk under the filter and becomes another one without', () => {
    for (const id of BOOT_PROFILE_IDS) {
      const one = machine({ profile: bootProfile(id), technique: OWN[id] });
      one.run();
      const { names, kernel } = one.guest;
      expect(names.ata?.model).toBe('Virtual HD');
      expect(names.scsi?.model).toBe('Msft Virtual Disk');
      expect(names.ata?.serial).not.toBe(names.scsi?.serial);
      expect(kernel?.ata?.taken).toBe(id === 'windows');
      const { loader, run } = one.guest.volume;
      expect(loader).toMatch(/^[0-9a-f]{8}-01 [0-9A-F]{4}-[0-9A-F]{4}$/);
      expect(run).toBe(loader);
    }
  });

  it('goes the emulated way to the end without drivers for VMBus', () => {
    const one = machine({ technique: 'none', drivers: false });
    one.run();
    expect(one.guest.end).toBe('up');
    expect(one.synthetic.count).toEqual({ bytesRead: 0, bytesWritten: 0 });
    expectSound(one);
  });

  it('ends differently by technique where the drivers are not at hand', () => {
    const end = (id: keyof typeof OWN) => {
      const one = machine({ profile: bootProfile(id), technique: OWN[id], drivers: false });
      one.run();
      expectSound(one);
      return { end: one.guest.end, synthetic: one.synthetic.count.bytesRead };
    };
    expect(end('windows')).toEqual({ end: 'up', synthetic: 0 });
    expect(end('freebsd')).toEqual({ end: 'up', synthetic: 0 });
    expect(end('linux')).toEqual({ end: 'no-root', synthetic: 0 });
  });
});

describe('a crash dump', () => {
  it.each(BOOT_PROFILE_IDS)('of %s goes by a reserved channel: no port, no interrupt, after UNLOAD', (id) => {
    const one = machine({ profile: bootProfile(id), technique: OWN[id], dumpRoad: 'reserved' });
    one.run();
    expect(one.guest.end).toBe('up');
    const dump = one.phases.find((phase) => phase.id === 'dump');
    expect({ emulated: dump?.emulated, synthetic: dump?.synthetic }).toEqual({
      emulated: 0,
      synthetic: 16 * 512,
    });
    expect(dump?.counters.deviceIntercepts).toBe(0);
    expect(dump?.counters.tallies.interrupts).toBe(0);
    expect(one.machine.vmbus.connection).toBeUndefined();
    expect(one.machine.vmbus.channels.map(({ state, reserved }) => ({ state, reserved }))).toEqual([
      { state: 'client-released', reserved: undefined },
    ]);
    expect(one.screen.at(-1)?.text).toBe('Dump: 16 sectors by a reserved channel');
    expectSound(one);
  });

  it('goes by ports where the kernel has no channel', () => {
    const one = machine({ drivers: false, dumpRoad: 'reserved' });
    one.run();
    expect(one.phases.find(({ id }) => id === 'dump')?.emulated).toBe(16 * 512);
    expectSound(one);
  });
});

describe('the hand-over of the filter', () => {
  it('drains one command at most, holds the others, and loses none', () => {
    for (const writers of [0, 1, 2, 5, 8]) {
      const one = machine({ writers });
      one.run();
      const counts = one.guest.kernel?.filter?.counts;
      expect(counts?.drained).toBe(Math.min(1, writers));
      expect(counts?.inFlight).toBe(0);
      expect(one.overtaken).toBe(0);
      expect(one.guest.kernel?.writers?.failed ?? 0).toBe(0);
      expectSound(one);
    }
  });

  it('breaks the rule and the order of writes when it does not drain', () => {
    const one = machine({ rule: 'no-drain', ataMode: 'pio' });
    one.run();
    expect(one.owners.breaches).toMatchObject([{ kind: 'in-flight', user: 'ata' }]);
    expect(one.guest.kernel?.filter?.counts.inFlight).toBe(1);
    expect(one.overtaken).toBeGreaterThan(0);
  });
});

describe('two owners', () => {
  it.each(BOOT_PROFILE_IDS)('lose entries of a list under %s, though every write was done', (id) => {
    const one = machine({ profile: bootProfile(id), technique: OWN[id], rule: 'two-owners' });
    one.run();
    expect(one.owners.breaches[0]).toMatchObject({ kind: 'second-owner', user: 'storvsc', owners: ['ata'] });
    expect(one.guest.list?.acknowledged).toBe(8);
    expect(one.guest.list?.found).toBeLessThan(8);
    expect(one.judge()).toEqual({ lost: 0, foreign: 0 });
  });

  it('lose nothing when they are one', () => {
    const one = machine();
    one.run();
    expect(one.guest.list).toEqual({ acknowledged: 8, found: 8 });
  });
});

/** The number of steps of an undisturbed hand-over. */
function stepsOf(options: Partial<BootMachineOptions>): number {
  const one = machine({ ...options, from: fresh() });
  one.run();
  expect(one.guest.end).toBe('up');
  return one.steps;
}

describe('a power cut at every step of the hand-over', () => {
  it.each(['dma', 'pio'] as const)(
    'keeps what was acknowledged, with %s: when all stops at once, and when the host finishes what it had',
    (ataMode) => {
      const steps = stepsOf({ ataMode });
      let acknowledged = 0;
      for (let step = 1; step <= steps; step++) {
        const one = machine({ ataMode, from: fresh() });
        one.run((now) => {
          if (now === step) one.cutPower();
          return now !== step;
        });
        expect(one.guest.end, `step ${step}`).toBe('starting');
        expect(one.judge(), `step ${step}, at once`).toEqual({ lost: 0, foreign: 0 });
        while (one.machine.engine.step());
        expect(one.judge(), `step ${step}, later`).toEqual({ lost: 0, foreign: 0 });
        expect(one.owners.breaches, `step ${step}`).toEqual([]);
        acknowledged = Math.max(acknowledged, one.bytes.acknowledged);
      }
      expect(steps).toBeGreaterThan(100);
      expect(acknowledged).toBeGreaterThan(0);
    },
  );

  it('leaves a disk that the next machine starts from', () => {
    const steps = stepsOf({});
    for (let step = 1; step <= steps; step += 11) {
      const one = machine({ from: fresh() });
      one.run((now) => {
        if (now === step) one.cutPower();
        return now !== step;
      });
      const next = machine({ from: startAgain(one.boot) });
      next.run();
      expect(next.guest.end, `step ${step}`).toBe('up');
      expectSound(next);
    }
  });
});

describe('an accelerator that is taken away at every step of the hand-over', () => {
  const steps = stepsOf({});

  it.each([
    [false, 'for good'],
    [true, 'and offered again'],
  ])('loses no request (%s: %s)', (again) => {
    let [fallBacks, repeated] = [0, 0];
    for (let step = 1; step <= steps; step++) {
      const one = machine({ from: fresh() });
      one.run((now) => {
        if (now === step) one.rescind(again);
        return true;
      });
      const { kernel, end } = one.guest;
      expect(end, `step ${step}`).toBe('up');
      expect(kernel?.writers?.failed, `step ${step}`).toBe(0);
      expectSound(one);
      expect(kernel?.filter?.state, `step ${step}`).toBe(again ? 'diverted' : 'pass');
      fallBacks += kernel?.filter?.counts.fallBacks ?? 0;
      repeated += kernel?.stack.counts.again ?? 0;
    }
    expect(fallBacks).toBeGreaterThan(10);
    expect(repeated).toBeGreaterThan(0);
  });

  it('takes the root disk with it where there is no filter', () => {
    const one = machine({ profile: bootProfile('linux'), technique: 'prefer-ms-hyperv', writers: 2 });
    one.run((now) => {
      if (now === 40) one.rescind(false);
      return true;
    });
    expect(['no-root', 'lost-root']).toContain(one.guest.end);
    expect(one.judge()).toEqual({ lost: 0, foreign: 0 });
  });
});

describe('a broken image', () => {
  it.each(BOOT_PROFILE_IDS)('ends a start of %s with a line on the screen, and stays as it is', (id) => {
    const ends = (['signature', 'table', 'file-system', 'kernel'] as const).map((damage) => {
      const one = machine({ profile: bootProfile(id), technique: OWN[id], damage });
      one.run();
      expect(one.screen.length, damage).toBeGreaterThan(0);
      expect(one.boot.disk.written.size, damage).toBe(0);
      return one.guest.end;
    });
    expect(ends).toEqual(['no-boot-code', 'no-file-system', 'no-file', 'no-file']);
  });
});
