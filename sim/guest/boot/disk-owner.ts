/**
 * Who may send data commands to which drive: the rule on which a disk with two roads stands or falls.
 *
 * Two drivers that are bound to the same disk see two disks with the same content. Each keeps what it has read and writes back what it has
 * changed, and neither hears of the other. So at any time one owner at most may read or write a drive; commands that move no data of
 * the disk (IDENTIFY, power) are free.
 *
 * Drivers claim and release here, and note every data command. What breaks the rule is written down, not prevented: a machine does
 * not prevent it either.
 */

/** A drive of the emulated controller, which is also what an accelerator stands for. */
export interface DriveAddress {
  readonly channel: 0 | 1;
  readonly device: 0 | 1;
}

/** Who can own a disk: the firmware, the ATA driver, storvsc, the program that writes a crash dump. */
export type DiskUser = 'firmware' | 'ata' | 'storvsc' | 'dump';

/**
 * A breach of the rule. `second-owner`: claimed while it had one. `not-owner`: data moved by one who had not claimed it. `in-flight`: given up
 * while requests of the old owner were still under way.
 */
export interface OwnerBreach {
  readonly kind: 'second-owner' | 'not-owner' | 'in-flight';
  readonly drive: DriveAddress;
  readonly user: DiskUser;
  /** Who owned the drive then. */
  readonly owners: readonly DiskUser[];
}

/** A drive changes hands. `undefined`: it has no owner now. */
export interface OwnerChange {
  readonly drive: DriveAddress;
  readonly owner: DiskUser | undefined;
}

/** The owners of all drives of one machine. */
export class DiskOwners {
  readonly breaches: OwnerBreach[] = [];
  /** Every claim and release in order. */
  readonly changes: OwnerChange[] = [];
  /** Data commands by who sent them. */
  readonly commands = new Map<DiskUser, number>();
  private readonly owners = new Map<number, DiskUser[]>();

  /** Who owns a drive now: nobody, one, or, where the rule is broken, several. */
  of(drive: DriveAddress): readonly DiskUser[] {
    return this.owners.get(keyOf(drive)) ?? [];
  }

  /** Becomes an owner. A breach when there is another one. */
  claim(drive: DriveAddress, user: DiskUser): void {
    const owners = [...this.of(drive)];
    if (owners.includes(user)) return;
    if (owners.length > 0) this.breaches.push({ kind: 'second-owner', drive, user, owners });
    this.owners.set(keyOf(drive), [...owners, user]);
    this.changes.push({ drive, owner: user });
  }

  /** Owns it no more. A breach while `inFlight` requests of this owner have not been answered. */
  release(drive: DriveAddress, user: DiskUser, inFlight = 0): void {
    if (inFlight > 0) this.breaches.push({ kind: 'in-flight', drive, user, owners: this.of(drive) });
    const owners = this.of(drive).filter((owner) => owner !== user);
    if (owners.length === this.of(drive).length) return;
    this.owners.set(keyOf(drive), owners);
    this.changes.push({ drive, owner: owners[0] });
  }

  /** A data command goes to the drive. A breach when its sender does not own it. */
  command(drive: DriveAddress, user: DiskUser): void {
    this.commands.set(user, (this.commands.get(user) ?? 0) + 1);
    const owners = this.of(drive);
    if (!owners.includes(user)) this.breaches.push({ kind: 'not-owner', drive, user, owners });
  }

  /** True when the rule held so far. */
  get held(): boolean {
    return this.breaches.length === 0;
  }
}

const keyOf = ({ channel, device }: DriveAddress): number => 2 * channel + device;
