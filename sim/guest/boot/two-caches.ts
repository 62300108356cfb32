/**
 * What two owners do to a disk. Two programs add entries to the same list; each reads and writes through a cache, as every program does.
 * With one driver there is one cache. With two drivers there are two, for what is one disk below them: neither hears of the other's
 * entries, and each writes back its own idea of the sector.
 */
import type { Program } from '../../core/program.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { BootSite } from './boot-site.ts';

const SECTOR_BYTES = 512;
const ENTRY_BYTES = 4;
/** Entries that one sector has room for. */
export const LIST_ENTRIES = SECTOR_BYTES / ENTRY_BYTES;

/** Sectors that were read once and are kept. */
export class SectorCache {
  private readonly site: BootSite;
  private readonly driver: BlockDriver;
  private readonly page: number;
  private readonly sectors = new Map<number, Uint8Array>();

  constructor(site: BootSite, driver: BlockDriver, page: number) {
    this.site = site;
    this.driver = driver;
    this.page = page;
  }

  /** The sector, from the cache where it is there. */
  *sector(lba: number): Program<Uint8Array> {
    const kept = this.sectors.get(lba);
    if (kept) return kept;
    yield* this.driver.read(lba, 1, this.page);
    const read = this.site.cpu.memory.read(this.page, SECTOR_BYTES);
    this.sectors.set(lba, read);
    return read;
  }

  /** Writes the sector back. False when the disk did not take it. */
  *writeBack(lba: number): Program<boolean> {
    const { memory } = this.site.cpu;
    memory.write(this.page, yield* this.sector(lba));
    const { kind } = yield* this.driver.write(lba, 1, this.page);
    return kind === 'ok';
  }
}

/** What came of it. */
export interface ListOutcome {
  /** Entries whose writing was answered with success. */
  readonly acknowledged: number;
  /** Those of them that are on the disk. */
  readonly found: number;
}

/** Two programs add `entries` entries in turn to the list in sector `lba`; afterwards somebody without a cache counts them. */
export function* keepList(
  site: BootSite,
  caches: readonly [SectorCache, SectorCache],
  lba: number,
  entries: number,
  fresh: SectorCache,
): Program<ListOutcome> {
  const written: number[] = [];
  for (let i = 0; i < Math.min(entries, LIST_ENTRIES); i++) {
    const cache = caches[i % 2];
    const list = new DataView((yield* cache.sector(lba)).buffer);
    list.setUint32(i * ENTRY_BYTES, i + 1, true);
    if (yield* cache.writeBack(lba)) written.push(i);
  }
  const now = new DataView((yield* fresh.sector(lba)).buffer);
  const found = written.filter((i) => now.getUint32(i * ENTRY_BYTES, true) === i + 1).length;
  site.print(`${found} of ${written.length} entries are there`);
  return { acknowledged: written.length, found };
}
