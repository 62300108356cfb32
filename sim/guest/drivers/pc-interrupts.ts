/**
 * The guest's side of the two interrupt controllers of a PC: how a kernel sets a line up, and what it does around a handler.
 *
 * Flow and order are those of Linux: ISA lines on an I/O APIC are edge triggered and acknowledged at the local APIC before the handler
 * runs (arch/x86/kernel/apic/io_apic.c, kernel/irq/chip.c `handle_edge_irq`); lines on the 8259 pair are masked and ended on both
 * chips before the handler and unmasked after it (arch/x86/kernel/i8259.c, `handle_level_irq`).
 *
 * Per interrupt that is one exit to the hypervisor for the APIC, and for the 8259 pair five intercepts into the worker: read the mask,
 * write it, end on the slave, end on the master, unmask.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { IRQ, MMIO, PORTS } from '../../wire/ports.ts';

/** What a driver needs of the interrupt controller. */
export interface InterruptController {
  /** The vector on which a line arrives. */
  vectorOf(irq: number): number;
  /** Opens a line. */
  enable(irq: number): Program;
  /** First thing on an interrupt. */
  begin(irq: number): Program;
  /** Last thing on an interrupt. */
  end(irq: number): Program;
}

/** Linux puts the sixteen ISA lines at vectors 30h to 3Fh on both controllers. */
const FIRST_VECTOR = 0x30;

const IOAPIC_WINDOW = MMIO.IOAPIC + 0x10;
const IOAPIC_FIRST_ENTRY = 0x10;

/** Lines through the I/O APIC to the local APIC of this processor. */
export class ApicInterrupts implements InterruptController {
  readonly #cpu: Cpu;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  vectorOf(irq: number): number {
    return FIRST_VECTOR + irq;
  }

  /** Writes the redirection entry: destination first, so that the entry is complete when its mask opens. */
  *enable(irq: number): Program {
    const entry = IOAPIC_FIRST_ENTRY + 2 * irq;
    yield* this.#write(entry + 1, (this.#cpu.index << 24) >>> 0);
    yield* this.#write(entry, this.vectorOf(irq));
  }

  *begin(_irq: number): Program {
    yield* this.#cpu.eoi();
  }

  *end(_irq: number): Program {}

  *#write(register: number, value: number): Program {
    yield* this.#cpu.store32(MMIO.IOAPIC, register);
    yield* this.#cpu.store32(IOAPIC_WINDOW, value);
  }
}

const MASTER = PORTS.PIC_MASTER.first;
const SLAVE = PORTS.PIC_SLAVE.first;
/** OCW2: specific end of interrupt, input in the low bits. */
const SPECIFIC_EOI = 0x60;
/** ICW1: edge triggered, cascaded, ICW4 follows. */
const INITIALISE = 0x11;
const PC_MODE = 0x01;

/** Lines through the pair of 8259A. */
export class PicInterrupts implements InterruptController {
  readonly #cpu: Cpu;
  /** The kernel's copy of both masks; all closed but the cascade. */
  #mask = 0xffff & ~(1 << IRQ.CASCADE);

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  vectorOf(irq: number): number {
    return FIRST_VECTOR + irq;
  }

  /** The initialisation words of both chips, then the masks. */
  *initialise(): Program {
    yield* this.#initialiseChip(MASTER, FIRST_VECTOR, 1 << IRQ.CASCADE);
    yield* this.#initialiseChip(SLAVE, FIRST_VECTOR + 8, IRQ.CASCADE);
    yield* this.#cpu.out8(MASTER + 1, this.#mask & 0xff);
    yield* this.#cpu.out8(SLAVE + 1, this.#mask >> 8);
  }

  *enable(irq: number): Program {
    this.#mask &= ~(1 << irq);
    yield* this.#writeMask(irq);
  }

  *begin(irq: number): Program {
    const cpu = this.#cpu;
    this.#mask |= 1 << irq;
    yield* cpu.in8(this.#chip(irq) + 1);
    yield* this.#writeMask(irq);
    if (irq < 8) {
      yield* cpu.out8(MASTER, SPECIFIC_EOI + irq);
      return;
    }
    yield* cpu.out8(SLAVE, SPECIFIC_EOI + (irq & 7));
    yield* cpu.out8(MASTER, SPECIFIC_EOI + IRQ.CASCADE);
  }

  *end(irq: number): Program {
    yield* this.enable(irq);
  }

  #chip(irq: number): number {
    return irq < 8 ? MASTER : SLAVE;
  }

  *#writeMask(irq: number): Program {
    yield* this.#cpu.out8(this.#chip(irq) + 1, irq < 8 ? this.#mask & 0xff : this.#mask >> 8);
  }

  *#initialiseChip(port: number, vector: number, cascade: number): Program {
    const cpu = this.#cpu;
    yield* cpu.out8(port, INITIALISE);
    yield* cpu.out8(port + 1, vector);
    yield* cpu.out8(port + 1, cascade);
    yield* cpu.out8(port + 1, PC_MODE);
  }
}
