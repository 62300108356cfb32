/**
 * Fields to bytes. Field names are dotted and indexed (`header.msgtype`, `range[0].pfn_array[5]`); what is not given is zero.
 * When a value is given both for a whole and for bits of it, the bits win.
 */
import { UserError } from '../core/errors.ts';
import type { ArrayType, Member, RecordType, Type } from './layout.ts';
import {
  badValue,
  checkFields,
  guidBytes,
  hexBytes,
  isBytes,
  toBigInt,
  writeScalar,
} from './layout-values.ts';

/** Fields by name, as given to an encoder and returned by a decoder. */
export type FieldValues = Readonly<Record<string, unknown>>;

/** Given fields as a tree: names and indices lead to a value or to a further node. */
type Tree = Map<string, Tree | Leaf>;
interface Leaf {
  readonly value: unknown;
}

const isTree = (node: Tree | Leaf): node is Tree => node instanceof Map;

function insert(tree: Tree, path: string, value: unknown): void {
  const steps = path.match(/[^.[\]]+/g) ?? [];
  let node = tree;
  for (const step of steps.slice(0, -1)) {
    let next = node.get(step);
    if (next === undefined || !isTree(next)) {
      const whole = next?.value;
      next = new Map<string, Tree | Leaf>();
      if (whole !== undefined) next.set('', { value: whole });
      node.set(step, next);
    }
    node = next;
  }
  const last = steps[steps.length - 1] ?? '';
  const present = node.get(last);
  if (present !== undefined && isTree(present)) present.set('', { value });
  else node.set(last, { value });
}

/** Writes into a buffer that grows. */
class Writer {
  bytes = new Uint8Array(256);
  view = new DataView(this.bytes.buffer);
  end = 0;

  /** Makes sure that bytes up to `end` exist. */
  reach(end: number): void {
    this.end = Math.max(this.end, end);
    if (end <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/**
 * Encodes `fields` of a record; the length is what the fields need, at least the part that is always on the wire.
 * @throws UserError for names that are no fields and values that do not fit.
 */
export function encodeRecord(record: RecordType, fields: FieldValues): Uint8Array {
  checkFields(fields);
  const tree: Tree = new Map();
  for (const [path, value] of Object.entries(fields)) if (value !== undefined) insert(tree, path, value);
  const writer = new Writer();
  const size = write(writer, record, { value: undefined }, tree, 0, '', true);
  writer.reach(size);
  return writer.bytes.slice(0, size);
}

/** Writes one value at `at`; returns how many bytes it takes on the wire. `last`: nothing follows it in the message. */
function write(
  writer: Writer,
  type: Type,
  leaf: Leaf,
  tree: Tree | undefined,
  at: number,
  path: string,
  last: boolean,
  outer?: Tree,
): number {
  if (type.kind !== 'array' && typeof leaf.value === 'string' && leaf.value.startsWith('hex:')) {
    return writeRaw(writer, type, leaf.value, at, path);
  }
  switch (type.kind) {
    case 'record':
      return writeRecord(writer, type, expand(leaf, tree, path), at, path, last);
    case 'array':
      return writeArray(writer, type, leaf, tree, at, path, last, outer);
    case 'guid':
      writer.reach(at + 16);
      if (leaf.value !== undefined) writer.bytes.set(guidBytes(String(leaf.value), path), at);
      return 16;
    case 'scalar':
      writer.reach(at + type.size);
      if (leaf.value !== undefined) writeScalar(writer.view, at, type, undefined, leaf.value, path);
      return type.size;
  }
}

/** Any field may be given as bytes from its start. */
function writeRaw(writer: Writer, type: Type, text: string, at: number, path: string): number {
  const raw = hexBytes(text, path);
  if (raw.length > type.size && !type.open)
    throw badValue(path, `has ${type.size} bytes, ${raw.length} were given.`, 'Give fewer.');
  writer.reach(at + Math.max(type.size, raw.length));
  writer.bytes.set(raw, at);
  return Math.max(type.size, raw.length);
}

/** A record may be given as one nested object. */
function expand(leaf: Leaf, tree: Tree | undefined, path: string): Tree {
  if (leaf.value === undefined) return tree ?? new Map();
  if (typeof leaf.value !== 'object' || leaf.value === null) {
    throw badValue(path, `${JSON.stringify(leaf.value)} is not a structure.`, 'Give its fields, or "hex:…".');
  }
  const all: Tree = new Map();
  for (const [key, value] of Object.entries(leaf.value)) insert(all, key, value);
  if (tree) for (const [key, node] of tree) if (key !== '') all.set(key, node);
  return all;
}

const split = (node: Tree | Leaf | undefined): { leaf: Leaf; tree: Tree | undefined } => {
  if (node === undefined) return { leaf: { value: undefined }, tree: undefined };
  if (!isTree(node)) return { leaf: node, tree: undefined };
  const whole = node.get('');
  return { leaf: whole !== undefined && !isTree(whole) ? whole : { value: undefined }, tree: node };
};

function writeRecord(
  writer: Writer,
  record: RecordType,
  tree: Tree,
  at: number,
  path: string,
  last: boolean,
): number {
  checkNames(record, tree, path);
  let shift = 0;
  let size = record.size;
  for (const [i, member] of record.members.entries()) {
    const memberAt = at + member.offset + shift;
    const memberPath = path === '' ? member.name : `${path}.${member.name}`;
    const isLast = last && (record.union || i === record.members.length - 1);
    const taken = writeMember(writer, member, tree, memberAt, memberPath, isLast);
    if (record.union) size = Math.max(size, taken);
    else shift += taken - member.type.size;
  }
  const total = record.union ? size : record.size + shift;
  return total;
}

function writeMember(
  writer: Writer,
  member: Member,
  tree: Tree,
  at: number,
  path: string,
  last: boolean,
): number {
  const { leaf, tree: below } = split(tree.get(member.name));
  if (member.bits === undefined || member.type.kind !== 'scalar') {
    return write(writer, member.type, leaf, below, at, path, last, tree);
  }
  writer.reach(at + member.type.size);
  if (leaf.value !== undefined) writeScalar(writer.view, at, member.type, member.bits, leaf.value, path);
  return member.type.size;
}

function checkNames(record: RecordType, tree: Tree, path: string): void {
  for (const name of tree.keys()) {
    if (name === '' || record.members.some((member) => member.name === name)) continue;
    const names = record.members.map((member) => member.name).join(', ');
    throw new UserError([
      {
        path: path === '' ? name : `${path}.${name}`,
        kind: 'unknown-field',
        message: 'There is no such field.',
        hint: `Fields: ${names}.`,
      },
    ]);
  }
}

/** Elements given as a whole: a list, or bytes. A flat list of an array of arrays is cut into rows. */
function wholeElements(type: ArrayType, leaf: Leaf, path: string): readonly unknown[] | Uint8Array {
  const { value } = leaf;
  if (value === undefined) return [];
  if (isBytes(value)) return value;
  if (typeof value === 'string' && value.startsWith('hex:')) return hexBytes(value, path);
  if (!Array.isArray(value)) {
    throw badValue(path, `${JSON.stringify(value)} is not a list.`, 'Give a list or "hex:…".');
  }
  const row = type.of;
  if (row.kind !== 'array' || value.length === 0 || Array.isArray(value[0])) return value;
  return Array.from({ length: Math.ceil(value.length / row.count) }, (_, i) =>
    value.slice(i * row.count, (i + 1) * row.count),
  );
}

function writeArray(
  writer: Writer,
  type: ArrayType,
  leaf: Leaf,
  tree: Tree | undefined,
  at: number,
  path: string,
  last: boolean,
  outer?: Tree,
): number {
  const whole = wholeElements(type, leaf, path);
  const raw = isBytes(whole);
  const given = raw ? Math.ceil(whole.length / type.of.size) : whole.length;
  const indices = [...(tree?.keys() ?? [])].filter((step) => step !== '').map(Number);
  const count = elementCount(type, Math.max(given, ...indices.map((i) => i + 1)), last, outer, path);
  writer.reach(at + count * type.of.size);
  if (raw) writer.bytes.set(whole, at);
  const element = (i: number, offset: number): number => {
    const node = split(tree?.get(String(i)));
    const own = node.leaf.value === undefined && !raw ? { value: whole[i] } : node.leaf;
    return write(writer, type.of, own, node.tree, at + offset, `${path}[${i}]`, last && i === count - 1);
  };
  if (type.of.open) {
    let size = 0;
    for (let i = 0; i < count; i++) size += element(i, size);
    return size;
  }
  if (!raw) for (let i = 0; i < whole.length; i++) element(i, i * type.of.size);
  for (const i of indices) if (raw || i >= whole.length || tree?.has(String(i))) element(i, i * type.of.size);
  return count * type.of.size;
}

/** How many elements go on the wire: those given, those the structure promises to what follows, and those always there. */
function elementCount(
  type: ArrayType,
  given: number,
  last: boolean,
  outer: Tree | undefined,
  path: string,
): number {
  if (!type.varies || (type.count > 1 && given > type.count)) {
    if (given > type.count)
      throw badValue(path, `has ${type.count} elements, ${given} were given.`, 'Give fewer.');
    return type.count;
  }
  const promised = !last && type.countOf && outer ? type.countOf(reader(outer, path)) : 0;
  return Math.max(type.min, given, promised);
}

const reader = (tree: Tree, path: string) => (name: string) => {
  const { leaf } = split(tree.get(name));
  return leaf.value === undefined ? 0n : toBigInt(leaf.value, `${path}:${name}`);
};
