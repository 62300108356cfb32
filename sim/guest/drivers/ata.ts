/**
 * An interrupt-driven ATA disk driver that makes the same register accesses as Linux libata (drivers/ata/libata-sff.c), so that its
 * intercepts are those of a real guest:
 *
 *   PIO, n sectors            14 + 6n
 *   MULTIPLE, block b         14 + n + 5·ceil(n/b)
 *   PIO by words              14 + 261n
 *   bus-master DMA            26, or 31 with 48-bit addresses
 *
 * They come from: select 4 · task file 7 (12) · command 2 · per interrupt 4 · per sector 1 and per block 1 flush · reading: one idle
 * poll at the end / writing: one poll before the first block · DMA: five for set-up, start and stop, three more around the interrupt.
 *
 * One request is in flight at a time: the thread that asked blocks, the interrupt handler moves the data.
 */
import type { Program } from '../../core/program.ts';
import type { Insn } from '../../machine/cpu.ts';
import { ATA_CMD, ATA_DMA, ATA_REG, ATA_SECT_SIZE, ATA_STATUS } from '../../wire/ata.ts';
import {
  type AtaMode,
  fillPrdTable,
  fitsLba28,
  plainTaskFile,
  type TaskFile,
  transferTaskFile,
} from './ata-command.ts';
import type { AtaPort, TaskFileResult } from './ata-port.ts';
import { type BlockDriver, type BlockOperation, IO_OK, type IoResult } from './block.ts';
import type { InterruptController } from './pc-interrupts.ts';

/** What the blocked thread's processor does until the request is done. `done` becomes true in an interrupt handler. */
export type Waiting = (done: () => boolean) => Program;

/** What a driver needs to run one drive. */
export interface AtaOptions {
  readonly port: AtaPort;
  readonly interrupts: InterruptController;
  readonly mode: AtaMode;
  /** Drive 0 or 1 of the channel. Default 0. */
  readonly device?: 0 | 1;
  /** Capacity in sectors when it is known already; else {@link AtaDriver.sectors} is 0 until the drive has been identified. */
  readonly sectors?: number;
  /** Sectors per block that SET MULTIPLE MODE has selected. Default 16. */
  readonly multiple?: number;
  /** Uses 48-bit commands even where 28 bits would do. Default false. */
  readonly alwaysLba48?: boolean;
  /** A page of guest memory for the descriptor table; needed for DMA. */
  readonly table?: number;
  /** How to wait. Default: HLT until the interrupt. */
  readonly waiting?: Waiting;
}

/** Words of a sector. */
const SECTOR_WORDS = ATA_SECT_SIZE / 2;
/** Largest count of a 28-bit command, and what libata gives one command at most. */
const MAX_SECTORS = 256;
const FAULT = ATA_STATUS.ERR | ATA_STATUS.DF;

/** Where the command is, as seen by the interrupt handler. */
type Phase = 'idle' | 'first' | 'data' | 'last';

/** What the command does with the data port. */
type Direction = 'in' | 'out' | 'none';

/** The interrupt-driven driver of one ATA disk. */
export class AtaDriver implements BlockDriver {
  /** Capacity in sectors; set by IDENTIFY DEVICE. */
  sectors: number;
  readonly mode: AtaMode;
  readonly port: AtaPort;
  readonly device: number;
  readonly #interrupts: InterruptController;
  readonly #multiple: number;
  readonly #alwaysLba48: boolean;
  readonly #table: number;
  readonly #waiting: Waiting;
  #phase: Phase = 'idle';
  #direction: Direction = 'none';
  #dma = false;
  /** Sectors per DRQ block of the command. */
  #block = 1;
  /** Next sector's address in guest memory, and sectors to go. */
  #gpa = 0;
  #left = 0;
  #failure: string | undefined;
  /** What follows the command in progress, when nobody waits for it. */
  #ended: ((result: IoResult) => Program) | undefined;

  constructor(options: AtaOptions) {
    this.port = options.port;
    this.mode = options.mode;
    this.sectors = options.sectors ?? 0;
    this.device = options.device ?? 0;
    this.#interrupts = options.interrupts;
    this.#multiple = options.multiple ?? 16;
    this.#alwaysLba48 = options.alwaysLba48 ?? false;
    this.#table = options.table ?? 0;
    this.#waiting = options.waiting ?? ((done) => this.#halt(done));
  }

  /** Installs the interrupt handler and opens the line. Once, before the first request. */
  *attach(): Program {
    const { irq, cpu } = this.port;
    cpu.onVector(this.#interrupts.vectorOf(irq), () => this.#interrupt());
    yield* this.#interrupts.enable(irq);
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.#transfer('read', lba, sectors, gpa);
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.#transfer('write', lba, sectors, gpa);
  }

  *flush(): Program<IoResult> {
    return yield* this.nonData(plainTaskFile(ATA_CMD.FLUSH, this.device));
  }

  /** A command that moves no data: SET FEATURES, SET MULTIPLE MODE, FLUSH CACHE. */
  *nonData(task: TaskFile): Program<IoResult> {
    this.#prepare('none', false, 1, 0, 0);
    return yield* this.#run(task);
  }

  /** A command that returns one sector by PIO: IDENTIFY DEVICE. */
  *sectorIn(task: TaskFile, gpa: number): Program<IoResult> {
    this.#prepare('in', false, 1, gpa, 1);
    return yield* this.#run(task);
  }

  /** Splits a long request into commands as libata's host limits do. */
  *#transfer(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): Program<IoResult> {
    for (let done = 0; done < sectors; done += MAX_SECTORS) {
      const count = Math.min(MAX_SECTORS, sectors - done);
      const result = yield* this.#command(operation, lba + done, count, gpa + done * ATA_SECT_SIZE);
      if (result.kind !== 'ok') return result;
    }
    return IO_OK;
  }

  *#command(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): Program<IoResult> {
    return yield* this.#run(this.#transferTask(operation, lba, sectors, gpa));
  }

  /** Prepares a read or write, with its descriptor table where it has one; returns its registers. */
  #transferTask(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): TaskFile {
    const lba48 = this.#alwaysLba48 || !fitsLba28(lba, sectors);
    const dma = this.mode === 'dma';
    const block = this.mode === 'multiple' ? this.#multiple : 1;
    this.#prepare(operation === 'read' ? 'in' : 'out', dma, block, gpa, sectors);
    if (dma) fillPrdTable(this.port.cpu.memory.view, this.#table, gpa, sectors * ATA_SECT_SIZE);
    return transferTaskFile(this.mode, operation, lba, sectors, this.device, lba48);
  }

  /** True from giving the drive a command until the interrupt that ends it. */
  get busy(): boolean {
    return this.#phase !== 'idle';
  }

  /**
   * Gives the drive one command of at most 256 sectors and returns. `ended` runs in the interrupt that ends it, and may give the next
   * command. Only when the driver is not {@link busy}.
   */
  *issue(
    operation: BlockOperation,
    lba: number,
    sectors: number,
    gpa: number,
    ended: (result: IoResult) => Program,
  ): Program {
    this.#ended = ended;
    const flush = operation === 'flush';
    if (flush) this.#prepare('none', false, 1, 0, 0);
    yield* this.#start(
      flush ? plainTaskFile(ATA_CMD.FLUSH, this.device) : this.#transferTask(operation, lba, sectors, gpa),
    );
    if (this.#phase === 'idle') yield* this.#tellEnded();
  }

  *#tellEnded(): Program {
    const ended = this.#ended;
    this.#ended = undefined;
    if (ended) yield* ended(this.#failure === undefined ? IO_OK : yield* this.#report(this.#failure));
  }

  #prepare(direction: Direction, dma: boolean, block: number, gpa: number, sectors: number): void {
    this.#direction = direction;
    this.#dma = dma;
    this.#block = block;
    this.#gpa = gpa;
    this.#left = sectors;
    this.#failure = undefined;
  }

  /** Issues a command with interrupts off, as under the port's lock. */
  *#start(task: TaskFile): Program {
    const { cpu } = this.port;
    const { interruptsEnabled } = cpu;
    cpu.cli();
    yield* this.port.select(this.device);
    yield* this.port.load(task);
    if (this.#dma) yield* this.#startDma(task.command);
    else yield* this.#startPio(task.command);
    if (interruptsEnabled) cpu.sti();
  }

  /** Issues a command and waits until the handler has finished it. */
  *#run(task: TaskFile): Program<IoResult> {
    yield* this.#start(task);
    yield* this.#waiting(this.#finished);
    return this.#failure === undefined ? IO_OK : yield* this.#report(this.#failure);
  }

  readonly #finished = (): boolean => this.#phase === 'idle';

  /** Data to the drive starts by polling: the drive asks for the first block without an interrupt. */
  *#startPio(command: number): Program {
    yield* this.port.execute(command);
    this.#phase = this.#direction === 'none' ? 'last' : 'data';
    if (this.#direction !== 'out') return;
    this.#phase = 'first';
    const status = yield* this.port.waitNotBusy();
    yield* this.#advance(status);
  }

  /** Table, direction, command, start: nine accesses with the two of the command. */
  *#startDma(command: number): Program {
    const { cpu, busMaster } = this.port;
    yield* cpu.out32(busMaster + ATA_DMA.TABLE_OFS, this.#table);
    const before = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    const direction = this.#direction === 'in' ? ATA_DMA.WR : 0;
    yield* cpu.out8(busMaster + ATA_DMA.CMD, (before & ~(ATA_DMA.WR | ATA_DMA.START)) | direction);
    yield* this.port.execute(command);
    const stopped = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    yield* cpu.out8(busMaster + ATA_DMA.CMD, stopped | ATA_DMA.START);
    this.#phase = 'last';
  }

  /** The interrupt handler of the line. */
  *#interrupt(): Program {
    const { irq } = this.port;
    yield* this.#interrupts.begin(irq);
    const { busy } = this;
    if (busy && (!this.#dma || (yield* this.#stopDma()))) yield* this.#serve();
    yield* this.#interrupts.end(irq);
    if (busy && this.#phase === 'idle') yield* this.#tellEnded();
  }

  /** Bus-master status and stop: four accesses. False when the interrupt is not ours. */
  *#stopDma(): Program<boolean> {
    const { cpu, busMaster } = this.port;
    const status = yield* cpu.in8(busMaster + ATA_DMA.STATUS);
    if ((status & ATA_DMA.INTR) === 0) return false;
    const command = yield* cpu.in8(busMaster + ATA_DMA.CMD);
    yield* cpu.out8(busMaster + ATA_DMA.CMD, command & ~ATA_DMA.START);
    yield* this.port.pause();
    if (status & ATA_DMA.ERR) this.#failure = 'the bus master could not reach memory';
    return true;
  }

  /** Alternate status, status, and the bus master's interrupt bit: four accesses, then the data. */
  *#serve(): Program {
    const { cpu, busMaster, control, command } = this.port;
    if ((yield* cpu.in8(control)) & ATA_STATUS.BUSY) return;
    const status = yield* cpu.in8(command + ATA_REG.STATUS);
    const latched = yield* cpu.in8(busMaster + ATA_DMA.STATUS);
    yield* cpu.out8(busMaster + ATA_DMA.STATUS, latched);
    yield* this.#advance(status);
  }

  /** One step of the protocol, given the drive's status. */
  *#advance(status: number): Program {
    if (status & FAULT) return this.#finish('the drive reported an error');
    if (this.#phase === 'last') {
      return this.#finish(
        status & ATA_STATUS.DRQ ? 'the drive wants more data than the command has' : this.#failure,
      );
    }
    if ((status & ATA_STATUS.DRQ) === 0) return this.#finish('the drive stopped before all data had moved');
    this.#phase = 'data';
    yield* this.#moveBlock();
    if (this.#left > 0) return;
    this.#phase = 'last';
    if (this.#direction === 'in') yield* this.#advance(yield* this.port.waitIdle());
  }

  #finish(failure: string | undefined): void {
    this.#failure = failure;
    this.#phase = 'idle';
  }

  /** A DRQ block, sector by sector, and a read of the alternate status that flushes it. */
  *#moveBlock(): Program {
    for (let sectors = Math.min(this.#left, this.#block); sectors > 0; sectors--) {
      yield* this.#moveSector();
      this.#gpa += ATA_SECT_SIZE;
      this.#left--;
    }
    yield* this.port.pause();
  }

  #moveSector(): Insn<void> {
    const { cpu, command } = this.port;
    if (this.mode === 'pio-words') return this.#direction === 'in' ? this.#wordsIn() : this.#wordsOut();
    if (this.#direction === 'in') return cpu.insw(command + ATA_REG.DATA, this.#gpa, SECTOR_WORDS);
    return cpu.outsw(command + ATA_REG.DATA, this.#gpa, SECTOR_WORDS);
  }

  *#wordsIn(): Program {
    const { cpu, command } = this.port;
    const { u16 } = cpu.memory;
    const first = this.#gpa >> 1;
    for (let i = 0; i < SECTOR_WORDS; i++) u16[first + i] = yield* cpu.in16(command);
  }

  *#wordsOut(): Program {
    const { cpu, command } = this.port;
    const { u16 } = cpu.memory;
    const first = this.#gpa >> 1;
    for (let i = 0; i < SECTOR_WORDS; i++) yield* cpu.out16(command, u16[first + i]);
  }

  *#report(reason: string): Program<IoResult> {
    const { status, error }: TaskFileResult = yield* this.port.result();
    return { kind: 'failed', status, error, reason };
  }

  *#halt(done: () => boolean): Program {
    while (!done()) yield* this.port.cpu.hlt();
  }
}
