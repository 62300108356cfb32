/**
 * The register accesses of an ATA host driver, in the order of Linux libata (drivers/ata/libata-sff.c): selecting a drive, loading a
 * task file, giving a command, waiting for a state. Each access is one intercept.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { ATA_CONTROL, ATA_DEVICE, ATA_REG, ATA_STATUS } from '../../wire/ata.ts';
import { IDE_CHANNELS, PORTS } from '../../wire/ports.ts';
import type { TaskFile } from './ata-command.ts';

/** What the registers say after a command. */
export interface TaskFileResult {
  readonly status: number;
  readonly error: number;
  readonly count: number;
  readonly lbaLow: number;
  readonly lbaMid: number;
  readonly lbaHigh: number;
  readonly device: number;
}

/** One IDE channel as a driver reaches it. */
export class AtaPort {
  readonly cpu: Cpu;
  /** First port of the command block; the data port. */
  readonly command: number;
  /** Alternate status (read) and device control (write). */
  readonly control: number;
  readonly int13: number;
  readonly irq: number;
  /** First bus-master port of this channel. */
  readonly busMaster: number;
  /** Status reads that found the drive still busy. On a real disk they are the price of polling; the formulas leave them out. */
  busyPolls = 0;
  /** Cycles between two polls of a busy drive. */
  readonly #pollDelay: number;

  /** `pollDelay` in cycles; 0 polls as fast as the intercepts allow. */
  constructor(cpu: Cpu, channel: 0 | 1 = 0, busMaster: number = PORTS.IDE_BUS_MASTER.first, pollDelay = 0) {
    const ports = IDE_CHANNELS[channel];
    this.cpu = cpu;
    this.command = ports.command;
    this.control = ports.control;
    this.int13 = ports.int13;
    this.irq = ports.irq;
    this.busMaster = busMaster + ports.busMaster;
    this.#pollDelay = pollDelay;
  }

  /** Selects a drive and makes sure that it and the one before it are idle: four accesses. */
  *select(device: number): Program {
    yield* this.waitIdle();
    yield* this.cpu.out8(this.command + ATA_REG.DEVICE, ATA_DEVICE.OBSOLETE | (device ? ATA_DEVICE.DEV1 : 0));
    yield* this.pause();
    yield* this.waitIdle();
  }

  /** Writes the task file but the command: seven accesses, twelve with 48-bit addresses. */
  *load(task: TaskFile): Program {
    const { cpu, command } = this;
    if (task.lba48) {
      yield* cpu.out8(command + ATA_REG.FEATURE, 0);
      yield* cpu.out8(command + ATA_REG.NSECT, (task.count >> 8) & 0xff);
      yield* cpu.out8(command + ATA_REG.LBAL, byteOf(task.lba, 3));
      yield* cpu.out8(command + ATA_REG.LBAM, byteOf(task.lba, 4));
      yield* cpu.out8(command + ATA_REG.LBAH, byteOf(task.lba, 5));
    }
    yield* cpu.out8(command + ATA_REG.FEATURE, task.feature);
    yield* cpu.out8(command + ATA_REG.NSECT, task.count & 0xff);
    yield* cpu.out8(command + ATA_REG.LBAL, byteOf(task.lba, 0));
    yield* cpu.out8(command + ATA_REG.LBAM, byteOf(task.lba, 1));
    yield* cpu.out8(command + ATA_REG.LBAH, byteOf(task.lba, 2));
    yield* cpu.out8(command + ATA_REG.DEVICE, task.device);
    yield* this.waitIdle();
  }

  /** Gives the command and lets 400 ns pass: two accesses. */
  *execute(command: number): Program {
    yield* this.cpu.out8(this.command + ATA_REG.CMD, command);
    yield* this.pause();
  }

  /** Reads the alternate status: a delay that every drive honours, and a flush of what was written before. */
  *pause(): Program {
    yield* this.cpu.in8(this.control);
  }

  /** Reads the status until neither BSY nor DRQ is set. Returns it. */
  waitIdle(): Program<number> {
    return this.#waitClear(ATA_STATUS.BUSY | ATA_STATUS.DRQ);
  }

  /** Reads the status until BSY is clear. Returns it. */
  waitNotBusy(): Program<number> {
    return this.#waitClear(ATA_STATUS.BUSY);
  }

  /** Reads the task file back, all seven registers as libata does: after a reset and after an error. */
  *result(): Program<TaskFileResult> {
    const { cpu, command } = this;
    return {
      status: yield* cpu.in8(command + ATA_REG.STATUS),
      error: yield* cpu.in8(command + ATA_REG.ERR),
      count: yield* cpu.in8(command + ATA_REG.NSECT),
      lbaLow: yield* cpu.in8(command + ATA_REG.LBAL),
      lbaMid: yield* cpu.in8(command + ATA_REG.LBAM),
      lbaHigh: yield* cpu.in8(command + ATA_REG.LBAH),
      device: yield* cpu.in8(command + ATA_REG.DEVICE),
    };
  }

  /** Switches interrupts of the selected drive on or off. */
  *setInterrupts(on: boolean): Program {
    yield* this.cpu.out8(this.control, ATA_CONTROL.OBSOLETE | (on ? 0 : ATA_CONTROL.NIEN));
  }

  *#waitClear(bits: number): Program<number> {
    for (;;) {
      const status = yield* this.cpu.in8(this.command + ATA_REG.STATUS);
      if ((status & bits) === 0 || status === 0xff) return status;
      this.busyPolls++;
      if (this.#pollDelay > 0) yield* this.cpu.compute(this.#pollDelay);
    }
  }
}

/** Byte `index` of a number of up to 48 bits. */
function byteOf(value: number, index: number): number {
  return Math.floor(value / 2 ** (8 * index)) & 0xff;
}
