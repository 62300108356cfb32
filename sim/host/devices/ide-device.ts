/**
 * What hangs on a cable: a disk or a packet device, as its channel and the bus master meet it. Here stands what both do alike: the task file,
 * selection, reset, the status byte, the interrupt.
 */
import { ATA_CMD, ATA_CONTROL, ATA_REG } from '../../wire/ata.ts';
import type { Sense } from '../../wire/scsi-data.ts';
import type { DiskService } from '../backends/service.ts';
import type { MediumState } from './atapi-medium.ts';
import type { DeviceHost, ImageFile } from './device-host.ts';
import { composeStatus, readTaskFile, selectedDevice, writeTaskFile } from './ide-registers.ts';
import type { DriveState, Transfer } from './ide-state.ts';

/** A drive as it is saved: registers and buffer; of a packet drive also sense and what it knows of its disc. */
export type SavedDrive = {
  readonly state: DriveState;
  readonly sense?: Sense;
  readonly medium?: MediumState;
};

/** Where a drive is plugged in. */
export interface Plug {
  /** 0 is the master, 1 the slave. */
  readonly device: number;
  readonly host: DeviceHost;
  /** The channel's: called whenever the drive changed outside an access of the guest. */
  readonly settle: () => void;
}

/** One end of the cable. It hears every register write and answers when it is selected. */
export abstract class CableDevice {
  /** Registers, and the buffer that the data port and the bus master move. */
  readonly state: DriveState;
  protected readonly host: DeviceHost;
  protected readonly device: number;
  protected readonly image: ImageFile;
  private readonly initial: () => DriveState;
  /** File I/Os from before a power-on reset: their completions mean nothing any more. */
  private forgotten = 0;

  /** `initial` makes the registers as they are after power-on; `service` is the file service behind the image. */
  protected constructor(initial: () => DriveState, service: DiskService, { device, host, settle }: Plug) {
    this.initial = initial;
    this.state = initial();
    this.device = device;
    this.host = host;
    this.image = host.openImage(service, () => {
      if (this.forgotten > 0) {
        this.forgotten--;
        return;
      }
      this.state.mediaBusy = false;
      if (this.state.resetPending) this.reset();
      else this.mediaDone();
      settle();
    });
  }

  /** True when the device register names this drive. */
  get selected(): boolean {
    return selectedDevice(this.state) === this.device;
  }

  /** The status byte, without side effects. A drive that is not selected answers 0 when it must speak for an absent one. */
  get status(): number {
    return this.selected ? composeStatus(this.state) : 0;
  }

  /** INTRQ as the cable carries it. */
  get interrupt(): boolean {
    const s = this.state;
    return s.interruptPending && (s.control & ATA_CONTROL.NIEN) === 0 && !s.resetPending && this.selected;
  }

  /** Power-on reset of the whole machine: forgets a file I/O in progress, too. */
  powerOn(): void {
    if (this.state.mediaBusy) this.forgotten++;
    Object.assign(this.state, this.initial());
  }

  /** Everything it remembers, copied; and the way back. The disk behind it is not part of it. */
  save(): SavedDrive {
    return { state: { ...this.state, buffer: this.state.buffer.slice() } };
  }

  load({ state }: SavedDrive): void {
    Object.assign(this.state, state, { buffer: state.buffer.slice() });
  }

  readRegister(register: number): number {
    return readTaskFile(this.state, register);
  }

  writeRegister(register: number, value: number): void {
    const busy = this.selected && this.state.opcode !== 0;
    writeTaskFile(this.state, register, value);
    // Deselected in mid-command: nobody could ever finish that command, so the drive drops it.
    if (register === ATA_REG.DEVICE && busy && !this.selected) {
      this.host.note('ide.ignored', this.state.opcode, value);
      this.reset();
    }
  }

  writeControl(value: number): void {
    this.state.control = value & ~ATA_CONTROL.SRST;
    if (value & ATA_CONTROL.SRST) this.reset();
  }

  /** A byte written to the command register. Drive 0 answers the diagnostic for both, so every drive hears that one. */
  command(opcode: number): void {
    if (!this.selected && opcode !== ATA_CMD.EDD) return;
    const s = this.state;
    if (s.opcode !== 0 || s.resetPending) {
      this.host.note('ide.ignored', opcode, s.opcode);
      return;
    }
    this.host.note('ide.command', opcode, s.count);
    s.failed = false;
    s.error = 0;
    s.interruptPending = false;
    this.execute(opcode);
  }

  /** Reads the status register: the interrupt is withdrawn. */
  acknowledge(): number {
    const { status } = this;
    this.state.interruptPending = false;
    return status;
  }

  /** Moves past bytes of the open buffer that went to or came from the guest, and goes on when it is used up. */
  advance(bytes: number): void {
    const s = this.state;
    s.position += bytes;
    if (s.position === s.length) this.bufferDone();
  }

  /** The last bytes that the bus master's table describes. */
  abstract endTransfer(bytes: number): void;
  /** The bus master could not reach guest memory: the command is aborted. */
  abstract abortTransfer(): void;

  /** A command that the drive takes; error and interrupt are cleared. */
  protected abstract execute(opcode: number): void;
  /** The buffer was emptied by, or filled from, the guest. */
  protected abstract bufferDone(): void;
  /** The host's file I/O is done, and no reset came meanwhile. */
  protected abstract mediaDone(): void;

  /** Opens the buffer for so many bytes. */
  protected open(transfer: Transfer, bytes: number): void {
    const s = this.state;
    s.transfer = transfer;
    s.position = 0;
    s.length = bytes;
  }

  /** Software reset; a file I/O under way is waited for. */
  protected reset(): void {
    const s = this.state;
    if (s.mediaBusy) {
      s.resetPending = true;
      return;
    }
    const { control, deviceHead } = s;
    Object.assign(s, { ...this.initial(), buffer: s.buffer, control });
    // Both drives of a cable must go on agreeing which of them is selected.
    s.deviceHead = deviceHead & 0x10;
  }
}
