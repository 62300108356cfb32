/** The guest's text screen: iPXE prints nowhere else. */

const COLUMNS = 80;

export class Screen {
  private readonly rows: string[][] = [];
  private stale = false;

  /** The emulator says that a character stands somewhere. */
  put([row, column, code]: readonly [row: number, column: number, code: number]): void {
    this.rows[row] ??= new Array<string>(COLUMNS).fill(' ');
    this.rows[row][column] = code === 0 ? ' ' : String.fromCharCode(code);
    this.stale = true;
  }

  /** The text when it changed since the last call. */
  changed(): string | undefined {
    if (!this.stale) return undefined;
    this.stale = false;
    return Array.from(this.rows, (row) => row?.join('').trimEnd() ?? '')
      .join('\n')
      .trimEnd();
  }
}
