/**
 * A machine that is saved in the middle of a hand-over and goes on on a new host: at every step, with the accelerator and without it. What was
 * acknowledged is on the disk, one owner holds, and the start comes to its end.
 */
import { describe, expect, it } from 'vitest';
import { bootProfile } from '../guest/boot/boot-files.ts';
import { makeBootDisk, startFresh } from '../lab/boot-disk.ts';
import type { BootMachineOptions } from '../lab/boot-machine.ts';
import { BootMachine } from '../lab/boot-machine.ts';
import { restoreBoot, type SavedBoot, saveAt } from '../lab/boot-restore.ts';
import { Lab } from '../lab/lab.ts';
import { loadMachine, saveMachine } from '../lab/machine-save.ts';
import { BOOT_BASE } from './support/boot.ts';

/** Fewer writes: these machines run twice for every step. */
const BASE: BootMachineOptions = { ...BOOT_BASE, listEntries: 4, dumpSectors: 8 };
const image = makeBootDisk(BASE);
const lab = (): Lab => new Lab(1, { traceRows: 0 });
const machine = (options: Partial<BootMachineOptions> = {}): BootMachine =>
  new BootMachine(lab(), { ...BASE, ...options, from: startFresh(image) });
const savedAt = (step: number, options: Partial<BootMachineOptions> = {}): SavedBoot => {
  const saved = saveAt(machine(options), step);
  if (!saved) throw new Error(`there is no step ${step}`);
  return saved;
};
const stepsOf = (options: Partial<BootMachineOptions> = {}): number => {
  const one = machine(options);
  one.run();
  return one.steps;
};

function expectSound(one: BootMachine, where: string): void {
  expect(one.guest.end, where).toBe('up');
  expect(one.judge(), where).toEqual({ lost: 0, foreign: 0 });
  expect({ wrong: one.bytes.wrong + one.wrongFileBytes + one.disc.wrong }, where).toEqual({ wrong: 0 });
  expect(one.owners.breaches, where).toEqual([]);
  expect(one.guest.kernel?.writers?.failed, where).toBe(0);
}

/** Restores at the given steps of a hand-over of so many; the states in which the filter was found. */
function throughRestores(
  steps: readonly number[],
  options: Partial<BootMachineOptions>,
  check: (one: BootMachine, saved: SavedBoot, where: string) => void,
): Set<string> {
  const states = new Set<string>();
  for (const step of steps) {
    const saved = savedAt(step, options);
    const one = restoreBoot(lab(), { ...BASE, ...options }, saved);
    states.add(one.guest.kernel?.filter?.state ?? 'none');
    check(one, saved, `step ${step}`);
  }
  return states;
}

const everyOf = (steps: number, part: number, parts: number): number[] =>
  Array.from({ length: steps }, (_, i) => i + 1).filter((step) => step % parts === part);

describe('a machine saved at every step of the hand-over', () => {
  const steps = stepsOf();

  it.each([0, 1, 2, 3, 4, 5])('goes on on a new host (part %d of all its steps)', (part) => {
    const mine = everyOf(steps, part, 6);
    const states = throughRestores(mine, {}, (one, saved, where) => {
      one.goOn();
      expectSound(one, where);
      expect(one.guest.kernel?.filter?.state, where).toBe('diverted');
      expect(one.disk, where).toBe(saved.from.disk);
      expect(one.bytes.acknowledged, where).toBeGreaterThan(0);
    });
    expect(mine.length).toBeGreaterThan(20);
    expect([...states].sort()).toEqual(expect.arrayContaining(['draining', 'pass']));
  });

  it('goes on where data go through the ports', () => {
    const mine = everyOf(stepsOf({ ataMode: 'pio' }), 1, 5);
    throughRestores(mine, { ataMode: 'pio' }, (one, _saved, where) => {
      one.goOn();
      expectSound(one, where);
      expect(one.guest.kernel?.filter?.state, where).toBe('diverted');
    });
  });

  it('goes back to the emulated disk where the new host has no accelerator', () => {
    let fallBacks = 0;
    throughRestores(everyOf(steps, 0, 5), {}, (one, _saved, where) => {
      one.rescind(false);
      one.goOn();
      expectSound(one, where);
      expect(one.guest.kernel?.filter?.state, where).toBe('pass');
      fallBacks += one.guest.kernel?.filter?.counts.fallBacks ?? 0;
    });
    expect(fallBacks).toBeGreaterThan(3);
  });

  it.each(['linux', 'freebsd'] as const)('goes on where the system is %s', (id) => {
    const options = {
      profile: bootProfile(id),
      technique: id === 'linux' ? ('prefer-ms-hyperv' as const) : ('veto' as const),
    };
    throughRestores(everyOf(stepsOf(options), 3, 9), options, (one, _saved, where) => {
      one.goOn();
      expectSound(one, where);
    });
  });
});

describe('a saved machine', () => {
  it('is the same bytes when the new host saves it again, and carries nothing of the old one', () => {
    for (const step of [1, 60, 200, 330]) {
      const saved = savedAt(step);
      const one = restoreBoot(lab(), BASE, saved);
      expect(saveMachine(one.machine)).toEqual(saved.bytes);
      expect(one.machine.hypervisor).not.toBe(saved.from.machine.hypervisor);
      expect(one.machine.vmbus).not.toBe(saved.from.machine.vmbus);
    }
  });

  it('goes on as if nothing had happened, but for the pause', () => {
    const plain = machine();
    plain.run();
    const one = restoreBoot(lab(), BASE, savedAt(300));
    one.goOn();
    expect(one.phases.map(({ id }) => id)).toEqual(plain.phases.map(({ id }) => id));
    expect(one.emulated.count.bytesRead + one.synthetic.count.bytesRead).toBe(
      plain.emulated.count.bytesRead + plain.synthetic.count.bytesRead,
    );
    expect(one.bytes.acknowledged).toBe(plain.bytes.acknowledged);
    expect(one.guest.list).toEqual(plain.guest.list);
  });

  it('is not taken for one when its bytes are others', () => {
    const { bytes } = savedAt(5);
    const into = () => machine().machine;
    expect(() => loadMachine(into(), bytes.subarray(0, 8))).toThrow(/no saved machine/);
    expect(() => loadMachine(into(), bytes.subarray(0, bytes.length - 4096))).toThrow(/not whole/);
    const other = bytes.slice();
    other[4] = 9;
    expect(() => loadMachine(into(), other)).toThrow(/another version/);
  });

  it('cannot be another one: a guest that was run again differently is noticed', () => {
    const saved = savedAt(40);
    expect(() => restoreBoot(lab(), { ...BASE, writers: 2 }, saved)).toThrow(/not the same/);
  });
});
