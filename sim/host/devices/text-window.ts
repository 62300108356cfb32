/**
 * The text screen of a VGA at B8000h: 80 × 25 cells of a character and its colours. Every store is an intercept.
 *
 * Left out: everything else of a VGA, its ports included. That a store into this window is an intercept and not plain memory is how
 * OpenVMM's adapter works (`vm/devices/vga/src`); what Hyper-V does with it was never published.
 */
import type { MmioHandler } from '../../machine/io.ts';
import type { Width } from '../../machine/seam.ts';

/** Where the window lies, and how large it is. */
export const TEXT_WINDOW = { gpa: 0xb8000, bytes: 0x8000, columns: 80, rows: 25 } as const;

/** The window as a device. */
export class TextWindow implements MmioHandler {
  private readonly cells = new Uint8Array(TEXT_WINDOW.bytes);

  read(gpa: number, width: Width): number {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (this.cells[gpa - TEXT_WINDOW.gpa + i] ?? 0);
    return value;
  }

  write(gpa: number, width: Width, value: number): void {
    for (let i = 0; i < width; i++) this.cells[gpa - TEXT_WINDOW.gpa + i] = (value >>> (8 * i)) & 0xff;
  }

  reset(): void {
    this.cells.fill(0);
  }

  /** What stands on the screen, line by line, blanks at the end left out. */
  get lines(): string[] {
    const { columns, rows } = TEXT_WINDOW;
    return Array.from({ length: rows }, (_, row) => {
      const codes = Array.from({ length: columns }, (_, column) => this.cells[2 * (row * columns + column)]);
      return String.fromCharCode(...codes.map((code) => code || 0x20)).trimEnd();
    });
  }
}
