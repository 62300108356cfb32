/**
 * Fast access to single numbers of a structure in place, for code that runs millions of times: no names, no allocation. An accessor
 * is made once from the declaration and then used like two functions.
 *
 * Numbers of 8 bytes are read as `number`: exact below 2^53, which holds for addresses, lengths and page numbers.
 */
import { SimBug } from '../core/errors.ts';
import type { Member, RecordType, ScalarType, Type } from './layout.ts';

/** One number at a fixed offset. `at` is where the structure starts in the view. */
export interface NumberAccessor {
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** Bytes of the number, or of the storage unit of a bit-field. */
  readonly size: number;
  get(view: DataView, at: number): number;
  set(view: DataView, at: number, value: number): void;
}

// `declare` and assigned once in the constructors below: what starts as undefined is no constant for V8 ever after, and then every
// read asks again where its number lies.

class ByteAccessor implements NumberAccessor {
  declare readonly size: 1;
  declare readonly offset: number;
  constructor(offset: number) {
    this.size = 1;
    this.offset = offset;
  }
  get(view: DataView, at: number): number {
    return view.getUint8(at + this.offset);
  }
  set(view: DataView, at: number, value: number): void {
    view.setUint8(at + this.offset, value);
  }
}

class WordAccessor implements NumberAccessor {
  declare readonly size: 2;
  declare readonly offset: number;
  constructor(offset: number) {
    this.size = 2;
    this.offset = offset;
  }
  get(view: DataView, at: number): number {
    return view.getUint16(at + this.offset, true);
  }
  set(view: DataView, at: number, value: number): void {
    view.setUint16(at + this.offset, value, true);
  }
}

class DwordAccessor implements NumberAccessor {
  declare readonly size: 4;
  declare readonly offset: number;
  constructor(offset: number) {
    this.size = 4;
    this.offset = offset;
  }
  get(view: DataView, at: number): number {
    return view.getUint32(at + this.offset, true);
  }
  set(view: DataView, at: number, value: number): void {
    view.setUint32(at + this.offset, value, true);
  }
}

class QwordAccessor implements NumberAccessor {
  declare readonly size: 8;
  declare readonly offset: number;
  constructor(offset: number) {
    this.size = 8;
    this.offset = offset;
  }
  get(view: DataView, at: number): number {
    const low = view.getUint32(at + this.offset, true);
    const high = view.getUint32(at + this.offset + 4, true);
    return high === 0 ? low : low + high * 0x1_0000_0000;
  }
  set(view: DataView, at: number, value: number): void {
    view.setUint32(at + this.offset, value, true);
    view.setUint32(at + this.offset + 4, value <= 0xffff_ffff ? 0 : Math.floor(value / 0x1_0000_0000), true);
  }
}

class SignedAccessor implements NumberAccessor {
  declare readonly offset: number;
  declare readonly size: number;
  declare private readonly unsigned: NumberAccessor;
  declare private readonly shift: number;
  constructor(unsigned: NumberAccessor) {
    this.unsigned = unsigned;
    this.offset = unsigned.offset;
    this.size = unsigned.size;
    this.shift = 32 - unsigned.size * 8;
  }
  get(view: DataView, at: number): number {
    return (this.unsigned.get(view, at) << this.shift) >> this.shift;
  }
  set(view: DataView, at: number, value: number): void {
    this.unsigned.set(view, at, value);
  }
}

class BitAccessor implements NumberAccessor {
  declare readonly offset: number;
  declare readonly size: number;
  declare private readonly unit: NumberAccessor;
  declare private readonly scale: number;
  declare private readonly range: number;
  constructor(unit: NumberAccessor, bitOffset: number, bitSize: number) {
    this.unit = unit;
    this.offset = unit.offset;
    this.size = unit.size;
    this.scale = 2 ** bitOffset;
    this.range = 2 ** bitSize;
  }
  get(view: DataView, at: number): number {
    return Math.floor(this.unit.get(view, at) / this.scale) % this.range;
  }
  set(view: DataView, at: number, value: number): void {
    const unit = this.unit.get(view, at);
    const old = Math.floor(unit / this.scale) % this.range;
    this.unit.set(view, at, unit + (value - old) * this.scale);
  }
}

const UNSIGNED = { 1: ByteAccessor, 2: WordAccessor, 4: DwordAccessor, 8: QwordAccessor } as const;

function scalarAccessor(type: ScalarType, offset: number, bits: Member['bits']): NumberAccessor {
  const unit = new UNSIGNED[type.size](offset);
  if (bits !== undefined) return new BitAccessor(unit, bits.offset, bits.size);
  return type.signed && type.size < 8 ? new SignedAccessor(unit) : unit;
}

/** The accessor of the number with the dotted name `path`; indices are numbers (`range[0].len`). */
export function accessorAt(record: RecordType, path: string): NumberAccessor {
  let type: Type = record;
  let offset = 0;
  let bits: Member['bits'];
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (type.kind === 'array') {
      offset += Number(step) * type.of.size;
      type = type.of;
      continue;
    }
    const member: Member | undefined =
      type.kind === 'record' ? type.members.find((m) => m.name === step) : undefined;
    if (member === undefined) throw new SimBug(`no field ${step} in ${path}`);
    offset += member.offset;
    type = member.type;
    bits = member.bits;
  }
  if (type.kind !== 'scalar') throw new SimBug(`${path} is not a number`);
  return scalarAccessor(type, offset, bits);
}
