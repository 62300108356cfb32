/** The log of what crossed the seam, until the page takes it: a line that only repeats the last one makes that one count. */
import type { LogLine } from './protocol.ts';

/** What a line says; its number, its time and how often it came are the log's. */
export type Line = Omit<LogLine, 'id' | 'at' | 'times'>;

/** Lines that wait for the page. What comes beyond is not shown, and is counted elsewhere. */
export const MOST_LINES = 400;

export class Log {
  private lines: LogLine[] = [];
  private last: LogLine | undefined;
  private next = 0;

  /** `at`: the guest's time in milliseconds. */
  write(line: Line, at: number): void {
    if (this.lines.length >= MOST_LINES) return;
    const { last } = this;
    if (last && last.title === line.title && last.says === line.says && !line.struct) {
      this.last = { ...last, times: last.times + 1, at };
      if (this.lines.at(-1)?.id === last.id) this.lines.pop();
    } else this.last = { ...line, id: this.next++, at, times: 1 };
    this.lines.push(this.last);
  }

  /** What is new since the last call. A line that came before and was repeated comes again, with the same number. */
  take(): LogLine[] {
    return this.lines.splice(0);
  }
}
