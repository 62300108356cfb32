/**
 * The bus-master half of an IDE channel: command, status and table registers, and the copy between the drive's buffer and guest
 * memory along the descriptor (PRD) table.
 *
 * The copy is made by the worker process: guest pages are mapped there, so DMA costs the guest no intercept.
 *
 * Sources: Intel 82371AB (PIIX4) data sheet §2.7; OpenVMM vm/devices/storage/ide/src/lib.rs (table shorter than the transfer, errors).
 */
import { ATA_DMA, ATA_PRD_SZ, type PrdEntry, readPrd } from '../../wire/ata.ts';
import type { DeviceHost } from './device-host.ts';
import type { CableDevice } from './ide-device.ts';
import { type BusMasterState, powerOnBusMaster } from './ide-state.ts';

/** Status bits that the guest may set freely: "drive 0/1 is set up for DMA". */
const CAPABLE = ATA_DMA.DRIVE0_CAPABLE | ATA_DMA.DRIVE1_CAPABLE;
/** Status bits that a written 1 clears. */
const WRITE_ONE_TO_CLEAR = ATA_DMA.ERR | ATA_DMA.INTR;
/** The upper half of the table pointer as a 16-bit register. */
const TABLE_HIGH = ATA_DMA.TABLE_OFS + 2;

/** Bus master of one channel. */
export class BusMaster {
  readonly state: BusMasterState = powerOnBusMaster();
  readonly #host: DeviceHost;

  constructor(host: DeviceHost) {
    this.#host = host;
  }

  powerOn(): void {
    Object.assign(this.state, powerOnBusMaster());
  }

  /** A register by its offset in the channel's eight ports; other offsets read as zero. */
  read(offset: number): number {
    const s = this.state;
    switch (offset) {
      case ATA_DMA.CMD:
        return s.command;
      case ATA_DMA.STATUS:
        return s.active ? s.status | ATA_DMA.ACTIVE : s.status;
      case ATA_DMA.TABLE_OFS:
        return s.table;
      case TABLE_HIGH:
        return s.table >>> 16;
      default:
        return 0;
    }
  }

  write(offset: number, width: number, value: number): void {
    const s = this.state;
    switch (offset) {
      case ATA_DMA.CMD:
        this.#writeCommand(value);
        break;
      case ATA_DMA.STATUS:
        s.status = ((s.status & ~CAPABLE) | (value & CAPABLE)) & ~(value & WRITE_ONE_TO_CLEAR);
        break;
      case ATA_DMA.TABLE_OFS:
        if (width === 4) s.table = (value & 0xffff_fffc) >>> 0;
        else if (width === 2) s.table = ((s.table & 0xffff_0000) | (value & 0xfffc)) >>> 0;
        break;
      case TABLE_HIGH:
        if (width === 2) s.table = ((s.table & 0xffff) | (value << 16)) >>> 0;
        break;
    }
  }

  /** The drive's interrupt line rose. */
  latchInterrupt(): void {
    this.state.status |= ATA_DMA.INTR;
  }

  /**
   * Moves as much as the drive's open buffer and the table allow. Nothing moves while the engine is stopped, while the drive has no
   * DMA buffer, or while the two disagree about the direction.
   */
  run(drive: CableDevice): void {
    const s = this.state;
    const d = drive.state;
    const direction = s.command & ATA_DMA.WR ? 'dma-in' : 'dma-out';
    while (s.active && d.transfer === direction) {
      if (s.left === 0 && !this.#nextDescriptor(drive)) return;
      const bytes = Math.min(s.left, d.length - d.position);
      if (!this.#move(drive, bytes)) {
        this.#error(drive);
        return;
      }
      s.address += bytes;
      s.left -= bytes;
      s.active = s.left > 0 || !s.last;
      if (s.active) drive.advance(bytes);
      else drive.endTransfer(bytes);
    }
  }

  /** Start and direction. The direction cannot change while the engine runs; clearing start stops it where it is. */
  #writeCommand(value: number): void {
    const s = this.state;
    const start = value & ATA_DMA.START;
    if (s.command & ATA_DMA.START) {
      s.command = start | (s.command & ATA_DMA.WR);
      if (!start) s.active = false;
      return;
    }
    s.command = value & (ATA_DMA.START | ATA_DMA.WR);
    if (start) Object.assign(s, { active: true, next: 0, left: 0, last: false });
  }

  /** Fetches the next descriptor. The table pointer wraps at 4 GiB, where no RAM answers. */
  #nextDescriptor(drive: CableDevice): boolean {
    const s = this.state;
    const at = (s.table + ATA_PRD_SZ * s.next) % 2 ** 32;
    const { memory } = this.#host;
    if (!memory.valid(at, ATA_PRD_SZ)) {
      this.#error(drive);
      return false;
    }
    const entry: PrdEntry = readPrd(memory.view, at);
    s.address = entry.base;
    s.left = entry.bytes;
    s.last = entry.endOfTable;
    s.next++;
    return true;
  }

  /** Copies between buffer and guest memory; false when the memory is not there (or not writable). */
  #move(drive: CableDevice, bytes: number): boolean {
    const { buffer, position } = drive.state;
    const { memory } = this.#host;
    const { address } = this.state;
    if (drive.state.transfer === 'dma-in')
      return memory.write(address, buffer.subarray(position, position + bytes));
    if (!memory.valid(address, bytes)) return false;
    buffer.set(memory.u8.subarray(address, address + bytes), position);
    return true;
  }

  /** Guest memory did not answer: error bit, engine stopped, and the drive ends its command so that the guest hears of it. */
  #error(drive: CableDevice): void {
    this.state.status |= ATA_DMA.ERR;
    this.state.active = false;
    this.#host.note('ide.dma-error', this.state.address, this.state.left);
    drive.abortTransfer();
  }
}
