/**
 * The task file of a drive: reading and writing its registers, the composed status, and addresses in their three forms.
 *
 * Source: ATA/ATAPI-6 (register descriptions, 28-bit and 48-bit addressing, HOB); OpenVMM
 * vm/devices/storage/ide/src/drive/hard_drive.rs (how Hyper-V composes the status).
 */
import { ATA_CONTROL, ATA_DEVICE, ATA_REG, ATA_STATUS } from '../../wire/ata.ts';
import type { ChsGeometry } from '../../wire/vhd.ts';
import type { DriveState } from './ide-state.ts';

/** Sectors that 28 address bits reach. */
const LBA28_SECTORS = 0x0fff_ffff;

/** The status byte of a selected drive. DSC is always set: these heads never move. */
export function composeStatus(state: DriveState): number {
  let status: number = ATA_STATUS.DSC;
  if (state.resetPending) status |= ATA_STATUS.BUSY;
  else if (state.transfer !== 'none') status |= ATA_STATUS.DRDY | ATA_STATUS.DRQ;
  else if (state.opcode !== 0) status |= ATA_STATUS.BUSY;
  else status |= ATA_STATUS.DRDY;
  return state.failed ? status | ATA_STATUS.ERR : status;
}

/** Bit DEV of the device register: 0 or 1. */
export function selectedDevice(state: DriveState): number {
  return (state.deviceHead >> 4) & 1;
}

/** A task-file register other than data and status. HOB selects the previous byte of the 16-bit ones. */
export function readTaskFile(state: DriveState, register: number): number {
  const shift = state.control & ATA_CONTROL.HOB ? 8 : 0;
  switch (register) {
    case ATA_REG.ERR:
      return state.error;
    case ATA_REG.NSECT:
      return (state.count >> shift) & 0xff;
    case ATA_REG.LBAL:
      return (state.lbaLow >> shift) & 0xff;
    case ATA_REG.LBAM:
      return (state.lbaMid >> shift) & 0xff;
    case ATA_REG.LBAH:
      return (state.lbaHigh >> shift) & 0xff;
    default:
      return state.deviceHead;
  }
}

/** Writes one of the same registers: the 16-bit ones keep the old byte as the previous one. Clears HOB. */
export function writeTaskFile(state: DriveState, register: number, value: number): void {
  state.control &= ~ATA_CONTROL.HOB;
  switch (register) {
    case ATA_REG.FEATURE:
      state.features = value;
      break;
    case ATA_REG.NSECT:
      state.count = push(state.count, value);
      break;
    case ATA_REG.LBAL:
      state.lbaLow = push(state.lbaLow, value);
      break;
    case ATA_REG.LBAM:
      state.lbaMid = push(state.lbaMid, value);
      break;
    case ATA_REG.LBAH:
      state.lbaHigh = push(state.lbaHigh, value);
      break;
    default:
      state.deviceHead = value;
  }
}

function push(register: number, value: number): number {
  return ((register << 8) | value) & 0xffff;
}

/** The values by which a guest recognises a hard disk after a reset or a diagnostic. */
export function writeSignature(state: DriveState): void {
  state.count = 1;
  state.lbaLow = 1;
  state.lbaMid = 0;
  state.lbaHigh = 0;
  state.deviceHead = 0;
  state.error = 1;
}

function usesLba(state: DriveState): boolean {
  return (state.deviceHead & ATA_DEVICE.LBA) !== 0;
}

/** The sector that the registers name, or -1 when they name none (sector 0 of a track; no LBA bit in a 48-bit command). */
export function addressOf(state: DriveState, lba48: boolean, geometry: ChsGeometry): number {
  const { lbaLow, lbaMid, lbaHigh } = state;
  const low24 = (lbaLow & 0xff) | ((lbaMid & 0xff) << 8) | ((lbaHigh & 0xff) << 16);
  if (lba48) {
    if (!usesLba(state)) return -1;
    const high24 = (lbaLow >> 8) | (lbaMid & 0xff00) | ((lbaHigh >> 8) << 16);
    return high24 * 0x100_0000 + low24;
  }
  const head = state.deviceHead & 0x0f;
  if (usesLba(state)) return low24 + head * 0x100_0000;
  const sector = lbaLow & 0xff;
  if (sector === 0) return -1;
  const cylinder = (lbaMid & 0xff) | ((lbaHigh & 0xff) << 8);
  return (cylinder * geometry.heads + head) * geometry.sectorsPerTrack + sector - 1;
}

/** Sectors that the command's form of address can reach on a disk of `sectors` sectors. */
export function reachOf(state: DriveState, lba48: boolean, geometry: ChsGeometry, sectors: number): number {
  if (lba48) return sectors;
  if (usesLba(state)) return Math.min(sectors, LBA28_SECTORS);
  return Math.min(sectors, geometry.cylinders * geometry.heads * geometry.sectorsPerTrack);
}

/** Puts an address back in the registers, in the form that the command used: the guest reads there how far it came. */
export function seek(state: DriveState, lba48: boolean, geometry: ChsGeometry, lba: number): void {
  if (!lba48 && !usesLba(state)) {
    seekTrack(state, geometry, lba);
    return;
  }
  const low24 = lba % 0x100_0000;
  const high24 = Math.floor(lba / 0x100_0000);
  state.lbaLow = low24 & 0xff;
  state.lbaMid = (low24 >> 8) & 0xff;
  state.lbaHigh = (low24 >> 16) & 0xff;
  if (!lba48) {
    state.deviceHead = (state.deviceHead & 0xf0) | (high24 & 0x0f);
    return;
  }
  state.lbaLow |= (high24 & 0xff) << 8;
  state.lbaMid |= high24 & 0xff00;
  state.lbaHigh |= (high24 >> 8) & 0xff00;
}

function seekTrack(state: DriveState, geometry: ChsGeometry, lba: number): void {
  const track = Math.floor(lba / geometry.sectorsPerTrack);
  const cylinder = Math.floor(track / geometry.heads);
  state.lbaLow = (lba % geometry.sectorsPerTrack) + 1;
  state.lbaMid = cylinder & 0xff;
  state.lbaHigh = (cylinder >> 8) & 0xff;
  state.deviceHead = (state.deviceHead & 0xf0) | (track % geometry.heads);
}
