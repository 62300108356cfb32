/**
 * The two ways in which firmware reads a disk, both without interrupts.
 *
 * Polled PIO is the least that a driver can do: six registers, then per sector one look at the status and one string instruction, and
 * a last look: 7 + 2n intercepts, or 7 + 257n by words. A drive that is still busy costs more looks; `busyPolls` of the port counts
 * them.
 *
 * Enlightened INT13 hands the whole command to the emulator (`wire/int13.ts`): one intercept, whatever the size.
 */
import type { Program } from '../../core/program.ts';
import { ATA_CMD, ATA_REG, ATA_SECT_SIZE, ATA_STATUS } from '../../wire/ata.ts';
import { INT13, writeInt13 } from '../../wire/int13.ts';
import { fillPrdTable, fitsLba28, transferTaskFile } from './ata-command.ts';
import type { AtaPort } from './ata-port.ts';
import { type BlockDriver, IO_OK, type IoResult } from './block.ts';

/** How firmware moves data; `polled-words` is polled PIO without string instructions. */
export type BiosMode = 'polled' | 'polled-words' | 'int13';

/** What firmware needs to know to reach a disk. */
export interface AtaBiosOptions {
  readonly port: AtaPort;
  readonly mode: BiosMode;
  readonly device?: 0 | 1;
  readonly sectors: number;
  /** A page of guest memory for the INT13 command block and its descriptor table; needed for `int13`. */
  readonly page?: number;
}

const SECTOR_WORDS = ATA_SECT_SIZE / 2;
/** Sectors per command: what one 28-bit command can say, and what one INT13 call moves without a second buffer. */
const MAX_SECTORS = 256;
const FAULT = ATA_STATUS.ERR | ATA_STATUS.DF;

/** The descriptor table follows the block in its page. */
const TABLE_OFFSET = 64;

/** The disk as firmware reads it: {@link BiosMode} says in which of its ways. */
export class AtaBios implements BlockDriver {
  readonly sectors: number;
  readonly mode: BiosMode;
  readonly port: AtaPort;
  readonly #device: number;
  readonly #page: number;

  constructor(options: AtaBiosOptions) {
    this.port = options.port;
    this.mode = options.mode;
    this.sectors = options.sectors;
    this.#device = options.device ?? 0;
    this.#page = options.page ?? 0;
  }

  /** Switches the drive's interrupts off (nIEN). Once, before the first request. */
  attach(): Program {
    return this.port.setInterrupts(false);
  }

  read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.#transfer('read', lba, sectors, gpa);
  }

  write(lba: number, sectors: number, gpa: number): Program<IoResult> {
    return this.#transfer('write', lba, sectors, gpa);
  }

  /** FLUSH CACHE: the command, then looks at the status until it is done. */
  *flush(): Program<IoResult> {
    yield* this.port.cpu.out8(this.port.command + ATA_REG.CMD, ATA_CMD.FLUSH);
    return yield* this.#ended(yield* this.port.waitNotBusy());
  }

  *#transfer(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): Program<IoResult> {
    for (let done = 0; done < sectors; done += MAX_SECTORS) {
      const count = Math.min(MAX_SECTORS, sectors - done);
      const at = gpa + done * ATA_SECT_SIZE;
      const result =
        this.mode === 'int13'
          ? yield* this.#int13(operation, lba + done, count, at)
          : yield* this.#polled(operation, lba + done, count, at);
      if (result.kind !== 'ok') return result;
    }
    return IO_OK;
  }

  /** Address, count, command; then sector by sector. Firmware of this kind knows 28-bit addresses only. */
  *#polled(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): Program<IoResult> {
    const { cpu, command } = this.port;
    const task = transferTaskFile('pio', operation, lba, sectors, this.#device, false);
    yield* cpu.out8(command + ATA_REG.DEVICE, task.device);
    yield* cpu.out8(command + ATA_REG.NSECT, sectors & 0xff);
    yield* cpu.out8(command + ATA_REG.LBAL, lba & 0xff);
    yield* cpu.out8(command + ATA_REG.LBAM, (lba >> 8) & 0xff);
    yield* cpu.out8(command + ATA_REG.LBAH, (lba >> 16) & 0xff);
    yield* cpu.out8(command + ATA_REG.CMD, task.command);
    for (let i = 0; i < sectors; i++) {
      const status = yield* this.port.waitNotBusy();
      if (status & FAULT || (status & ATA_STATUS.DRQ) === 0) return yield* this.#failed(status);
      yield* this.#sector(operation, gpa + i * ATA_SECT_SIZE);
    }
    return yield* this.#ended(yield* this.port.waitNotBusy());
  }

  *#sector(operation: 'read' | 'write', gpa: number): Program {
    const { cpu, command } = this.port;
    if (this.mode !== 'polled-words') {
      if (operation === 'read') yield* cpu.insw(command, gpa, SECTOR_WORDS);
      else yield* cpu.outsw(command, gpa, SECTOR_WORDS);
      return;
    }
    const { u16 } = cpu.memory;
    const first = gpa >> 1;
    for (let i = 0; i < SECTOR_WORDS; i++) {
      if (operation === 'read') u16[first + i] = yield* cpu.in16(command);
      else yield* cpu.out16(command, u16[first + i]);
    }
  }

  *#int13(operation: 'read' | 'write', lba: number, sectors: number, gpa: number): Program<IoResult> {
    const task = transferTaskFile('dma', operation, lba, sectors, this.#device, !fitsLba28(lba, sectors));
    const { view } = this.port.cpu.memory;
    const page = this.#page;
    writeInt13(view, page, {
      command: task.command,
      device: task.device,
      lba,
      sectors,
      bytes: sectors * ATA_SECT_SIZE,
      table: page + TABLE_OFFSET,
      skipHead: 0,
      skipTail: 0,
    });
    fillPrdTable(view, page + TABLE_OFFSET, gpa, sectors * ATA_SECT_SIZE);
    yield* this.port.cpu.out32(this.port.int13, page);
    const status = view.getUint8(page + INT13.RESULT);
    if (status === 0) return IO_OK;
    return { kind: 'failed', status, error: 0, reason: 'the INT13 command failed' };
  }

  *#ended(status: number): Program<IoResult> {
    return status & FAULT ? yield* this.#failed(status) : IO_OK;
  }

  *#failed(status: number): Program<IoResult> {
    const error = yield* this.port.cpu.in8(this.port.command + ATA_REG.ERR);
    return { kind: 'failed', status, error, reason: 'the drive reported an error' };
  }
}
