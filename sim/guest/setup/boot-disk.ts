/**
 * The disk that a guest starts from, as the rest of its system sees it: one disk, whatever road its requests take. What a filter does that
 * sits above the driver of the emulated disk.
 *
 * This one is switched while nothing is in flight. How requests on their way are drained is shown by the experiment `boot-ide-filter`.
 */
import { invariant } from '../../core/errors.ts';
import type { Program } from '../../core/program.ts';
import type { DiskOwners, DriveAddress } from '../boot/disk-owner.ts';
import type { BlockDriver, IoResult } from '../drivers/block.ts';

/** Requests by road. */
export interface RoadCounts {
  ports: number;
  vmbus: number;
}

/** Primary channel, first drive. */
export const BOOT_DRIVE: DriveAddress = { channel: 0, device: 0 };

/** One disk, whoever serves it. */
export class BootDisk implements BlockDriver {
  readonly counts: RoadCounts = { ports: 0, vmbus: 0 };
  private now: BlockDriver;
  private byVmbus: boolean;
  private inFlight = 0;
  private readonly owners: DiskOwners;

  /** `emulated`: the driver that has the disk is the one of the IDE controller. */
  constructor(driver: BlockDriver, emulated: boolean, owners: DiskOwners) {
    this.now = driver;
    this.byVmbus = !emulated;
    this.owners = owners;
    owners.claim(BOOT_DRIVE, this.user);
  }

  get sectors(): number {
    return this.now.sectors;
  }

  /** Which driver owns data requests now. */
  get road(): keyof RoadCounts {
    return this.byVmbus ? 'vmbus' : 'ports';
  }

  /** From here on the accelerator's channel has the disk. */
  divert(accelerator: BlockDriver): void {
    invariant(this.inFlight === 0, 'a disk changes its owner while nothing is in flight');
    this.owners.release(BOOT_DRIVE, this.user);
    this.now = accelerator;
    this.byVmbus = true;
    this.owners.claim(BOOT_DRIVE, this.user);
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.send((driver) => driver.read(lba, sectors, gpa));
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.send((driver) => driver.write(lba, sectors, gpa));
  }

  flush(): Program<IoResult> {
    return this.send((driver) => driver.flush());
  }

  private get user(): 'ata' | 'storvsc' {
    return this.byVmbus ? 'storvsc' : 'ata';
  }

  private *send(request: (driver: BlockDriver) => Program<IoResult>): Program<IoResult> {
    this.counts[this.road]++;
    this.owners.command(BOOT_DRIVE, this.user);
    this.inFlight++;
    const result = yield* request(this.now);
    this.inFlight--;
    return result;
  }
}
