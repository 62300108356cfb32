/**
 * The disc in a drive: which one, tray, lock, and what the guest has not been told yet.
 *
 * A drive that got another disc owes its guest two things: UNIT ATTENTION as the answer to the next command that is no question about the
 * drive itself, and a media event to whoever polls for events. A guest that missed them would go on with the old disc's directory.
 *
 * Sources: MMC-6 §6.7 (events), SPC-4 §5.14 (unit attention). OpenVMM's drive (scsidvd/mod.rs) tells by the event alone.
 */

import { MEDIA_EVENT } from '../../wire/mmc.ts';
import { ASC } from '../../wire/scsi.ts';
import type { Disk } from '../backends/disk.ts';

/** What a drive remembers of its disc besides the disc itself, as plain data. */
export interface MediumState {
  tray: 'open' | 'closed';
  /** The guest forbids to take it out. */
  locked: boolean;
  /** Additional sense code of the unit attention that waits, 0 for none. */
  attention: number;
  /** Media event that waits, 0 for none. */
  event: number;
}

export class AtapiMedium {
  disc: Disk | undefined;
  readonly state: MediumState;

  constructor(disc: Disk | undefined) {
    this.disc = disc;
    this.state = { tray: 'closed', locked: false, attention: ASC.POWER_ON_OR_RESET, event: MEDIA_EVENT.NONE };
    if (disc) this.state.event = MEDIA_EVENT.NEW_MEDIA;
  }

  /** True when there is a disc to read. */
  get present(): boolean {
    return this.disc !== undefined && this.state.tray === 'closed';
  }

  /** Additional sense code of a drive without one. */
  get absence(): number {
    return this.state.tray === 'open' ? ASC.MEDIUM_NOT_PRESENT_TRAY_OPEN : ASC.MEDIUM_NOT_PRESENT_TRAY_CLOSED;
  }

  /** The host puts a disc in, in place of whatever was there. No lock of the guest keeps the host from it. */
  insert(disc: Disk): void {
    this.disc = disc;
    this.state.tray = 'closed';
    this.state.attention = ASC.NOT_READY_TO_READY_CHANGE;
    this.state.event = MEDIA_EVENT.NEW_MEDIA;
  }

  /** The host, or a guest that may, takes the disc out. */
  remove(): void {
    if (this.disc) this.state.event = MEDIA_EVENT.MEDIA_REMOVAL;
    this.disc = undefined;
    this.state.tray = 'open';
  }

  /** The guest closes the tray. A disc that it has ejected is gone: nobody puts it back (OpenVMM answers the same). */
  close(): void {
    this.state.tray = 'closed';
  }

  /** Power-on or reset of the machine. */
  reset(): void {
    this.state.locked = false;
    this.state.attention = ASC.POWER_ON_OR_RESET;
  }

  /** Takes the unit attention that waits: its additional sense code, 0 for none. */
  takeAttention(): number {
    const { attention } = this.state;
    this.state.attention = 0;
    return attention;
  }

  /** Takes the event that waits. */
  takeEvent(): number {
    const { event } = this.state;
    this.state.event = MEDIA_EVENT.NONE;
    return event;
  }
}
