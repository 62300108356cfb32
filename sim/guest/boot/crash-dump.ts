/**
 * A crash dump: with interrupts off, by polling, whoever had the disk before. Over the emulated controller it relies on nothing that the
 * crashed kernel has kept: the drive needs a reset and eight registers. So does Linux' second kernel where it is started with
 * `prefer_ms_hyperv=0`. The other road is a reserved channel (`reserved-dump.ts`); a machine of generation 2 has no other.
 *
 * Source: Microsoft, "Kernel dump on Linux virtual machines on Hyper-V" (prefer_ms_hyperv=0 for the second kernel).
 */
import type { Program } from '../../core/program.ts';
import { AtaBios } from '../drivers/ata-bios.ts';
import type { AtaPort } from '../drivers/ata-port.ts';
import { softReset } from '../drivers/ata-probe.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { SectorRun } from './answer.ts';
import { type BootSite, NotedDriver } from './boot-site.ts';

const SECTOR_BYTES = 512;
/** Sectors of one command. */
const PIECE = 128;

/** Writes `sectors` sectors of guest memory from `gpa` to `run`. Returns how many the drive took. */
export function* writeDump(
  site: BootSite,
  port: AtaPort,
  capacity: number,
  run: SectorRun,
  gpa: number,
  sectors: number,
): Program<number> {
  const { cpu, drive } = site;
  cpu.cli();
  yield* softReset(port);
  const bios = new AtaBios({ port, mode: 'polled', device: drive.device, sectors: capacity });
  yield* bios.attach();
  return yield* writeDumpTo(site, bios, run, gpa, sectors);
}

/** Writes `sectors` sectors of guest memory from `gpa` to `run`, by whatever polls. Returns how many the disk took. */
export function* writeDumpTo(
  site: BootSite,
  disk: BlockDriver,
  run: SectorRun,
  gpa: number,
  sectors: number,
): Program<number> {
  site.claim('dump');
  const driver = new NotedDriver(site, 'dump', disk);
  const wanted = Math.min(sectors, run.sectors);
  let done = 0;
  while (done < wanted) {
    const count = Math.min(PIECE, wanted - done);
    const { kind } = yield* driver.write(run.lba + done, count, gpa + done * SECTOR_BYTES);
    if (kind !== 'ok') break;
    done += count;
  }
  yield* driver.flush();
  return done;
}
