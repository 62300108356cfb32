/** Drivers and devices by themselves: which driver a device gets, and what the data of packages and systems must keep. */
import { describe, expect, it } from 'vitest';
import { ComponentsMachine } from '../../lab/components.ts';
import { Lab } from '../../lab/lab.ts';
import { SYSTEMS } from '../profiles/index.ts';
import type { Driver, InstalledDriver } from './drivers.ts';
import { compareVersions, DriverStore, rank, versionText } from './drivers.ts';
import { inTheBox } from './guest.ts';
import { pciClassId, pciId, vmbusId } from './hardware-ids.ts';
import { install, uninstall } from './install.ts';
import { PACKAGE_IDS, PACKAGES, packageById } from './packages.ts';
import { SETUP_SYSTEMS, setupSystem } from './systems.ts';

const driver = (id: string, matches: readonly string[], role: Driver['role'] = 'pc'): Driver => ({
  id,
  role,
  matches,
  listedIn: '',
  evidence: 'inferred',
  source: 'a test',
});
const installed = (one: Driver, ...version: number[]): InstalledDriver => ({
  driver: one,
  version,
  from: 'test',
});

describe('a store of drivers', () => {
  const IDS = [pciId(0x1414, 0x5353), pciClassId(0x0300)];

  it('prefers the better id to the newer version', () => {
    const store = new DriverStore();
    store.put(installed(driver('any', [IDS[1]]), 10));
    store.put(installed(driver('exact', [IDS[0]]), 1));
    expect(store.best(IDS)?.driver.id).toBe('exact');
    store.remove('exact');
    expect(store.best(IDS)?.driver.id).toBe('any');
  });

  it('takes the newer of two that fit equally well, by numbers and not by text', () => {
    const store = new DriverStore();
    store.put(installed(driver('old', IDS), 6, 0, 6001, 9));
    store.put(installed(driver('new', IDS), 6, 0, 6001, 18016));
    expect(store.best(IDS)?.driver.id).toBe('new');
    expect(compareVersions([10, 0], [6, 3, 9600])).toBeGreaterThan(0);
    expect(compareVersions([6, 1], [6, 1, 0])).toBe(0);
    expect(versionText([6, 0, 6001, 18016])).toBe('6.0.6001.18016');
  });

  it('gives nobody a filter, nor a driver that serves none of the ids', () => {
    const store = new DriverStore();
    store.put(installed(driver('filter', IDS, 'filter'), 1));
    store.put(installed(driver('other', [vmbusId('f8615163-df3e-46c5-913f-f2d2f965ed0e')]), 1));
    expect(store.best(IDS)).toBeUndefined();
    expect(rank(driver('x', []), IDS)).toBe(-1);
  });
});

describe('the data', () => {
  it('has every package once, with a source for each driver', () => {
    expect(PACKAGES.map(({ id }) => id)).toEqual([...PACKAGE_IDS]);
    for (const { drivers, protocols, source } of PACKAGES) {
      expect(source.length).toBeGreaterThan(10);
      expect(new Set(drivers.map(({ id }) => id)).size).toBe(drivers.length);
      for (const one of drivers) {
        expect(one.source.length).toBeGreaterThan(5);
        expect(one.matches.length).toBeGreaterThan(0);
      }
      for (const list of [protocols.vmbus, protocols.storage])
        expect([...list].sort((a, b) => b - a)).toEqual([...list]);
    }
  });

  it('describes only systems that have a profile, and names only packages that exist', () => {
    for (const { id, inBox, source } of SETUP_SYSTEMS) {
      expect(SYSTEMS.map((system) => system.id)).toContain(id);
      expect(source.length).toBeGreaterThan(5);
      if (inBox) expect(packageById(inBox)?.systems).toContain(id);
    }
    const known = SETUP_SYSTEMS.map(({ id }) => id);
    for (const { systems } of PACKAGES) for (const id of systems) expect(known).toContain(id);
  });
});

describe('an installation', () => {
  const start = (id: string, packageId: string) => {
    const m = new ComponentsMachine(new Lab(1), '2012');
    const system = setupSystem(id);
    const chosen = packageById(packageId);
    if (!system || !chosen) throw new Error('unknown');
    const store = inTheBox(system);
    return { m, system, chosen, store, guest: m.boot(system, store) };
  };

  it('can be taken back, and the guest is then as it was', () => {
    const { m, system, chosen, store, guest } = start('windows-2003-sp2', 'rtm');
    const before = guest.tree();
    m.do(install(guest, chosen));
    const with_ = m.boot(system, store);
    expect(with_.bootDisk?.road).toBe('vmbus');
    expect(uninstall(with_, 'rtm')).toHaveLength(11);
    const after = m.boot(system, store);
    expect(after.tree()).toEqual(before);
    expect(after.bootDisk?.road).toBe('ports');
  });

  it('does nothing a second time', () => {
    const { m, chosen, guest } = start('windows-2003-sp2', 'rtm');
    m.do(install(guest, chosen));
    const again = m.do(install(guest, chosen));
    expect(again).toMatchObject({ refused: 'nothing-newer', copied: [], started: 0 });
    expect(again.kept).toHaveLength(11);
  });

  it('leaves alone what it was not made for', () => {
    const { m, chosen, guest } = start('linux-today', 'rtm');
    expect(m.do(install(guest, chosen, true)).refused).toBe('not-for-this-system');
  });

  it('writes what a start says to the text screen, through the window', () => {
    const { m } = start('windows-2003-sp2', 'rtm');
    expect(m.screen.lines.slice(0, 2)).toEqual([
      'Booting from hard disk',
      'Starting Windows Server 2003 SP2',
    ]);
  });
});
