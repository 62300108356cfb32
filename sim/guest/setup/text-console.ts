/** The text screen that a system writes to while it starts: two cells with every store, each store an intercept. */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';

const WINDOW = 0xb8000;
const COLUMNS = 80;
const ROWS = 25;
/** Light grey on black. */
const COLOURS = 0x07;

export class TextConsole {
  private readonly cpu: Cpu;
  private row = 0;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  /** Writes a line; what does not fit is cut off. */
  *print(text: string): Program {
    const line = text.slice(0, COLUMNS);
    const at = WINDOW + 2 * COLUMNS * (this.row++ % ROWS);
    for (let i = 0; i < line.length; i += 2)
      yield* this.cpu.store32(at + 2 * i, cell(line, i) + cell(line, i + 1) * 0x1_0000);
  }
}

const cell = (text: string, i: number): number => (COLOURS << 8) | (text.charCodeAt(i) & 0x7f || 0x20);
