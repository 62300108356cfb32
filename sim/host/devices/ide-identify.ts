/**
 * What IDENTIFY DEVICE returns for a virtual hard disk.
 *
 * Sources: ATA/ATAPI-6 (meaning of the words); OpenVMM vm/devices/storage/ide/src/drive/hard_drive.rs (the values of Hyper-V's
 * drive: name "Virtual HD", blank serial number, multiword DMA 2, no Ultra DMA, 48-bit addresses, blocks of up to 128 sectors).
 */

import { XFER } from '../../wire/ata.ts';
import { ATA_ID, buildIdentify } from '../../wire/ata-identify.ts';
import type { ChsGeometry } from '../../wire/vhd.ts';
import { BUFFER_SECTORS, type DriveState } from './ide-state.ts';

/** From this capacity on the default geometry says 16383/16/63. */
const CHS_LIMIT = 0xfc_0000;
const LARGEST: ChsGeometry = { cylinders: 16383, heads: 16, sectorsPerTrack: 63 };
/** Word 84, 87: WRITE DMA FUA EXT and WRITE MULTIPLE FUA EXT. */
const FUA_EXT = 0x40;
/** Words 82, 85: look-ahead. */
const LOOK_AHEAD = 0x40;

/** Fills `state.buffer` with the identity of a disk of `sectors` sectors on IDE channel `channel`. Returns the bytes written. */
export function identify(state: DriveState, channel: number, geometry: ChsGeometry, sectors: number): number {
  const span = geometry.cylinders * geometry.heads * geometry.sectorsPerTrack;
  const bytes = buildIdentify({
    ...(span < CHS_LIMIT ? geometry : LARGEST),
    model: 'Virtual HD',
    serial: '',
    firmware: `1.1.${channel === 0 ? ' 0' : ' 1'}`,
    sectors,
    maxMultiple: BUFFER_SECTORS,
    multiple: state.multiple,
    mwdmaMode: 2,
    udmaMode: -1,
    udmaSelected: -1,
    lba48: true,
    writeCache: true,
  });
  state.buffer.set(bytes);
  putSettings(new DataView(state.buffer.buffer, state.buffer.byteOffset, bytes.length), state);
  return bytes.length;
}

/** The words that follow what SET FEATURES selected. */
function putSettings(view: DataView, state: DriveState): void {
  const set = (word: number, bits: number) =>
    view.setUint16(2 * word, view.getUint16(2 * word, true) | bits, true);
  if (state.transferMode >= XFER.MW_DMA_0) set(ATA_ID.MWDMA_MODES, 0x100 << (state.transferMode & 7));
  set(ATA_ID.COMMAND_SET_1, LOOK_AHEAD);
  set(ATA_ID.COMMAND_SET_2 + 1, FUA_EXT);
  set(ATA_ID.CSF_DEFAULT, FUA_EXT);
  if (state.lookAhead) set(ATA_ID.CFS_ENABLE_1, LOOK_AHEAD);
  if (!state.writeCache) {
    view.setUint16(2 * ATA_ID.CFS_ENABLE_1, view.getUint16(2 * ATA_ID.CFS_ENABLE_1, true) & ~0x20, true);
  }
}
