/**
 * Installing a package on a guest that runs: drivers are copied, then every device is looked at again.
 *
 * A device that had no driver can start at once. A driver that was replaced goes on in its old version until the next start: its devices are
 * in use. And a filter can only take its place on a disk's stack when that stack is built, which for the disk that a system runs from
 * happens once, at its start.
 */
import type { Program } from '../../core/program.ts';
import { compareVersions, type InstalledDriver } from './drivers.ts';
import { driversFor, type SetupGuest } from './guest.ts';
import type { Package } from './packages.ts';

/** Why a package cannot be installed. */
export type Refusal = 'not-for-this-system' | 'nothing-newer';

/** What an installation did. */
export interface InstallReport {
  readonly refused: Refusal | undefined;
  /** Drivers of the package that are on the disk now, and those left out because what was there is as new or newer. */
  readonly copied: readonly string[];
  readonly kept: readonly string[];
  /** Drivers copied over a newer version. */
  readonly downgraded: readonly string[];
  /** Devices that started at once. */
  readonly started: number;
  /** What waits for a restart, and why. */
  readonly waiting: readonly { readonly what: string; readonly why: 'in-use' | 'filter' }[];
}

const NOTHING: Omit<InstallReport, 'refused'> = {
  copied: [],
  kept: [],
  downgraded: [],
  started: 0,
  waiting: [],
};

/** Installs a package on a running guest. `force` copies drivers even over newer ones, and for systems that it was not made for. */
export function* install(guest: SetupGuest, chosen: Package, force = false): Program<InstallReport> {
  const { system, store } = guest;
  const fits = chosen.systems.includes(system.id) || (force && system.family === 'windows');
  if (!fits) return { ...NOTHING, refused: 'not-for-this-system' };
  const sorted = driversFor(system, chosen).map((one) => ({ one, there: store.find(one.driver.id) }));
  const copied = sorted.filter(({ one, there }) => force || isNewer(one, there));
  if (copied.length === 0) return { ...NOTHING, kept: names(sorted), refused: 'nothing-newer' };
  for (const { one } of copied) store.put(one);
  const before = working(guest);
  if (guest.root) yield* guest.bindAll(guest.root);
  return {
    refused: undefined,
    copied: names(copied),
    kept: names(sorted.filter((entry) => !copied.includes(entry))),
    downgraded: names(
      copied.filter(({ one, there }) => there && compareVersions(one.version, there.version) < 0),
    ),
    started: working(guest) - before,
    waiting: waiting(guest),
  };
}

/** Takes the drivers of a package off the disk again; devices that use them go on until the next start. */
export function uninstall({ store }: SetupGuest, id: Package['id']): string[] {
  const gone = store.all.filter(({ from }) => from === id).map(({ driver }) => driver.id);
  for (const name of gone) store.remove(name);
  return gone;
}

const isNewer = (one: InstalledDriver, there: InstalledDriver | undefined): boolean =>
  there === undefined || compareVersions(one.version, there.version) > 0;

const names = (entries: readonly { readonly one: InstalledDriver }[]): string[] =>
  entries.map(({ one }) => one.driver.id);

const working = ({ root }: SetupGuest): number =>
  root ? [...root.all()].filter(({ device }) => device.state === 'working').length : 0;

/** What would be another driver after a restart. */
function waiting({ root, store }: SetupGuest): InstallReport['waiting'] {
  const list: { what: string; why: 'in-use' | 'filter' }[] = [];
  for (const { device } of root?.all() ?? []) {
    const { driver, state } = device;
    if (state === 'waits' && driver) list.push({ what: driver.driver.id, why: 'filter' });
    else if (
      driver &&
      store.find(driver.driver.id) !== driver &&
      !list.some(({ what }) => what === driver.driver.id)
    )
      list.push({ what: driver.driver.id, why: 'in-use' });
  }
  return list;
}
