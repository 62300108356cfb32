/**
 * A device as a guest's kernel keeps it: who found it, which ids it has, which driver has it, and what hangs behind it.
 */
import type { VmbusChannel } from '../drivers/vmbus-channel.ts';
import type { InstalledDriver } from './drivers.ts';
import { versionText } from './drivers.ts';
import { PC_ID, type SystemFamily } from './pc-drivers.ts';

/**
 * `waits`: its driver can only begin at the next start. `refused`: the driver tried and the other side would not. `left-alone`: there is a
 * driver, which keeps away because another one serves the same disk.
 */
export type DeviceState = 'working' | 'no-driver' | 'waits' | 'refused' | 'left-alone';

/** Whether a part of a PC is imitated, or the device is a channel of VMBus and never was anything else. */
export type DeviceKind = 'emulated' | 'synthetic';

/** One device. */
export class Device {
  readonly kind: DeviceKind;
  /** Best first. */
  readonly ids: readonly string[];
  /** What it says of itself, or the bus of it. */
  readonly says: string;
  readonly children: Device[] = [];
  /** The channel behind an offer. */
  readonly channel: VmbusChannel | undefined;
  driver: InstalledDriver | undefined;
  /** A driver above its own one. */
  filter: InstalledDriver | undefined;
  state: DeviceState = 'no-driver';

  constructor(kind: DeviceKind, ids: readonly string[], says: string, channel?: VmbusChannel) {
    this.kind = kind;
    this.ids = ids;
    this.says = says;
    this.channel = channel;
  }

  /** This one and all behind it, parents before children. */
  *all(depth = 0): Generator<{ readonly device: Device; readonly depth: number }, void, void> {
    yield { device: this, depth };
    for (const child of this.children) yield* child.all(depth + 1);
  }
}

/** How requests for a device's data travel now. */
export type DeviceRoad = 'ports' | 'VMBus' | 'VMBus, by the filter' | 'none';

/** A line of a device manager. */
export interface TreeRow {
  /** 0 for the root. */
  readonly depth: number;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly id: string;
  /** Name and version of the driver, with the filter above it; empty when there is none. */
  readonly driver: string;
  readonly road: DeviceRoad;
  readonly state: DeviceState;
}

/** The tree as a device manager shows it. `diverted` are disks whose filter sends requests to VMBus. */
export function deviceTree(root: Device, family: SystemFamily, diverted: ReadonlySet<Device>): TreeRow[] {
  return [...root.all()].map(({ device, depth }) => ({
    depth,
    name: nameOf(device, family),
    kind: device.kind,
    id: device.ids[0],
    driver: driverOf(device),
    road: roadOf(device, diverted),
    state: device.state,
  }));
}

function nameOf({ driver, ids, says, kind, state }: Device, family: SystemFamily): string {
  if (state === 'left-alone') return diskName(says, kind, family);
  if (!driver) return ids[0] === PC_ID.VMBUS ? 'Unknown device' : `Unknown device (${says})`;
  if (driver.driver.role === 'disk') return diskName(says, kind, family);
  return driver.driver.title ?? `${driver.driver.id} (name in the device manager not known)`;
}

/** Windows puts its own words behind what the disk says of itself; the others show it as it is. */
function diskName(says: string, kind: DeviceKind, family: SystemFamily): string {
  if (family !== 'windows') return says;
  return kind === 'emulated' ? `${says} ATA Device` : `${says} SCSI Disk Device`;
}

function driverOf({ driver, filter }: Device): string {
  const text = (one: InstalledDriver | undefined): string[] =>
    one ? [`${one.driver.id} ${versionText(one.version)}`.trim()] : [];
  return [...text(filter), ...text(driver)].join(' over ');
}

function roadOf(device: Device, diverted: ReadonlySet<Device>): DeviceRoad {
  if (device.state !== 'working') return 'none';
  if (device.kind === 'synthetic') return 'VMBus';
  return diverted.has(device) ? 'VMBus, by the filter' : 'ports';
}
