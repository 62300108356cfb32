/**
 * One hard disk on an IDE channel: the state machine from a command to its interrupt.
 *
 * A data command works block by block. A block is one file I/O of the host: 1 sector for READ/WRITE SECTORS, the SET MULTIPLE count
 * for the MULTIPLE commands, up to 128 sectors for DMA. Reading: file I/O, then the guest (or the bus master) empties the buffer.
 * Writing: the guest fills the buffer, then file I/O. Meanwhile the drive shows DRQ (buffer open) or BSY (file I/O running).
 *
 * Sources: ATA/ATAPI-6 (PIO data-in/out and DMA protocols); OpenVMM vm/devices/storage/ide/src/drive/hard_drive.rs.
 */
import { ATA_ERROR } from '../../wire/ata.ts';
import { type ChsGeometry, vhdGeometry } from '../../wire/vhd.ts';
import { type Disk, SECTOR_BYTES } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import {
  blockOf,
  COMMANDS,
  type CommandSpec,
  commandOf,
  type IdeQuirks,
  NO_QUIRKS,
  sectorCountOf,
} from './ide-commands.ts';
import { CableDevice, type Plug } from './ide-device.ts';
import { setFeature } from './ide-features.ts';
import { identify } from './ide-identify.ts';
import { addressOf, reachOf, seek, writeSignature } from './ide-registers.ts';
import { powerOnDrive } from './ide-state.ts';

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
export class IdeDrive extends CableDevice {
  readonly disk: Disk;
  readonly geometry: ChsGeometry;
  readonly #quirks: IdeQuirks;
  readonly #channel: number;

  constructor(options: DriveOptions, channel: number, plug: Plug) {
    super(powerOnDrive, options.service, plug);
    this.disk = options.disk;
    this.geometry = vhdGeometry(options.disk.sectors);
    this.#quirks = options.quirks ?? NO_QUIRKS;
    this.#channel = channel;
  }

  protected execute(opcode: number): void {
    const spec = commandOf(opcode, this.#quirks);
    if (spec) this.#start(spec);
    else this.#fail(ATA_ERROR.ABORTED);
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
      this.bufferDone();
      return;
    }
    this.host.copied('dma', s.position);
    this.#finish();
  }

  /** The bus master could not reach guest memory: the command is aborted. */
  abortTransfer(): void {
    this.#fail(ATA_ERROR.ABORTED);
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
    s.interruptPending = spec.kind !== 'diagnostic' || this.device === 0;
    switch (spec.kind) {
      case 'identify':
        s.opcode = spec.opcode;
        s.remaining = 0;
        this.open('pio-in', identify(s, this.#channel, this.geometry, this.disk.sectors));
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
    this.open(spec.dma ? 'dma-out' : 'pio-out', s.block * SECTOR_BYTES);
  }

  protected bufferDone(): void {
    const s = this.state;
    const spec = COMMANDS[s.opcode];
    if (spec?.dma) this.host.copied('dma', s.length);
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
    this.image.start(operation, this.state.lba, sectors);
  }

  protected mediaDone(): void {
    const spec = COMMANDS[this.state.opcode];
    if (spec === undefined) return;
    if (spec.kind === 'write') this.#written(spec);
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
    this.open(spec.dma ? 'dma-in' : 'pio-in', s.block * SECTOR_BYTES);
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
    this.host.note('ide.error', error, this.state.lba);
    this.state.error = error;
    this.state.failed = true;
    this.#finish();
  }
}

/** The block size that SET MULTIPLE MODE selects: 0 and what exceeds the buffer mean the largest one. */
function multipleOf(count: number): number {
  return count === 0 || count > 128 ? 128 : count;
}
