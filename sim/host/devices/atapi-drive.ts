/**
 * A CD or DVD drive on an IDE cable: the PACKET protocol from the command to its last interrupt.
 *
 *   PACKET        DRQ without an interrupt, interrupt reason 01h: twelve bytes of command by the data port
 *   data in       DRQ and an interrupt for each block, reason 02h, its length in the byte count registers; by bus master one piece
 *   end           an interrupt, reason 03h; on failure ERR, the sense key in the upper half of the error register
 *
 * The host's limit of bytes per block, in the byte count registers when PACKET is given, is kept: no block is longer. (OpenVMM's drive
 * announces everything as one block, whatever the limit.) The registers hold the packet device's signature, EB14h, after a reset and when
 * somebody asks for the identity of a disk: so drivers tell the two apart.
 *
 * Sources: ATA/ATAPI-6 §9.8 (PACKET protocol), §9.12 (signature), OpenVMM vm/devices/storage/ide/src/drive/atapi_drive.rs.
 */
import { ATA_CMD, ATA_ERROR, ATA_SIGNATURE, SETFEATURES, XFER } from '../../wire/ata.ts';
import { ATAPI_CDB_LEN, ATAPI_PKT_DMA, ATAPI_REASON, buildPacketIdentify } from '../../wire/atapi.ts';
import { CD_BLOCK_BYTES } from '../../wire/mmc.ts';
import { ASC, SENSE_KEY } from '../../wire/scsi.ts';
import type { Sense } from '../../wire/scsi-data.ts';
import type { Disk } from '../backends/disk.ts';
import { SECTOR_BYTES } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import { AtapiCommands, SECTORS_PER_BLOCK } from './atapi-commands.ts';
import { AtapiMedium } from './atapi-medium.ts';
import { CableDevice, type Plug, type SavedDrive } from './ide-device.ts';
import { BUFFER_SECTORS, type DriveState, powerOnDrive } from './ide-state.ts';

/** A packet drive to attach: a CD or DVD drive with an image in it, or empty. */
export interface PacketDriveOptions {
  readonly packet: true;
  /** The disc that is in at power-on. */
  readonly disc?: Disk;
  /** The file service behind its images. */
  readonly service: DiskService;
}

/** Blocks of the disc that the buffer holds, which is one file I/O of the host. */
const BUFFER_BLOCKS = (BUFFER_SECTORS * SECTOR_BYTES) / CD_BLOCK_BYTES;
/** A limit of all ones means the largest even one. */
const LARGEST_LIMIT = 0xfffe;
/** The host broke the transfer off, or asked for one that cannot be. */
const ABORTED: Sense = { key: SENSE_KEY.ABORTED_COMMAND, code: ASC.NO_ADDITIONAL_SENSE };
/** What CHECK POWER MODE answers: active or idle. */
const ACTIVE = 0xff;

/** Values after power-on: the signature of a packet device in the task file. */
function powerOnPacket(): DriveState {
  const { LBAM, LBAH } = ATA_SIGNATURE.ATAPI;
  return { ...powerOnDrive(), lbaMid: LBAM, lbaHigh: LBAH };
}

export class AtapiDrive extends CableDevice {
  readonly medium: AtapiMedium;
  readonly commands: AtapiCommands;
  readonly #scratch = new Uint8Array(BUFFER_SECTORS * SECTOR_BYTES);

  constructor(options: PacketDriveOptions, plug: Plug) {
    super(powerOnPacket, options.service, plug);
    this.medium = new AtapiMedium(options.disc);
    this.commands = new AtapiCommands(this.medium);
  }

  override powerOn(): void {
    super.powerOn();
    this.medium.reset();
  }

  override save(): SavedDrive {
    return { ...super.save(), sense: { ...this.commands.sense }, medium: { ...this.medium.state } };
  }

  override load(saved: SavedDrive): void {
    super.load(saved);
    if (saved.sense) this.commands.sense = saved.sense;
    Object.assign(this.medium.state, saved.medium);
  }

  /** Registers of a packet drive that is not selected read as zero (ATA/ATAPI-6 §9.16). */
  override readRegister(register: number): number {
    return this.selected ? super.readRegister(register) & 0xff : 0;
  }

  /** DEVICE RESET is the one command that a busy packet device takes. */
  override command(opcode: number): void {
    if (opcode === ATA_CMD.DEV_RESET && this.selected) this.reset();
    else super.command(opcode);
  }

  protected execute(opcode: number): void {
    if (opcode === ATA_CMD.PACKET) this.#awaitPacket();
    else this.#plain(opcode);
  }

  /** The bus master's table ends: what it had no room for is dropped, and the command ends as if it had been taken. */
  endTransfer(bytes: number): void {
    const s = this.state;
    s.position += bytes;
    s.length = s.position;
    s.remaining = 0;
    this.bufferDone();
  }

  abortTransfer(): void {
    this.#fail(ABORTED);
  }

  /** Commands without a packet. What only disks know is aborted, with the signature that says so. */
  #plain(opcode: number): void {
    const s = this.state;
    s.interruptPending = opcode !== ATA_CMD.EDD || this.device === 0;
    switch (opcode) {
      case ATA_CMD.ID_ATAPI:
        s.opcode = opcode;
        s.buffer.set(buildPacketIdentify('Virtual CD', s.transferMode & 7));
        this.open('pio-in', 512);
        s.count = ATAPI_REASON.DATA_IN;
        break;
      case ATA_CMD.EDD:
        this.#sign();
        s.error = 1;
        break;
      case ATA_CMD.SET_FEATURES:
        if (!this.#setMode()) this.#abort();
        break;
      case ATA_CMD.CHK_POWER:
        s.count = ACTIVE;
        break;
      case ATA_CMD.STANDBYNOW1:
      case ATA_CMD.IDLEIMMEDIATE:
      case ATA_CMD.SLEEP:
      case ATA_CMD.FLUSH:
        break;
      case ATA_CMD.ID_ATA:
      case ATA_CMD.PIO_READ:
        this.#sign();
        this.#abort();
        break;
      default:
        this.#abort();
    }
  }

  /** SET FEATURES knows transfer modes only: multiword DMA up to 2 and PIO. */
  #setMode(): boolean {
    const s = this.state;
    const mode = s.count & 0xff;
    if (s.features !== SETFEATURES.XFER || mode > XFER.MW_DMA_2) return false;
    if (mode >= XFER.MW_DMA_0) s.transferMode = mode;
    return true;
  }

  #sign(): void {
    const s = this.state;
    const { LBAM, LBAH } = ATA_SIGNATURE.ATAPI;
    Object.assign(s, { count: 1, lbaLow: 1, lbaMid: LBAM, lbaHigh: LBAH, deviceHead: s.deviceHead & 0x10 });
  }

  /** The drive opens its buffer for the packet, and asks for no interrupt: hosts poll for it. */
  #awaitPacket(): void {
    const s = this.state;
    s.opcode = ATA_CMD.PACKET;
    // Until data move `multiple` of this drive is the host's limit of bytes per block.
    const limit = (s.lbaMid & 0xff) | ((s.lbaHigh & 0xff) << 8);
    s.multiple = limit === 0xffff ? LARGEST_LIMIT : limit;
    s.remaining = 0;
    this.open('pio-out', ATAPI_CDB_LEN);
    s.count = ATAPI_REASON.AWAIT_PACKET;
  }

  /** The buffer was filled (a packet) or emptied (data). */
  protected bufferDone(): void {
    const s = this.state;
    const { transfer } = s;
    s.transfer = 'none';
    if (transfer === 'pio-out') this.#take(s.buffer.slice(0, ATAPI_CDB_LEN));
    else if (s.opcode !== ATA_CMD.PACKET) this.#idle();
    else this.#pieceDone(transfer);
  }

  #pieceDone(transfer: DriveState['transfer']): void {
    const s = this.state;
    if (transfer === 'dma-in') this.host.copied('dma', s.length);
    if (transfer === 'pio-in' && s.block > s.length) this.#nextPiece(s.length);
    else if (s.remaining > 0) this.#readBlocks();
    else this.#finish();
  }

  /** Carries out the packet. */
  #take(packet: Uint8Array): void {
    const s = this.state;
    const plan = this.commands.plan(packet);
    this.host.note('ide.command', packet[0], s.features);
    if (plan.kind === 'failed') {
      this.#fail(plan.sense);
    } else if (plan.kind === 'read') {
      s.lba = plan.block * SECTORS_PER_BLOCK;
      s.remaining = plan.blocks;
      this.#readBlocks();
    } else if (plan.bytes.length === 0) {
      this.#finish();
    } else {
      s.buffer.set(plan.bytes);
      this.#offer(plan.bytes.length);
    }
  }

  /** The next blocks of a read, as many as the buffer holds: one file I/O. */
  #readBlocks(): void {
    const s = this.state;
    s.block = Math.min(s.remaining, BUFFER_BLOCKS);
    s.mediaBusy = true;
    this.image.start('read', s.lba, s.block * SECTORS_PER_BLOCK);
  }

  protected mediaDone(): void {
    const s = this.state;
    const { disc } = this.medium;
    const sectors = s.block * SECTORS_PER_BLOCK;
    // Somebody took the disc out meanwhile, or put in a shorter one.
    if (!disc || s.lba + sectors > disc.sectors) {
      this.#fail({ key: SENSE_KEY.NOT_READY, code: this.medium.absence });
      return;
    }
    disc.read(s.lba, sectors, s.buffer, 0);
    s.lba += sectors;
    s.remaining -= s.block;
    this.#offer(sectors * SECTOR_BYTES);
  }

  /** Data for the host: `block` is what the buffer holds of them. PIO without a limit cannot be served. */
  #offer(bytes: number): void {
    const s = this.state;
    s.block = bytes;
    if (s.features & ATAPI_PKT_DMA) {
      this.open('dma-in', bytes);
      s.count = ATAPI_REASON.DATA_IN;
    } else if (s.multiple < 2) this.#fail(ABORTED);
    else this.#announce(bytes);
  }

  /** The part behind the piece that has been read comes to the front. */
  #nextPiece(taken: number): void {
    const s = this.state;
    this.#scratch.set(s.buffer.subarray(taken, s.block));
    s.buffer.set(this.#scratch.subarray(0, s.block - taken));
    s.block -= taken;
    this.#announce(s.block);
  }

  /** One DRQ block: all that there is, but no more than the host wants at once, and an even number of bytes unless it is the last. */
  #announce(bytes: number): void {
    const s = this.state;
    const piece = bytes <= s.multiple ? bytes : s.multiple & ~1;
    this.open('pio-in', piece);
    s.lbaMid = piece & 0xff;
    s.lbaHigh = piece >> 8;
    s.count = ATAPI_REASON.DATA_IN;
    s.interruptPending = true;
  }

  #idle(): void {
    this.state.opcode = 0;
    this.state.count = ATAPI_REASON.COMPLETE;
  }

  #finish(): void {
    const s = this.state;
    s.transfer = 'none';
    s.interruptPending = true;
    this.#idle();
  }

  #abort(): void {
    const s = this.state;
    s.error = ATA_ERROR.ABORTED;
    s.failed = true;
    this.host.note('ide.error', s.error, s.opcode);
  }

  /** Ends the packet with CHECK CONDITION: what is wrong in detail the host asks for by REQUEST SENSE. */
  #fail(sense: Sense): void {
    const s = this.state;
    const { key } = sense;
    this.commands.sense = sense;
    const aborted = key === SENSE_KEY.ILLEGAL_REQUEST || key === SENSE_KEY.ABORTED_COMMAND;
    s.error = (key << 4) | (aborted ? ATA_ERROR.ABORTED : 0);
    s.failed = true;
    this.host.note('ide.error', s.error, s.lba);
    this.#finish();
  }
}
