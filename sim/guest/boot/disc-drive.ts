/**
 * The CD or DVD drive of a generation 1 machine after the hand-over: it hangs on the secondary channel of the emulated controller, nobody
 * offers it on VMBus, and so whoever wants its files speaks packets by ports, in every system alike.
 *
 * Here the channel is probed when the disc is wanted; a kernel does it together with the first one.
 *
 * Sources: OpenVMM `Guide/src/reference/emulated/legacy_x86/ide.md` (optical drives have no accelerator); Linux
 * `drivers/ata/ata_piix.c` (prefer_ms_hyperv ignores disks and attaches ATAPI).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { XFER } from '../../wire/ata.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { classify, softReset } from '../drivers/ata-probe.ts';
import { AtapiDriver } from '../drivers/atapi.ts';
import { AtapiDisc } from '../drivers/atapi-disc.ts';
import type { PageAllocator } from '../drivers/page-allocator.ts';
import { ApicInterrupts } from '../drivers/pc-interrupts.ts';
import { openFileSystem, wholeDisk } from '../media/index.ts';
import { readPath } from './answer.ts';
import { readMedia } from './media-driver.ts';

/** Who looks on while the disc is read. */
export interface DiscWatch {
  /** The drive is asked for the first time; and it has been asked for the last time. */
  discBegins(): void;
  discEnds(): void;
  /** A read of the disc has been answered: its bytes lie at `gpa`. */
  discRead(lba: number, sectors: number, gpa: number): void;
  /** A file has been read: all of its bytes, in order. */
  discFile(path: string, bytes: Uint8Array): void;
}

/** What a guest needs to reach the drive. */
export interface DiscSite {
  readonly cpu: Cpu;
  readonly pages: PageAllocator;
  /** First port of the bus master. */
  readonly busMaster: number;
  /** 64 KiB of guest memory. */
  readonly buffer: number;
  readonly dma: boolean;
  readonly watch: DiscWatch;
}

/** Finds the drive and reads the files at `paths`. A line for the screen: what was read, or what came in between. */
export function* readDisc(site: DiscSite, paths: readonly string[]): Program<string> {
  site.watch.discBegins();
  const line = yield* findAndRead(site, paths);
  site.watch.discEnds();
  return line;
}

function* findAndRead(site: DiscSite, paths: readonly string[]): Program<string> {
  const { cpu, pages, buffer, watch } = site;
  const port = new AtaPort(cpu, 1, site.busMaster);
  yield* softReset(port);
  if ((yield* classify(port, 0)) !== 'packet') return 'There is no CD drive.';
  const interrupts = new ApicInterrupts(cpu);
  const driver = new AtapiDriver({ port, interrupts, table: pages.page(), page: pages.page() });
  const identity = yield* driver.identify();
  if (!identity) return 'The CD drive does not say who it is.';
  yield* driver.attach();
  yield* driver.setMode(XFER.MW_DMA_2);
  const disc = new AtapiDisc(driver, { dma: site.dma, page: pages.page() });
  if (!(yield* disc.open())) return `${identity.model}: no disc`;
  const onRead = (lba: number, sectors: number): void => watch.discRead(lba, sectors, buffer);
  const media = { cpu, disk: disc, buffer, onRead };
  const opened = yield* readMedia(media, openFileSystem(wholeDisk(disc.sectors)));
  if (!opened.ok) return `${identity.model}: ${opened.problem.message}`;
  let bytes = 0;
  for (const path of paths) {
    const read = yield* readMedia(media, readPath(opened.value, path));
    if (!read.ok) return `${identity.model}: ${read.problem.message}`;
    watch.discFile(path, read.value);
    bytes += read.value.length;
  }
  return `${identity.model}: ${opened.value.label}, ${bytes} bytes read`;
}
