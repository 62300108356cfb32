/**
 * A table of named numbers, the way a specification prints one: name, value, meaning.
 *
 * `codes({...}).values` is what code uses (`CHANNELMSG.OPENCHANNEL`); the table itself names a number found on the wire and
 * feeds the reference pages. Names are the field's own, so a search for one finds the driver that uses it.
 */

/** One row of a table of codes. */
export interface Code {
  readonly name: string;
  readonly value: number;
  /** What it means, in a phrase. */
  readonly doc: string;
}

/** The name → number half of a table. */
export type CodeValues<T> = { readonly [K in keyof T]: number };

export class Codes<T extends Record<string, readonly [number, string]>> {
  /** Name to number. */
  readonly values: CodeValues<T>;
  /** All rows in the order of declaration. */
  readonly rows: readonly Code[];
  private readonly byValue = new Map<number, Code>();

  constructor(table: T) {
    this.rows = Object.entries(table).map(([name, [value, doc]]) => ({ name, value, doc }));
    for (const row of this.rows) if (!this.byValue.has(row.value)) this.byValue.set(row.value, row);
    this.values = Object.fromEntries(this.rows.map((row) => [row.name, row.value])) as CodeValues<T>;
  }

  /** The first name declared for `value`, or its hexadecimal text when the table has none. */
  nameOf(value: number): string {
    return this.byValue.get(value)?.name ?? `0x${value.toString(16)}`;
  }

  /** The meaning of `value`, empty when the table has none. */
  docOf(value: number): string {
    return this.byValue.get(value)?.doc ?? '';
  }

  /** For a table of flags: the names of the flags that are set in `value`. */
  flagsIn(value: number): string[] {
    return this.rows
      .filter((row) => row.value !== 0 && (value & row.value) >>> 0 === row.value)
      .map((row) => row.name);
  }
}

/** Declares a table of codes: `{ NAME: [value, 'meaning'] }`. */
export function codes<T extends Record<string, readonly [number, string]>>(table: T): Codes<T> {
  return new Codes(table);
}
