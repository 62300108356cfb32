/**
 * Enlightened INT13: the BIOS of a Hyper-V virtual machine hands over a whole disk command with one OUT instead of programming the
 * task file. The emulator programs it internally, keeps the OUT open until the disk is done, and raises no interrupt.
 *
 * The written value is the guest-physical address of a command block (`wire/int13.ts`).
 * Hard disks take DMA commands only. `result` is written when the command failed: the status byte of the drive. What the block can ask of a CD
 * drive (PACKET, with bytes to skip) is refused here: no firmware of this simulation starts from a disc.
 *
 * Source: OpenVMM vm/devices/storage/ide/src/lib.rs and protocol.rs (`EnlightenedInt13Command`).
 */
import { ATA_CONTROL, ATA_DMA, ATA_REG, ATA_STATUS, ataDataPhase } from '../../wire/ata.ts';
import { INT13, INT13_BLOCK_BYTES, type Int13Block, readInt13 } from '../../wire/int13.ts';
import { SECTOR_BYTES } from '../backends/disk.ts';
import type { Deferral, DeviceHost } from './device-host.ts';
import type { IdeChannel } from './ide-channel.ts';

/** Status reported for a block that cannot be carried out at all. */
const REFUSED = ATA_STATUS.DRDY | ATA_STATUS.ERR;
const BUSY = ATA_STATUS.BUSY | ATA_STATUS.DRQ;

/** True for what a hard disk can do with this block: DMA, whole words, skips within a sector. */
function acceptable(block: Int13Block): boolean {
  const { protocol } = ataDataPhase(block.command);
  return (
    (protocol === 'dma-in' || protocol === 'dma-out') &&
    block.bytes % 2 === 0 &&
    block.skipHead <= SECTOR_BYTES &&
    block.skipTail <= SECTOR_BYTES
  );
}

/** The enlightened INT13 port of one channel. */
export class Int13 {
  readonly #host: DeviceHost;
  readonly #channel: IdeChannel;
  #deferral: Deferral | undefined;

  constructor(host: DeviceHost, channel: IdeChannel) {
    this.#host = host;
    this.#channel = channel;
  }

  powerOn(): void {
    this.#channel.state.int13 = undefined;
    this.#deferral?.complete();
    this.#deferral = undefined;
  }

  /** OUT of 32 bits to the port. Other widths, and blocks that are not in RAM, are ignored: there is nowhere to put a result. */
  out(width: number, value: number): void {
    const at = value >>> 0;
    if (width === 4 && this.#host.memory.valid(at, INT13_BLOCK_BYTES)) this.#accept(at);
    else this.#host.note('ide.ignored', at, width);
  }

  /** Called after every change: completes the open OUT once the drive is neither busy nor waiting for data. */
  poll(): void {
    const pending = this.#channel.state.int13;
    if (pending === undefined || this.#channel.currentStatus & BUSY) return;
    this.#channel.state.int13 = undefined;
    this.#channel.busMaster.write(ATA_DMA.CMD, 1, 0);
    const status = this.#channel.acknowledge();
    if (status & ATA_STATUS.ERR) this.#result(pending.block, status);
    this.#channel.writeControl(pending.control);
    this.#deferral?.complete();
    this.#deferral = undefined;
  }

  /** Selects the drive and starts, unless a command is in progress or the block asks for what cannot be done. */
  #accept(at: number): void {
    const channel = this.#channel;
    const busy = channel.state.int13 !== undefined || (channel.currentStatus & BUSY) !== 0;
    const block = readInt13(this.#host.memory.view, at);
    this.#host.note('ide.int13', block.command, block.lba);
    if (!busy) channel.writeRegister(ATA_REG.DEVICE, block.device);
    if (busy || !channel.present || !acceptable(block)) this.#result(at, REFUSED);
    else this.#start(at, block);
  }

  /** Programs bus master and task file as the BIOS would have done by ports, interrupts off. */
  #start(at: number, block: Int13Block): void {
    const channel = this.#channel;
    const { control } = channel.state;
    const reading = ataDataPhase(block.command).protocol === 'dma-in';
    // The guest may have left the engine running, and a running engine keeps its direction: this command would wait for ever.
    channel.busMaster.write(ATA_DMA.CMD, 1, 0);
    channel.busMaster.write(ATA_DMA.TABLE_OFS, 4, block.table);
    this.#loadAddress(block);
    channel.writeControl(ATA_CONTROL.NIEN);
    channel.busMaster.write(ATA_DMA.CMD, 1, ATA_DMA.START | (reading ? ATA_DMA.WR : 0));
    channel.command(block.command);
    channel.state.int13 = { block: at, control };
    if (channel.currentStatus & BUSY) this.#deferral = this.#host.defer();
    this.poll();
  }

  #loadAddress(block: Int13Block): void {
    const write = (register: number, value: number) =>
      this.#channel.writeRegister(register, Math.floor(value) & 0xff);
    if (ataDataPhase(block.command).lba48) {
      write(ATA_REG.LBAL, block.lba / 2 ** 24);
      write(ATA_REG.LBAM, block.lba / 2 ** 32);
      write(ATA_REG.LBAH, block.lba / 2 ** 40);
      write(ATA_REG.NSECT, block.sectors >> 8);
    }
    write(ATA_REG.NSECT, block.sectors);
    write(ATA_REG.LBAL, block.lba);
    write(ATA_REG.LBAM, block.lba / 2 ** 8);
    write(ATA_REG.LBAH, block.lba / 2 ** 16);
  }

  #result(at: number, status: number): void {
    this.#host.memory.write(at + INT13.RESULT, Uint8Array.of(status));
  }
}
