/**
 * One hard disk on an IDE channel: the state machine from a command to its interrupt.
 *
 * A data command works block by block. A block is one file I/O of the host: 1 sector for READ/WRITE SECTORS, the SET MULTIPLE count
 * for the MULTIPLE commands, up to 128 sectors for DMA. Reading: file I/O, then the guest (or the bus master) empties the buffer.
 * Writing: the guest fills the buffer, then file I/O. Meanwhile the drive shows DRQ (buffer open) or BSY (file I/O running).
 *
 * Sources: ATA/ATAPI-6 (PIO data-in/out and DMA protocols); OpenVMM vm/devices/storage/ide/src/drive/hard_drive.rs.
 */
import { ATA_CONTROL, ATA_ERROR, ATA_REG } from '../../wire/ata.ts';
import { type ChsGeometry, vhdGeometry } from '../../wire/vhd.ts';
import { type Disk, SECTOR_BYTES } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import type { DeviceHost, ImageFile } from './device-host.ts';
import {
  blockOf,
  COMMANDS,
  type CommandSpec,
  commandOf,
  type IdeQuirks,
  NO_QUIRKS,
  sectorCountOf,
} from './ide-commands.ts';
import type { CableDevice, SavedDrive } from './ide-device.ts';
import { setFeature } from './ide-features.ts';
import { identify } from './ide-identify.ts';
import {
  addressOf,
  composeStatus,
  reachOf,
  readTaskFile,
  seek,
  selectedDevice,
  writeSignature,
  writeTaskFile,
} from './ide-registers.ts';
import { type DriveState, powerOnDrive, type Transfer } from './ide-state.ts';

/** A disk to attach and the file service behind it. */
export interface DriveOptions {
  readonly disk: Disk;
  readonly service: DiskService;
  readonly quirks?: IdeQuirks;
}

/** Error bit of a write that the host's file system refused (ATA-1 "bad block", as Hyper-V's drive answers). */
const BAD_BLOCK = 0x80;
/** What CHECK POWER MODE answers: active or idle. */
const ACTIVE = 0xff;

/** A hard disk at one end of the cable. It hears every register write; it answers when it is selected. */
export class IdeDrive implements CableDevice {
  readonly disk: Disk;
  readonly geometry: ChsGeometry;
  readonly state: DriveState = powerOnDrive();
  readonly #host: DeviceHost;
  readonly #quirks: IdeQuirks;
  readonly #channel: number;
  readonly #device: number;
  readonly #image: ImageFile;
  /** File I/Os from before a power-on reset: their completions mean nothing any more. */
  #forgotten = 0;

  /** `settle` is the channel's: called whenever the drive changed outside an access of the guest. */
  constructor(options: DriveOptions, channel: number, device: number, host: DeviceHost, settle: () => void) {
    this.disk = options.disk;
    this.geometry = vhdGeometry(options.disk.sectors);
    this.#quirks = options.quirks ?? NO_QUIRKS;
    this.#channel = channel;
    this.#device = device;
    this.#host = host;
    this.#image = host.openImage(options.service, () => {
      if (this.#forgotten > 0) {
        this.#forgotten--;
        return;
      }
      this.#mediaDone();
      settle();
    });
  }

  /** True when the device register names this drive. */
  get selected(): boolean {
    return selectedDevice(this.state) === this.#device;
  }

  /** The status byte. A drive that is not selected answers 0 when it must speak for an absent one. */
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
    if (this.state.mediaBusy) this.#forgotten++;
    Object.assign(this.state, powerOnDrive());
  }

  save(): SavedDrive {
    return { state: { ...this.state, buffer: this.state.buffer.slice() } };
  }

  load({ state }: SavedDrive): void {
    Object.assign(this.state, state, { buffer: state.buffer.slice() });
  }

  readRegister(register: number): number {
    return readTaskFile(this.state, register);
  }

  /** Reads the status register: the interrupt is withdrawn. */
  acknowledge(): number {
    const { status } = this;
    this.state.interruptPending = false;
    return status;
  }

  writeRegister(register: number, value: number): void {
    const busy = this.selected && this.state.opcode !== 0;
    writeTaskFile(this.state, register, value);
    // Deselected in mid-command: nobody could ever finish that command, so the drive drops it.
    if (register === ATA_REG.DEVICE && busy && !this.selected) {
      this.#host.note('ide.ignored', this.state.opcode, value);
      this.#reset();
    }
  }

  writeControl(value: number): void {
    this.state.control = value & ~ATA_CONTROL.SRST;
    if (value & ATA_CONTROL.SRST) this.#reset();
  }

  /** A byte written to the command register. */
  command(opcode: number): void {
    const spec = commandOf(opcode, this.#quirks);
    if (!this.selected && spec?.kind !== 'diagnostic') return;
    const s = this.state;
    if (s.opcode !== 0 || s.resetPending) {
      this.#host.note('ide.ignored', opcode, s.opcode);
      return;
    }
    this.#host.note('ide.command', opcode, s.count);
    s.failed = false;
    s.error = 0;
    s.interruptPending = false;
    if (spec) this.#start(spec);
    else this.#fail(ATA_ERROR.ABORTED);
  }

  /** Moves past bytes of the open buffer that went to or came from the guest, and goes on when it is used up. */
  advance(bytes: number): void {
    const s = this.state;
    s.position += bytes;
    if (s.position === s.length) this.#bufferDone();
  }

  /**
   * The last bytes that the bus master's table describes. When the command wanted more it ends here all the same: of a write, the
   * sectors that arrived whole go to the disk.
   */
  endTransfer(bytes: number): void {
    const s = this.state;
    s.position += bytes;
    s.length = s.position;
    const writing = s.transfer === 'dma-out';
    const whole = Math.floor(s.position / SECTOR_BYTES);
    s.remaining = writing ? whole : 0;
    if (writing) s.block = whole;
    if (!writing || whole > 0) {
      this.#bufferDone();
      return;
    }
    this.#host.copied('dma', s.position);
    this.#finish();
  }

  /** The bus master could not reach guest memory: the command is aborted. */
  abortTransfer(): void {
    this.#fail(ATA_ERROR.ABORTED);
  }

  #reset(): void {
    const s = this.state;
    if (s.mediaBusy) {
      s.resetPending = true;
      return;
    }
    const { control, deviceHead } = s;
    Object.assign(s, { ...powerOnDrive(), buffer: s.buffer, control });
    // Both drives of a cable must go on agreeing which of them is selected.
    s.deviceHead = deviceHead & 0x10;
  }

  #start(spec: CommandSpec): void {
    switch (spec.kind) {
      case 'read':
      case 'verify':
      case 'write':
        this.#startTransfer(spec);
        break;
      case 'flush':
        this.state.opcode = spec.opcode;
        this.#media('flush', 0);
        break;
      default:
        this.#answer(spec);
    }
  }

  /** A command that needs no medium: done at once, with an interrupt. */
  #answer(spec: CommandSpec): void {
    const s = this.state;
    // Drive 0 answers the diagnostic for both.
    s.interruptPending = spec.kind !== 'diagnostic' || this.#device === 0;
    switch (spec.kind) {
      case 'identify':
        s.opcode = spec.opcode;
        s.remaining = 0;
        s.position = 0;
        s.length = identify(s, this.#channel, this.geometry, this.disk.sectors);
        s.transfer = 'pio-in';
        break;
      case 'diagnostic':
        writeSignature(s);
        break;
      case 'set-features':
        if (!setFeature(s)) this.#fail(ATA_ERROR.ABORTED);
        break;
      case 'set-multiple':
        s.multiple = multipleOf(s.count & 0xff);
        break;
      case 'initialise-parameters':
        s.maxSector = s.count & 0xff;
        s.maxHead = s.deviceHead & 0x0f;
        break;
      case 'recalibrate':
        seek(s, false, this.geometry, 0);
        break;
      case 'check-power':
        s.count = ACTIVE;
        break;
    }
  }

  /** A data command: refuses what lies outside the disk before any data moves. */
  #startTransfer(spec: CommandSpec): void {
    const s = this.state;
    const count = sectorCountOf(spec, s, this.#quirks);
    const lba = addressOf(s, spec.lba48, this.geometry);
    const outside = lba < 0 || lba + count > reachOf(s, spec.lba48, this.geometry, this.disk.sectors);
    if (outside || (spec.kind === 'write' && this.disk.readOnly)) {
      this.#fail(outside ? ATA_ERROR.IDNF : ATA_ERROR.ABORTED);
      return;
    }
    s.opcode = spec.opcode;
    s.lba = lba;
    s.remaining = count;
    if (spec.kind === 'write') this.#openForWrite(spec);
    else this.#readBlock(spec);
  }

  #readBlock(spec: CommandSpec): void {
    this.state.block = blockOf(spec, this.state);
    this.#media('read', this.state.block);
  }

  #openForWrite(spec: CommandSpec): void {
    const s = this.state;
    s.block = blockOf(spec, s);
    this.#open(spec.dma ? 'dma-out' : 'pio-out', s.block);
  }

  #open(transfer: Transfer, sectors: number): void {
    const s = this.state;
    s.transfer = transfer;
    s.position = 0;
    s.length = sectors * SECTOR_BYTES;
  }

  /** The buffer was emptied by, or filled from, the guest. */
  #bufferDone(): void {
    const s = this.state;
    const spec = COMMANDS[s.opcode];
    if (spec?.dma) this.#host.copied('dma', s.length);
    s.transfer = 'none';
    if (spec?.kind === 'write') {
      this.#media('write', s.block);
    } else if (spec !== undefined && s.remaining > 0) {
      this.#readBlock(spec);
    } else {
      s.opcode = 0;
      // PIO asked for its interrupt when the block was ready; DMA asks when the memory has it.
      if (spec?.dma) s.interruptPending = true;
    }
  }

  #media(operation: 'read' | 'write' | 'flush', sectors: number): void {
    this.state.mediaBusy = true;
    this.#image.start(operation, this.state.lba, sectors);
  }

  #mediaDone(): void {
    const s = this.state;
    s.mediaBusy = false;
    const spec = COMMANDS[s.opcode];
    if (s.resetPending) this.#reset();
    else if (spec === undefined) return;
    else if (spec.kind === 'write') this.#written(spec);
    else if (spec.kind === 'flush') this.#flushed();
    else this.#readDone(spec);
  }

  #passBlock(spec: CommandSpec): void {
    const s = this.state;
    s.lba += s.block;
    s.remaining -= s.block;
    seek(s, spec.lba48, this.geometry, s.lba);
  }

  #readDone(spec: CommandSpec): void {
    const s = this.state;
    if (spec.kind === 'read') this.disk.read(s.lba, s.block, s.buffer, 0);
    this.#passBlock(spec);
    if (spec.kind === 'verify') {
      if (s.remaining > 0) this.#readBlock(spec);
      else this.#finish();
      return;
    }
    this.#open(spec.dma ? 'dma-in' : 'pio-in', s.block);
    if (!spec.dma) s.interruptPending = true;
  }

  #written(spec: CommandSpec): void {
    const s = this.state;
    if (!this.disk.write(s.lba, s.block, s.buffer, 0)) {
      this.#fail(BAD_BLOCK);
      return;
    }
    if (spec.fua) this.disk.flush();
    this.#passBlock(spec);
    if (s.remaining === 0) {
      this.#finish();
      return;
    }
    this.#openForWrite(spec);
    if (!spec.dma) s.interruptPending = true;
  }

  #flushed(): void {
    this.disk.flush();
    this.#finish();
  }

  #finish(): void {
    const s = this.state;
    s.opcode = 0;
    s.transfer = 'none';
    s.interruptPending = true;
  }

  /** Ends the command with an error: status ERR, the error register, and an interrupt. */
  #fail(error: number): void {
    this.#host.note('ide.error', error, this.state.lba);
    this.state.error = error;
    this.state.failed = true;
    this.#finish();
  }
}

/** The block size that SET MULTIPLE MODE selects: 0 and what exceeds the buffer mean the largest one. */
function multipleOf(count: number): number {
  return count === 0 || count > 128 ? 128 : count;
}
