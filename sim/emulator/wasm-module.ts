/**
 * Just enough of the WebAssembly binary format to change the body of an exported function: sections, exports and bodies. Nothing is
 * renumbered, so everything else in the module stays as it is.
 *
 * Source: WebAssembly Core Specification, "Binary Format".
 */
import { joined } from '../core/bytes.ts';

/** What went wrong with a file that should be a module; `message` is for people. */
export class ModuleError extends Error {}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;
const KIND = { FUNCTION: 0, TABLE: 1, MEMORY: 2, GLOBAL: 3 } as const;

/** A function type as the bytes of its parameter and result types, in hexadecimal: `7f->7f` takes one i32 and returns one. */
export type Signature = string;

/** Reads bytes from front to back. */
class Reader {
  at: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new ModuleError('the module ends in the middle of a section');
    return this.bytes[this.at++];
  }

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift > 28) throw new ModuleError('a number of the module is too long');
    }
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new ModuleError('the module is cut short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return String.fromCharCode(...this.take(this.number()));
  }

  limits(): void {
    const flags = this.number();
    this.number();
    if ((flags & 1) !== 0) this.number();
  }
}

/** The bytes of an unsigned number in LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

/** A module that can be changed function by function. */
export class WasmModule {
  private readonly sections: { readonly id: number; body: Uint8Array }[] = [];
  private readonly types: Signature[] = [];
  /** Type of every function, imported ones first. */
  private readonly functions: number[] = [];
  private readonly imports = new Map<string, number>();
  private readonly exports = new Map<string, number>();
  private readonly bodies: Uint8Array[] = [];

  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    const head = bytes.length >= MAGIC.length ? reader.take(MAGIC.length) : undefined;
    if (!head || MAGIC.some((byte, i) => head[i] !== byte))
      throw new ModuleError('this is no WebAssembly module');
    while (reader.at < bytes.length) {
      const id = reader.byte();
      const body = reader.take(reader.number());
      this.sections.push({ id, body });
      this.read(id, new Reader(body));
    }
  }

  /** Index of an imported function of the module `env`. */
  imported(name: string): number {
    return this.indexIn(this.imports, name, 'import');
  }

  /** Index of an exported function. */
  exported(name: string): number {
    return this.indexIn(this.exports, name, 'export');
  }

  signature(index: number): Signature {
    return this.types[this.functions[index]] ?? 'none';
  }

  /** Body of a function: its locals and its instructions. */
  body(index: number): Uint8Array {
    const body = this.bodies[index - this.imports.size];
    if (!body) throw new ModuleError(`function ${index} has no body`);
    return body;
  }

  replace(index: number, body: Uint8Array): void {
    this.body(index);
    this.bodies[index - this.imports.size] = body;
  }

  /** The module as bytes again. */
  encode(): Uint8Array {
    const parts: Uint8Array[] = [Uint8Array.from(MAGIC)];
    for (const { id, body } of this.sections) {
      const content = id === SECTION.CODE ? this.code() : body;
      parts.push(Uint8Array.from([id, ...leb(content.length)]), content);
    }
    return joined(parts);
  }

  private code(): Uint8Array {
    const parts = this.bodies.flatMap((body) => [Uint8Array.from(leb(body.length)), body]);
    return joined([Uint8Array.from(leb(this.bodies.length)), ...parts]);
  }

  private indexIn(map: ReadonlyMap<string, number>, name: string, what: string): number {
    const index = map.get(name);
    if (index === undefined) throw new ModuleError(`the module has no ${what} called ${name}`);
    return index;
  }

  private read(id: number, reader: Reader): void {
    const each = (read: () => void): void => {
      for (let left = reader.number(); left > 0; left--) read();
    };
    if (id === SECTION.TYPE) each(() => this.types.push(signatureOf(reader)));
    else if (id === SECTION.IMPORT) each(() => this.readImport(reader));
    else if (id === SECTION.FUNCTION) each(() => this.functions.push(reader.number()));
    else if (id === SECTION.EXPORT) each(() => this.readExport(reader));
    else if (id === SECTION.CODE) each(() => this.bodies.push(reader.take(reader.number())));
  }

  private readImport(reader: Reader): void {
    reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind === KIND.FUNCTION) {
      this.imports.set(name, this.functions.length);
      this.functions.push(reader.number());
    } else if (kind === KIND.TABLE) {
      reader.byte();
      reader.limits();
    } else if (kind === KIND.MEMORY) reader.limits();
    else reader.take(2);
  }

  private readExport(reader: Reader): void {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === KIND.FUNCTION) this.exports.set(name, index);
  }
}

function signatureOf(reader: Reader): Signature {
  reader.byte();
  const list = (): string => Array.from(reader.take(reader.number()), (type) => type.toString(16)).join(',');
  const parameters = list();
  return `${parameters}->${list()}`;
}
