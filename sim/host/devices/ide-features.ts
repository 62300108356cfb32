/**
 * SET FEATURES: the subcommands that a hard disk without power management knows. Source: ATA/ATAPI-6, SET FEATURES.
 */
import { SETFEATURES, XFER } from '../../wire/ata.ts';
import type { DriveState } from './ide-state.ts';

/** Transfer mode codes: PIO default 00-01, PIO 08-0C, single word DMA 10-12, multiword DMA 20-22. Ultra DMA is not offered. */
function knowsMode(mode: number): boolean {
  const number = mode & 7;
  switch (mode & 0xf8) {
    case 0x00:
      return number <= 1;
    case 0x08:
      return number <= 4;
    case 0x10:
    case 0x20:
      return number <= 2;
    default:
      return false;
  }
}

/** Carries out the subcommand in the features register; false means that the drive does not know it. */
export function setFeature(state: DriveState): boolean {
  const mode = state.count & 0xff;
  switch (state.features) {
    case SETFEATURES.WC_ON:
    case SETFEATURES.WC_OFF:
      state.writeCache = state.features === SETFEATURES.WC_ON;
      return true;
    case SETFEATURES.RA_ON:
    case SETFEATURES.RA_OFF:
      state.lookAhead = state.features === SETFEATURES.RA_ON;
      return true;
    case SETFEATURES.XFER:
      if (!knowsMode(mode)) return false;
      // A PIO mode leaves the selected DMA mode alone.
      if (mode > XFER.PIO_4) state.transferMode = mode;
      return true;
    default:
      return false;
  }
}
