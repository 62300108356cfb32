/**
 * The trace: what happened, when, to whom. Rows live in typed arrays that grow as needed up to a cap; what comes after the cap is
 * counted, not kept. Kinds of rows are declared beside the code that emits them.
 */
import { invariant } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Cycles } from './units.ts';

/** `who` from here on is a root virtual processor; below are the guest's. */
export const WHO_ROOT = 1000;
/** `who` from here on is a device or a host thread. */
export const WHO_DEVICE = 2000;

/** What one kind of row means. */
export interface TraceKind {
  /** Dotted, the part first: 'io.out'. */
  readonly name: string;
  /** What `a` and `b` hold. */
  readonly fields: readonly string[];
  /** A sentence for people. */
  readonly doc: string;
}

/** One row of the trace. An instant has `end === at`. */
export interface TraceRow {
  readonly kind: string;
  readonly at: Cycles;
  readonly end: Cycles;
  readonly who: number;
  readonly a: number;
  readonly b: number;
}

/** The trace by columns, for readers that go through many rows. `kind` indexes `kinds`. */
export interface TraceColumns {
  readonly kinds: readonly TraceKind[];
  readonly kind: Uint16Array;
  readonly who: Int32Array;
  readonly at: Float64Array;
  readonly end: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Declares a kind of row; at most two fields. */
export function traceKind(name: string, fields: readonly string[], doc: string): TraceKind {
  invariant(fields.length <= 2, `trace kind ${name}: a row carries two numbers, a and b`);
  return { name, fields, doc };
}

const FIRST_ROWS = 256;

export class Trace {
  /** Rows kept. */
  length = 0;
  /** Rows that came after the cap. */
  dropped = 0;
  readonly cap: number;
  readonly enabled: boolean;
  /** Rows that fit before the arrays have to grow: 0 as long as nothing is allocated, and when disabled. */
  private room = 0;
  /** at, end, a, b of each row. */
  private numbers = new Float64Array(0);
  /** kind, who of each row. */
  private labels = new Int32Array(0);
  private readonly declared: TraceKind[] = [];
  private readonly numberOf = new Map<string, number>();

  /** Keeps the first `cap` rows. `enabled: false` keeps and counts none. */
  constructor(options: { cap?: number; enabled?: boolean } = {}) {
    this.cap = options.cap ?? LIMITS.traceRows.value;
    this.enabled = options.enabled ?? true;
  }

  /** Rows emitted, kept or not. */
  get total(): number {
    return this.length + this.dropped;
  }

  /** Forgets all rows, kept and dropped; kinds keep their numbers. What comes next is recorded as from a fresh start. */
  clear(): void {
    this.length = 0;
    this.dropped = 0;
  }

  /** The number of a kind for {@link emit}. Call once, when the part that emits it is built. */
  kind(kind: TraceKind): number {
    const known = this.numberOf.get(kind.name);
    if (known !== undefined) return known;
    const number = this.declared.length;
    invariant(number < LIMITS.traceKinds.value, 'too many trace kinds');
    this.declared.push(kind);
    this.numberOf.set(kind.name, number);
    return number;
  }

  /** Something happened at an instant. */
  emit(kind: number, at: Cycles, who: number, a = 0, b = 0): void {
    const i = this.length;
    if (i >= this.room && !this.grow()) return;
    this.length = i + 1;
    const numbers = this.numbers;
    numbers[4 * i] = at;
    numbers[4 * i + 1] = at;
    numbers[4 * i + 2] = a;
    numbers[4 * i + 3] = b;
    const labels = this.labels;
    labels[2 * i] = kind;
    labels[2 * i + 1] = who;
  }

  /** Something took from `at` to `end`. */
  span(kind: number, at: Cycles, end: Cycles, who: number, a = 0, b = 0): void {
    const i = this.length;
    if (i >= this.room && !this.grow()) return;
    this.length = i + 1;
    const numbers = this.numbers;
    numbers[4 * i] = at;
    numbers[4 * i + 1] = end;
    numbers[4 * i + 2] = a;
    numbers[4 * i + 3] = b;
    const labels = this.labels;
    labels[2 * i] = kind;
    labels[2 * i + 1] = who;
  }

  /** Row `i`, 0 being the first; `undefined` when there is none. */
  row(i: number): TraceRow {
    invariant(i >= 0 && i < this.length, `the trace has no row ${i}`);
    const [at, end, a, b] = this.numbers.subarray(4 * i, 4 * i + 4);
    return { kind: this.declared[this.labels[2 * i]].name, at, end, who: this.labels[2 * i + 1], a, b };
  }

  /** All rows kept, as objects. For many rows {@link columns} is cheaper. */
  rows(): TraceRow[] {
    return Array.from({ length: this.length }, (_, i) => this.row(i));
  }

  /** The last `count` rows, oldest first: what a bug report shows. */
  last(count: number): TraceRow[] {
    const first = Math.max(0, this.length - count);
    return Array.from({ length: this.length - first }, (_, i) => this.row(first + i));
  }

  /** A copy of the rows kept, by columns. */
  get columns(): TraceColumns {
    const { length, numbers, labels } = this;
    const columns = {
      kinds: [...this.declared],
      kind: new Uint16Array(length),
      who: new Int32Array(length),
      at: new Float64Array(length),
      end: new Float64Array(length),
      a: new Float64Array(length),
      b: new Float64Array(length),
    };
    for (let i = 0; i < length; i++) {
      columns.kind[i] = labels[2 * i];
      columns.who[i] = labels[2 * i + 1];
      columns.at[i] = numbers[4 * i];
      columns.end[i] = numbers[4 * i + 1];
      columns.a[i] = numbers[4 * i + 2];
      columns.b[i] = numbers[4 * i + 3];
    }
    return columns;
  }

  /**
   * 64 bits over every row kept and the totals, as 16 hexadecimal digits: two runs with equal digests did the same. Kinds count by
   * name, so the order in which the parts of a machine are built does not matter. Not a cryptographic hash.
   */
  digest(): string {
    const words = new Int32Array(this.numbers.buffer, 0, 8 * this.length);
    const names = this.declared.map((kind) => hashText(kind.name));
    let h1 = 0x9e3779b9 | 0;
    let h2 = 0x7f4a7c15;
    for (let i = 0; i < this.length; i++) {
      const label = names[this.labels[2 * i]] ^ this.labels[2 * i + 1];
      h1 = mix(h1 ^ label, 0x85ebca6b);
      h2 = mix(h2 + label, 0xc2b2ae35);
      for (let w = 8 * i; w < 8 * i + 8; w++) {
        h1 = mix(h1 ^ words[w], 0x85ebca6b);
        h2 = mix(h2 + words[w], 0xc2b2ae35);
      }
    }
    for (const total of [this.length, this.dropped]) {
      h1 = mix(h1 ^ total, 0xcc9e2d51);
      h2 = mix(h2 + total, 0x1b873593);
    }
    return hex(h1 ^ (h2 >>> 15)) + hex(h2);
  }

  /**
   * The rows in the format of chrome://tracing and the Perfetto viewer ("Trace Event Format"): spans as complete events, the rest as
   * instants, one thread per `who`. `hz` is the frequency of the time stamp counter.
   */
  toChromeTrace(hz: number): ChromeTrace {
    const perCycle = 1e6 / hz;
    const seen = new Set<number>();
    const traceEvents: ChromeEvent[] = [];
    for (const row of this.rows()) {
      seen.add(row.who);
      traceEvents.push(chromeEvent(row, this.declared[this.numberOf.get(row.kind) as number], perCycle));
    }
    for (const who of [...seen].sort((x, y) => x - y)) {
      traceEvents.push({
        name: 'thread_name',
        ph: 'M',
        pid: pidOf(who),
        tid: who,
        args: { name: nameOf(who) },
      });
    }
    return {
      traceEvents,
      displayTimeUnit: 'ns',
      otherData: { hz, rows: this.length, dropped: this.dropped },
    };
  }

  /** Makes room for another row; false when there is none to be had. */
  private grow(): boolean {
    if (!this.enabled) return false;
    if (this.room >= this.cap) {
      this.dropped++;
      return false;
    }
    this.room = Math.min(this.cap, Math.max(FIRST_ROWS, 2 * this.room));
    const numbers = new Float64Array(4 * this.room);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const labels = new Int32Array(2 * this.room);
    labels.set(this.labels);
    this.labels = labels;
    return true;
  }
}

/** An event of the Trace Event Format; times in microseconds. */
export interface ChromeEvent {
  readonly name: string;
  readonly ph: 'X' | 'i' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly s?: 't';
  readonly args: Readonly<Record<string, number | string>>;
}

/** The JSON object form of the Trace Event Format. */
export interface ChromeTrace {
  readonly traceEvents: ChromeEvent[];
  readonly displayTimeUnit: 'ns';
  readonly otherData: Readonly<Record<string, number>>;
}

function chromeEvent(row: TraceRow, kind: TraceKind, perCycle: number): ChromeEvent {
  const values = [row.a, row.b];
  const args = Object.fromEntries(kind.fields.map((field, i) => [field, values[i]]));
  const common = {
    name: row.kind,
    cat: row.kind.split('.')[0],
    ts: row.at * perCycle,
    pid: pidOf(row.who),
    tid: row.who,
    args,
  };
  return row.end > row.at
    ? { ...common, ph: 'X', dur: (row.end - row.at) * perCycle }
    : { ...common, ph: 'i', s: 't' };
}

function pidOf(who: number): number {
  return who < WHO_ROOT ? 1 : 0;
}

function nameOf(who: number): string {
  if (who < WHO_ROOT) return `guest VP ${who}`;
  return who < WHO_DEVICE ? `root VP ${who - WHO_ROOT}` : `device ${who - WHO_DEVICE}`;
}

function mix(h: number, by: number): number {
  const x = Math.imul(h ^ (h >>> 16), by);
  return x ^ (x >>> 13);
}

function hashText(text: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
