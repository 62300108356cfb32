/**
 * A driver of packet devices that makes the same register accesses as Linux libata (drivers/ata/libata-sff.c): PACKET, twelve bytes of
 * command by polling, then data in the interrupt, block by block, or by bus master.
 *
 *   by bus master    29: select 4 · task file 7 · command 2 · packet 3 · set-up and start 5 · interrupt 8
 *   by ports         16 to the packet · per block 12 and one for every 1 024 words · 4 at the end
 *
 * The twelve of a block are its interrupt (4), the seven registers that say how long it is and in which direction it goes, and one more look.
 *
 * A command that ends with CHECK CONDITION is followed by REQUEST SENSE, as libata's error handler does (libata-eh.c
 * `atapi_eh_request_sense`): without it the drive's reason would never be heard.
 */
import type { Program } from '../../core/program.ts';
import { ATA_CMD, ATA_DEVICE, ATA_DMA, ATA_REG, ATA_STATUS, SETFEATURES } from '../../wire/ata.ts';
import {
  ATAPI_CDB_LEN,
  ATAPI_PKT_DMA,
  ATAPI_REASON,
  type AtapiIdentity,
  parsePacketIdentify,
} from '../../wire/atapi.ts';
import { requestSenseCdb } from '../../wire/scsi-cdb.ts';
import { FIXED_SENSE_SIZE, parseSense, type Sense } from '../../wire/scsi-data.ts';
import { fillPrdTable, type TaskFile } from './ata-command.ts';
import type { AtaPort } from './ata-port.ts';
import type { InterruptController } from './pc-interrupts.ts';

/** How a packet ended. `bytes` is how many of the buffer the device has filled. */
export type PacketResult =
  | { readonly kind: 'ok'; readonly bytes: number }
  | { readonly kind: 'check'; readonly sense: Sense | undefined }
  | { readonly kind: 'broken'; readonly reason: string };

/** What a driver needs to run one packet device. */
export interface AtapiOptions {
  readonly port: AtaPort;
  readonly interrupts: InterruptController;
  readonly device?: 0 | 1;
  /** A page of guest memory for the descriptor table, another for sense data and identity. */
  readonly table: number;
  readonly page: number;
}

/** Most bytes of one DRQ block that Linux asks for: 63 KiB, and for what goes by bus master 8 KiB, which means nothing. */
const PIO_LIMIT = 63 * 1024;
const DMA_LIMIT = 8 * 1024;
const WORD = 2;
const IDENTIFY_BYTES = 512;
const FAULT = ATA_STATUS.ERR | ATA_STATUS.DF;

type Phase = 'idle' | 'data' | 'dma';

/** Where the data of a packet go. */
interface Buffer {
  readonly gpa: number;
  readonly bytes: number;
}

const NO_BUFFER: Buffer = { gpa: 0, bytes: 0 };

export class AtapiDriver {
  readonly port: AtaPort;
  readonly device: number;
  /** Packets given, those that ended with CHECK CONDITION, and DRQ blocks of data. */
  readonly counts = { packets: 0, checks: 0, blocks: 0 };
  readonly #interrupts: InterruptController;
  readonly #table: number;
  readonly #page: number;
  #phase: Phase = 'idle';
  #buffer = NO_BUFFER;
  #done = 0;
  #failed: 'check' | string | undefined;

  constructor(options: AtapiOptions) {
    this.port = options.port;
    this.device = options.device ?? 0;
    this.#interrupts = options.interrupts;
    this.#table = options.table;
    this.#page = options.page;
  }

  /** Installs the interrupt handler and opens the line. Once, before the first packet. */
  *attach(): Program {
    const { irq, cpu } = this.port;
    cpu.onVector(this.#interrupts.vectorOf(irq), () => this.#interrupt());
    yield* this.#interrupts.enable(irq);
    yield* this.port.setInterrupts(true);
  }

  /** IDENTIFY PACKET DEVICE. `undefined` when the device refuses or is none of this kind. */
  *identify(): Program<AtapiIdentity | undefined> {
    const { cpu, command } = this.port;
    yield* this.#give(ATA_CMD.ID_ATAPI, 0, 0);
    const status = yield* this.port.waitNotBusy();
    if (status & FAULT || (status & ATA_STATUS.DRQ) === 0) return undefined;
    yield* cpu.insw(command, this.#page, IDENTIFY_BYTES / WORD);
    yield* this.port.waitIdle();
    return parsePacketIdentify(cpu.memory.u8, this.#page);
  }

  /** SET FEATURES selects a transfer mode, such as `XFER.MW_DMA_2`. False when the device does not know it. */
  *setMode(mode: number): Program<boolean> {
    const device = this.#select;
    const feature = SETFEATURES.XFER;
    yield* this.port.select(this.device);
    yield* this.port.load({
      command: ATA_CMD.SET_FEATURES,
      feature,
      count: mode,
      lba: 0,
      device,
      lba48: false,
    });
    yield* this.port.execute(ATA_CMD.SET_FEATURES);
    return ((yield* this.port.waitNotBusy()) & FAULT) === 0;
  }

  /** A command that moves no data, or data to the `bytes` bytes at `gpa`; by bus master if `dma`. */
  *packet(cdb: Uint8Array, gpa = 0, bytes = 0, dma = false): Program<PacketResult> {
    this.counts.packets++;
    const result = yield* this.#run(cdb, { gpa, bytes }, dma && bytes > 0);
    if (result.kind !== 'check') return result;
    this.counts.checks++;
    return { kind: 'check', sense: yield* this.#requestSense() };
  }

  *#requestSense(): Program<Sense | undefined> {
    const { u8 } = this.port.cpu.memory;
    const asked = { gpa: this.#page, bytes: FIXED_SENSE_SIZE };
    const result = yield* this.#run(requestSenseCdb(FIXED_SENSE_SIZE), asked, false);
    if (result.kind !== 'ok') return undefined;
    return parseSense(u8.subarray(this.#page, this.#page + result.bytes));
  }

  *#run(cdb: Uint8Array, buffer: Buffer, dma: boolean): Program<PacketResult> {
    this.#buffer = buffer;
    this.#done = 0;
    this.#failed = undefined;
    const { cpu } = this.port;
    const { interruptsEnabled } = cpu;
    cpu.cli();
    if (dma) fillPrdTable(cpu.memory.view, this.#table, buffer.gpa, buffer.bytes);
    const limit = dma ? DMA_LIMIT : Math.min(buffer.bytes, PIO_LIMIT);
    yield* this.#give(ATA_CMD.PACKET, dma ? ATAPI_PKT_DMA : 0, limit);
    const taken = yield* this.#sendPacket(cdb);
    if (taken) {
      this.#phase = dma ? 'dma' : 'data';
      if (dma) yield* this.#startDma();
    }
    if (interruptsEnabled) cpu.sti();
    while (taken && !this.#idle()) yield* cpu.hlt();
    if (this.#failed === 'check') return { kind: 'check', sense: undefined };
    if (this.#failed !== undefined) return { kind: 'broken', reason: this.#failed };
    return { kind: 'ok', bytes: dma ? buffer.bytes : this.#done };
  }

  get #select(): number {
    return ATA_DEVICE.OBSOLETE | (this.device ? ATA_DEVICE.DEV1 : 0);
  }

  #idle(): boolean {
    return this.#phase === 'idle';
  }

  /** Select, task file, command: thirteen accesses. The byte limit goes where a disk has the middle of its address. */
  *#give(command: number, feature: number, limit: number): Program {
    const device = this.#select;
    const task: TaskFile = { command, feature, count: 0, lba: limit << 8, device, lba48: false };
    yield* this.port.select(this.device);
    yield* this.port.load(task);
    yield* this.port.execute(command);
  }

  /** The drive asks for the packet without an interrupt. */
  *#sendPacket(cdb: Uint8Array): Program<boolean> {
    const { cpu, command } = this.port;
    const status = yield* this.port.waitNotBusy();
    if ((status & ATA_STATUS.DRQ) === 0) {
      this.#failed = 'the device does not take a packet';
      return false;
    }
    const packet = new Uint8Array(ATAPI_CDB_LEN);
    packet.set(cdb);
    cpu.memory.write(this.#page, packet);
    yield* cpu.outsw(command + ATA_REG.DATA, this.#page, ATAPI_CDB_LEN / WORD);
    yield* this.port.pause();
    return true;
  }

  *#startDma(): Program {
    const { cpu, busMaster } = this.port;
    yield* cpu.out32(busMaster + ATA_DMA.TABLE_OFS, this.#table);
    const before = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    yield* cpu.out8(busMaster + ATA_DMA.CMD, (before & ~ATA_DMA.START) | ATA_DMA.WR);
    const stopped = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    yield* cpu.out8(busMaster + ATA_DMA.CMD, stopped | ATA_DMA.START);
  }

  *#interrupt(): Program {
    const { irq } = this.port;
    yield* this.#interrupts.begin(irq);
    if (this.#phase === 'dma') yield* this.#stopDma();
    else if (this.#phase === 'data') yield* this.#serve();
    yield* this.#interrupts.end(irq);
  }

  *#stopDma(): Program {
    const { cpu, busMaster } = this.port;
    const status = yield* cpu.in8(busMaster + ATA_DMA.STATUS);
    if ((status & ATA_DMA.INTR) === 0) return;
    const command = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    yield* cpu.out8(busMaster + ATA_DMA.CMD, command & ~ATA_DMA.START);
    yield* this.port.pause();
    if (status & ATA_DMA.ERR) this.#failed = 'the bus master could not reach memory';
    yield* this.#serve();
  }

  /** Alternate status, status, and the bus master's interrupt bit; then either a block or the end. */
  *#serve(): Program {
    const { cpu, busMaster, control, command } = this.port;
    if ((yield* cpu.in8(control)) & ATA_STATUS.BUSY) return;
    const status = yield* cpu.in8(command + ATA_REG.STATUS);
    const latched = yield* cpu.in8(busMaster + ATA_DMA.STATUS);
    yield* cpu.out8(busMaster + ATA_DMA.STATUS, latched);
    if (status & ATA_STATUS.DRQ && this.#phase === 'data') yield* this.#moveBlock();
    else this.#end(status & FAULT ? 'check' : this.#failed);
  }

  /** One block: the registers say how long it is, and that it comes from the drive. */
  *#moveBlock(): Program {
    const { cpu, command } = this.port;
    const { count, lbaMid, lbaHigh } = yield* this.port.result();
    const bytes = lbaMid | (lbaHigh << 8);
    const room = this.#buffer.bytes - this.#done;
    if ((count & ATAPI_REASON.COMPLETE) !== ATAPI_REASON.DATA_IN || bytes === 0 || bytes > room) {
      this.#end('the device wants to move data that nobody expects');
      return;
    }
    this.counts.blocks++;
    yield* cpu.insw(command + ATA_REG.DATA, this.#buffer.gpa + this.#done, Math.ceil(bytes / WORD));
    this.#done += bytes;
    yield* this.port.pause();
  }

  #end(failed: string | undefined): void {
    this.#failed = failed;
    this.#phase = 'idle';
  }
}
