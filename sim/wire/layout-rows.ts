/**
 * A record as rows of a table: one row for each field, nested ones flattened with dots, as a reference page or a debugger shows them.
 * `x[].y` is the field of element 0; add `stride` for each further element.
 */
import type { ArrayType, Member, RecordType, Type } from './layout.ts';

/** One row of the table: a field, where it lies, how long it is. */
export interface FieldRow {
  /** Dotted name; `[]` stands for an index. */
  readonly name: string;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes; for a bit-field the bytes of its storage unit. */
  readonly size: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
  readonly signed?: boolean;
  /** For an array: elements, all dimensions multiplied. */
  readonly count?: number;
  readonly elemSize?: number;
  readonly dims?: readonly number[];
  /** Number of elements varies. */
  readonly flexible?: boolean;
  /** Inside an array: bytes from one element to the next. */
  readonly stride?: number;
  readonly doc: string;
}

interface Place {
  readonly name: string;
  readonly offset: number;
  readonly stride: number | undefined;
  readonly doc: string;
}

/** All rows of a record. */
export function rowsOf(record: RecordType): FieldRow[] {
  return recordRows(record, { name: '', offset: 0, stride: undefined, doc: '' });
}

function recordRows(record: RecordType, at: Place): FieldRow[] {
  return record.members.flatMap((member) => {
    const name = at.name === '' ? member.name : `${at.name}.${member.name}`;
    return memberRows(member, {
      name,
      offset: at.offset + member.offset,
      stride: at.stride,
      doc: member.doc,
    });
  });
}

const strideOf = (at: Place): { stride?: number } => (at.stride === undefined ? {} : { stride: at.stride });

function memberRows(member: Member, at: Place): FieldRow[] {
  if (member.bits === undefined) return typeRows(member.type, at);
  const { offset: bitOffset, size: bitSize } = member.bits;
  return [
    {
      name: at.name,
      offset: at.offset,
      size: member.type.size,
      bitOffset,
      bitSize,
      ...strideOf(at),
      doc: at.doc,
    },
  ];
}

function typeRows(type: Type, at: Place): FieldRow[] {
  switch (type.kind) {
    case 'record':
      return recordRows(type, at);
    case 'array':
      return arrayRows(type, at);
    case 'guid':
      return [{ name: at.name, offset: at.offset, size: 16, ...strideOf(at), doc: at.doc }];
    case 'scalar': {
      const signed = type.signed ? { signed: true } : {};
      return [{ name: at.name, offset: at.offset, size: type.size, ...signed, ...strideOf(at), doc: at.doc }];
    }
  }
}

function arrayRows(type: ArrayType, at: Place): FieldRow[] {
  const dims = [type.count];
  let of: Type = type.of;
  while (of.kind === 'array') {
    dims.push(of.count);
    of = of.of;
  }
  const count = dims.reduce((product, dim) => product * dim, 1);
  const own: FieldRow = {
    name: at.name,
    offset: at.offset,
    size: type.size,
    count,
    elemSize: of.size,
    ...(of.kind === 'scalar' && of.signed ? { signed: true } : {}),
    ...(dims.length > 1 ? { dims } : {}),
    ...(type.varies && type.count === 0 ? { flexible: true } : {}),
    ...strideOf(at),
    doc: at.doc,
  };
  if (of.kind !== 'record') return [own];
  const name = at.name + '[]'.repeat(dims.length);
  return [own, ...recordRows(of, { name, offset: at.offset, stride: of.size, doc: '' })];
}
