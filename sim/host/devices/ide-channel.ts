/**
 * One cable: two drives that share a task file, a bus master, an interrupt line and the enlightened INT13 port.
 *
 * Writes reach both drives, reads come from the selected one. Drive 0 answers for an absent drive 1 (with status 0: not selected);
 * a cable without the drive it needs reads 7Fh, because nothing pulls bit 7 up.
 *
 * Sources: ATA/ATAPI-6 (single device configurations); OpenVMM vm/devices/storage/ide/src/lib.rs.
 */
import { invariant } from '../../core/errors.ts';
import { ATA_CMD, ATA_CONTROL, ATA_REG, ATA_STATUS_NO_DEVICE } from '../../wire/ata.ts';
import { IDE_CHANNELS } from '../../wire/ports.ts';
import { AtapiDrive, type PacketDriveOptions } from './atapi-drive.ts';
import type { DeviceHost } from './device-host.ts';
import type { CableDevice, SavedDrive } from './ide-device.ts';
import { BusMaster } from './ide-dma.ts';
import { type DriveOptions, IdeDrive } from './ide-drive.ts';
import { Int13 } from './ide-int13.ts';
import type { BusMasterState, ChannelState } from './ide-state.ts';

/** What a cable without drives returns for data: ones, except bit 7 of the data bus. A drive without data returns zeros. */
const FLOATING_DATA = 0xffff_ff7f;

/** Drives 0 and 1 of a cable. */
export type CableOptions = readonly [
  (DriveOptions | PacketDriveOptions)?,
  (DriveOptions | PacketDriveOptions)?,
];

/** A cable as it is saved. */
export type SavedChannel = {
  readonly selected: number;
  readonly control: number;
  readonly busMaster: BusMasterState;
  readonly drives: readonly [SavedDrive | undefined, SavedDrive | undefined];
};

/** A cable with its drives, as the ports of the controller reach it. */
export class IdeChannel {
  readonly state: ChannelState;
  readonly busMaster: BusMaster;
  readonly int13: Int13;
  readonly drives: readonly [CableDevice | undefined, CableDevice | undefined];
  readonly #host: DeviceHost;
  readonly #irq: number;
  /** Who answers reads: the selected drive, or drive 0 for an absent drive 1. */
  #answering: CableDevice | undefined;
  #line = false;
  /** Bytes of the open buffer that single accesses have moved. */
  #singly = 0;

  constructor(number: number, cable: CableOptions, host: DeviceHost) {
    this.#host = host;
    this.#irq = IDE_CHANNELS[number].irq;
    this.busMaster = new BusMaster(host);
    const settle = () => this.settle();
    const attach = (device: 0 | 1) => {
      const options = cable[device];
      if (options === undefined) return undefined;
      const plug = { device, host, settle };
      if ('packet' in options) return new AtapiDrive(options, plug);
      return new IdeDrive(options, number, plug);
    };
    this.drives = [attach(0), attach(1)];
    this.state = {
      selected: 0,
      control: 0,
      busMaster: this.busMaster.state,
      drives: [this.drives[0]?.state, this.drives[1]?.state],
      int13: undefined,
    };
    this.int13 = new Int13(host, this);
    this.#answering = this.drives[0];
  }

  /** True when the selected drive exists. */
  get present(): boolean {
    return this.drives[this.state.selected] !== undefined;
  }

  /** The selected drive; only when {@link present}. */
  get drive(): CableDevice {
    return this.drives[this.state.selected] as CableDevice;
  }

  /** The packet drive at a device number, if one is there. */
  packetDrive(device: 0 | 1): AtapiDrive | undefined {
    const drive = this.drives[device];
    return drive instanceof AtapiDrive ? drive : undefined;
  }

  /** Status without side effects: the alternate status register. */
  get currentStatus(): number {
    return this.#answering ? this.#answering.status : ATA_STATUS_NO_DEVICE;
  }

  /** The cable and its drives, copied. Not while a file I/O or an enlightened command is open. */
  save(): SavedChannel {
    const { selected, control, busMaster, int13 } = this.state;
    const open = int13 !== undefined || this.drives.some((drive) => drive?.state.mediaBusy);
    invariant(!open, 'an IDE drive at work cannot be saved');
    return {
      selected,
      control,
      busMaster: { ...busMaster },
      drives: [this.drives[0]?.save(), this.drives[1]?.save()],
    };
  }

  /** Puts back what {@link save} gave. The line was raised then, if it was: nobody is told again. */
  load({ selected, control, busMaster, drives }: SavedChannel): void {
    this.state.control = control;
    Object.assign(this.state.busMaster, busMaster);
    for (const [i, saved] of drives.entries()) if (saved) this.drives[i]?.load(saved);
    this.#select(selected);
    this.#line = this.#level;
  }

  powerOn(): void {
    for (const drive of this.drives) drive?.powerOn();
    this.busMaster.powerOn();
    this.int13.powerOn();
    this.state.control = 0;
    this.#select(0);
    this.settle();
  }

  /** Reads the status register, which withdraws the interrupt. */
  acknowledge(): number {
    const status = this.#answering ? this.#answering.acknowledge() : ATA_STATUS_NO_DEVICE;
    this.#updateLine();
    return status;
  }

  readRegister(register: number): number {
    if (register === ATA_REG.STATUS) return this.acknowledge();
    return this.#answering ? this.#answering.readRegister(register) : ATA_STATUS_NO_DEVICE;
  }

  writeRegister(register: number, value: number): void {
    if (register === ATA_REG.CMD) {
      this.command(value);
      return;
    }
    if (register === ATA_REG.DEVICE) this.#select((value >> 4) & 1);
    this.drives[0]?.writeRegister(register, value);
    this.drives[1]?.writeRegister(register, value);
    if (register === ATA_REG.DEVICE) this.settle();
  }

  writeControl(value: number): void {
    this.state.control = value & ~ATA_CONTROL.SRST;
    this.drives[0]?.writeControl(value);
    this.drives[1]?.writeControl(value);
    if (value & ATA_CONTROL.SRST) this.writeRegister(ATA_REG.DEVICE, 0);
    this.settle();
  }

  command(opcode: number): void {
    this.drives[0]?.command(opcode);
    this.drives[1]?.command(opcode);
    // The diagnostic leaves drive 0 selected.
    if (opcode === ATA_CMD.EDD) this.#select(0);
    this.settle();
  }

  /** One access to the data port. The common case, bytes that are there, does nothing else. */
  dataIn(width: number): number {
    const s = this.#answering?.state;
    if (s === undefined || s.transfer !== 'pio-in' || s.length - s.position < width)
      return this.#oddDataIn(width);
    const { buffer, position } = s;
    let value = buffer[position];
    if (width > 1) value |= buffer[position + 1] << 8;
    if (width > 2) value = (value | (buffer[position + 2] << 16) | (buffer[position + 3] << 24)) >>> 0;
    this.#singly += width;
    if (position + width === s.length) this.#advance(width);
    else s.position = position + width;
    return value;
  }

  dataOut(width: number, value: number): void {
    const s = this.#answering?.state;
    if (s === undefined || s.transfer !== 'pio-out') return;
    const { buffer, position } = s;
    const bytes = Math.min(width, s.length - position);
    for (let i = 0; i < bytes; i++) buffer[position + i] = value >>> (8 * i);
    this.#singly += bytes;
    if (position + bytes === s.length) this.#advance(bytes);
    else s.position = position + bytes;
  }

  /**
   * REP INS of `bytes` bytes to guest memory at `gpa`, which is all RAM. What the buffer does not hold reads as zero (or as a floating
   * bus), as the single accesses would: the next block is not there before the host's disk has answered.
   */
  dataInString(gpa: number, bytes: number): void {
    const { memory } = this.#host;
    const s = this.#answering?.state;
    const ready = s !== undefined && s.transfer === 'pio-in' ? Math.min(bytes, s.length - s.position) : 0;
    if (s !== undefined && ready > 0) {
      memory.u8.set(s.buffer.subarray(s.position, s.position + ready), gpa);
      this.#advance(ready);
    }
    if (ready < bytes) memory.u8.fill(s === undefined ? 0xff : 0, gpa + ready, gpa + bytes);
  }

  /** REP OUTS of `bytes` bytes from guest memory at `gpa`, which is all RAM. Bytes beyond the open buffer are lost. */
  dataOutString(gpa: number, bytes: number): void {
    const s = this.#answering?.state;
    if (s === undefined || s.transfer !== 'pio-out') return;
    const taken = Math.min(bytes, s.length - s.position);
    s.buffer.set(this.#host.memory.u8.subarray(gpa, gpa + taken), s.position);
    this.#advance(taken);
  }

  /** After a change: moves DMA data, completes an INT13 command, and drives the interrupt line. */
  settle(): void {
    if (this.present) this.busMaster.run(this.drive);
    this.int13.poll();
    this.#updateLine();
  }

  #select(device: number): void {
    this.state.selected = device;
    this.#answering = this.drives[device] ?? this.drives[0];
  }

  #advance(bytes: number): void {
    if (this.#singly > 0) this.#host.copied('pio', this.#singly);
    this.#singly = 0;
    this.#answering?.advance(bytes);
    this.settle();
  }

  /** Nothing to read, or a wide access over the end of the buffer: takes the bytes that there are. */
  #oddDataIn(width: number): number {
    const s = this.#answering?.state;
    if (s === undefined) return width === 4 ? FLOATING_DATA : FLOATING_DATA & (2 ** (8 * width) - 1);
    if (s.transfer !== 'pio-in') return 0;
    let value = 0;
    const bytes = s.length - s.position;
    for (let i = 0; i < bytes; i++) value |= s.buffer[s.position + i] << (8 * i);
    this.#singly += bytes;
    this.#advance(bytes);
    return value >>> 0;
  }

  get #level(): boolean {
    return this.drives[0]?.interrupt === true || this.drives[1]?.interrupt === true;
  }

  #updateLine(): void {
    const level = this.#level;
    if (level === this.#line) return;
    this.#line = level;
    if (level) this.busMaster.latchInterrupt();
    this.#host.line(this.#irq, level);
  }
}
