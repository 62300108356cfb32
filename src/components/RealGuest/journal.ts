/** What crossed the seam as a recording that a replay takes, up to a bound. */
import type { RecordedEvent } from '../../../sim/lab/replay-recording.ts';

/** Events that are kept: about a minute of Linux. What comes later is counted. */
export const MOST_EVENTS = 40_000;

export class Journal {
  private readonly events: RecordedEvent[] = [];
  private leftOut = 0;

  /** An event without a form in a recording is `undefined`, and is passed over. */
  write(event: RecordedEvent | undefined): void {
    if (!event) return;
    if (this.events.length < MOST_EVENTS) this.events.push(event);
    else this.leftOut++;
  }

  /** The file: one event a line. `meta` says whose it is; how many events were left out is added to it. */
  text(meta: object): string {
    const about = { ...meta, ...(this.leftOut > 0 ? { leftOut: this.leftOut } : {}) };
    const lines = this.events.map((event) => JSON.stringify(event)).join(',\n');
    return `{"meta":${JSON.stringify(about)},\n"events":[\n${lines}\n]}\n`;
  }
}
