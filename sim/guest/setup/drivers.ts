/**
 * A driver as an installer sees it: which devices it serves, which version it has, and what it does when it is given one.
 */
import type { Evidence } from '../profiles/system.ts';

/**
 * What a driver does with its device.
 *
 * `pc`: an emulated device that asks nothing more of this model. `ide`: finds the drives of a controller. `disk`: makes blocks of a drive.
 * `bus`: connects to VMBus and finds what the host offers. `storage`: a synthetic disk controller. `filter`: sits on the stack of the
 * emulated disk and diverts it. `service`: an integration service. `channel`: opens its channel; what would go over it is not modelled.
 */
export type DriverRole = 'pc' | 'ide' | 'disk' | 'bus' | 'storage' | 'filter' | 'service' | 'channel';

/** One driver. */
export interface Driver {
  /** Name of the service or module. A package that brings a driver of this name replaces the one there was. */
  readonly id: string;
  readonly role: DriverRole;
  /** Ids that it serves, as in `hardware-ids.ts`. */
  readonly matches: readonly string[];
  /** What a device manager calls its device; the driver's own name when left out. */
  readonly title?: string;
  /** File that lists the ids: an INF, or a module's device table. */
  readonly listedIn: string;
  readonly evidence: Evidence;
  readonly source: string;
}

/** A driver of some version: what is on the disk of a guest. */
export interface InstalledDriver {
  readonly driver: Driver;
  /** Numbers of the version, most significant first; none for a driver that comes with its system. */
  readonly version: readonly number[];
  /** Which package it came with. */
  readonly from: string;
}

/** "6.0.6001.18016". */
export const versionText = (version: readonly number[]): string => version.join('.');

/** Below 0 when `a` is older than `b`, 0 when they are the same, else above. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How well a driver suits a device: the position of the best of the device's ids that it serves; -1 when it serves none. */
export function rank({ matches }: Driver, ids: readonly string[]): number {
  return ids.findIndex((id) => matches.includes(id));
}

/** The drivers of a guest: of each name one version. */
export class DriverStore {
  private readonly byName = new Map<string, InstalledDriver>();

  /** Puts a driver there, in the place of one with its name. */
  put(installed: InstalledDriver): void {
    this.byName.set(installed.driver.id, installed);
  }

  remove(id: string): void {
    this.byName.delete(id);
  }

  find(id: string): InstalledDriver | undefined {
    return this.byName.get(id);
  }

  get all(): InstalledDriver[] {
    return [...this.byName.values()];
  }

  /**
   * The driver for a device: first the one that serves the best id, then the newest. Filters serve nobody by themselves.
   *
   * Source: Windows driver documentation, "How Windows Selects a Driver for a Device", without signatures and dates.
   */
  best(ids: readonly string[]): InstalledDriver | undefined {
    const candidates = this.all.filter(({ driver }) => driver.role !== 'filter' && rank(driver, ids) >= 0);
    return candidates.sort(
      (a, b) => rank(a.driver, ids) - rank(b.driver, ids) || compareVersions(b.version, a.version),
    )[0];
  }
}
