/**
 * The trace: what happened, when, to whom. Rows live in typed arrays that grow as needed up to a cap; what comes after the cap is
 * counted, not kept. Kinds of rows are declared beside the code that emits them.
 */
import { type ChromeTrace, chromeTrace } from './chrome-trace.ts';
import { hashText, WordHash } from './digest.ts';
import { invariant } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Cycles } from './units.ts';

export { WHO_DEVICE, WHO_ROOT, whoName } from './who.ts';

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

/** What a kind of row is called in a sentence: its text up to what it says about its fields, which stands behind a semicolon. */
export const titleOfKind = ({ doc }: Pick<TraceKind, 'doc'>): string => doc.split(';')[0];

/** Declares a kind of row; at most two fields. What `doc` says about them stands behind a semicolon. */
export function traceKind(name: string, fields: readonly string[], doc: string): TraceKind {
  invariant(fields.length <= 2, `trace kind ${name}: a row carries two numbers, a and b`);
  return { name, fields, doc };
}

/** Rows are kept in blocks of this many, so that growing copies nothing and a short run allocates little. */
const BLOCK_SHIFT = 10;
const BLOCK = 1 << BLOCK_SHIFT;

export class Trace {
  /** Rows that came after the cap. */
  dropped = 0;
  readonly cap: number;
  readonly enabled: boolean;
  /** Rows in the full blocks. */
  private before = 0;
  /** Rows in the last block, and how many it takes: none as long as nothing is allocated, and when disabled. */
  private fill = 0;
  private room = 0;
  /** The last block: at, end, a, b of each row, and kind, who of each row. */
  private numbers: Float64Array = new Float64Array(0);
  private labels: Int32Array = new Int32Array(0);
  private readonly numberBlocks: Float64Array[] = [];
  private readonly labelBlocks: Int32Array[] = [];
  private readonly declared: TraceKind[] = [];
  private readonly numberOf = new Map<string, number>();

  /** Keeps the first `cap` rows. `enabled: false` keeps and counts none. */
  constructor(options: { cap?: number; enabled?: boolean } = {}) {
    this.cap = options.cap ?? LIMITS.traceRows.value;
    this.enabled = options.enabled ?? true;
  }

  /** Rows kept. */
  get length(): number {
    return this.before + this.fill;
  }

  /** Rows emitted, kept or not. */
  get total(): number {
    return this.length + this.dropped;
  }

  /** Forgets all rows, kept and dropped; kinds keep their numbers. What comes next is recorded as from a fresh start. */
  clear(): void {
    this.before = 0;
    this.fill = 0;
    this.room = 0;
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
    if (this.fill === this.room && !this.grow()) return;
    const i = this.fill;
    this.fill = i + 1;
    const numbers = this.numbers;
    numbers[i << 2] = at;
    numbers[(i << 2) + 1] = at;
    numbers[(i << 2) + 2] = a;
    numbers[(i << 2) + 3] = b;
    const labels = this.labels;
    labels[i << 1] = kind;
    labels[(i << 1) + 1] = who;
  }

  /** Something took from `at` to `end`. */
  span(kind: number, at: Cycles, end: Cycles, who: number, a = 0, b = 0): void {
    if (this.fill === this.room && !this.grow()) return;
    const i = this.fill;
    this.fill = i + 1;
    const numbers = this.numbers;
    numbers[i << 2] = at;
    numbers[(i << 2) + 1] = end;
    numbers[(i << 2) + 2] = a;
    numbers[(i << 2) + 3] = b;
    const labels = this.labels;
    labels[i << 1] = kind;
    labels[(i << 1) + 1] = who;
  }

  /** Row `i`, 0 being the first; `undefined` when there is none. */
  row(i: number): TraceRow {
    invariant(i >= 0 && i < this.length, `the trace has no row ${i}`);
    const numbers = this.numberBlocks[i >> BLOCK_SHIFT];
    const labels = this.labelBlocks[i >> BLOCK_SHIFT];
    const r = i & (BLOCK - 1);
    return {
      kind: this.declared[labels[2 * r]].name,
      at: numbers[4 * r],
      end: numbers[4 * r + 1],
      who: labels[2 * r + 1],
      a: numbers[4 * r + 2],
      b: numbers[4 * r + 3],
    };
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
    const { length } = this;
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
      const numbers = this.numberBlocks[i >> BLOCK_SHIFT];
      const labels = this.labelBlocks[i >> BLOCK_SHIFT];
      const r = i & (BLOCK - 1);
      columns.kind[i] = labels[2 * r];
      columns.who[i] = labels[2 * r + 1];
      columns.at[i] = numbers[4 * r];
      columns.end[i] = numbers[4 * r + 1];
      columns.a[i] = numbers[4 * r + 2];
      columns.b[i] = numbers[4 * r + 3];
    }
    return columns;
  }

  /**
   * 64 bits over every row kept and the totals, as 16 hexadecimal digits: two runs with equal digests did the same. Kinds count by
   * name, so the order in which the parts of a machine are built does not matter. Not a cryptographic hash.
   */
  digest(): string {
    const names = this.declared.map((kind) => hashText(kind.name));
    const hash = new WordHash();
    for (let first = 0; first < this.length; first += BLOCK) {
      const block = first >> BLOCK_SHIFT;
      const rows = Math.min(BLOCK, this.length - first);
      hashRows(hash, this.numberBlocks[block], this.labelBlocks[block], rows, names);
    }
    hash.word(this.length);
    hash.word(this.dropped);
    return hash.hex();
  }

  /** The rows for chrome://tracing and the Perfetto viewer. `hz` is the frequency of the time stamp counter. */
  toChromeTrace(hz: number): ChromeTrace {
    return chromeTrace(this.rows(), this.declared, hz, this.dropped);
  }

  /** Begins a new block; false when the cap is reached. */
  private grow(): boolean {
    if (!this.enabled) return false;
    if (this.length >= this.cap) {
      this.dropped++;
      return false;
    }
    this.before += this.fill;
    this.fill = 0;
    this.room = Math.min(BLOCK, this.cap - this.before);
    const block = this.before >> BLOCK_SHIFT;
    this.numberBlocks[block] ??= new Float64Array(4 * this.room);
    this.labelBlocks[block] ??= new Int32Array(2 * this.room);
    this.numbers = this.numberBlocks[block];
    this.labels = this.labelBlocks[block];
    return true;
  }
}

function hashRows(
  hash: WordHash,
  numbers: Float64Array,
  labels: Int32Array,
  rows: number,
  names: readonly number[],
): void {
  const words = new Int32Array(numbers.buffer, 0, 8 * rows);
  for (let i = 0; i < rows; i++) {
    hash.word(names[labels[2 * i]]);
    hash.word(labels[2 * i + 1]);
    for (let w = 8 * i; w < 8 * i + 8; w++) hash.word(words[w]);
  }
}
