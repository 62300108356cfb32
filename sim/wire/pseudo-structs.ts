/**
 * Things on the wire that are not a structure of named fields, in the form of one: a page of event flags as a list of set flags, and
 * the control word of a hypercall.
 */

import { array, bits, members, u64 } from './layout.ts';
import { badValue, checkBytes, checkFields, toBigInt } from './layout-values.ts';
import { type Codec, struct, withLength } from './struct.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT, HV_SYNIC_SINT_COUNT } from './synic-constants.ts';

const PAGE = HV_SYNIC_SINT_COUNT * HV_EVENT_FLAGS_BYTE_COUNT;

function setFlags(bytes: Uint8Array, sint: number): number[] {
  const set: number[] = [];
  const from = sint * HV_EVENT_FLAGS_BYTE_COUNT;
  for (let i = 0; i < HV_EVENT_FLAGS_BYTE_COUNT * 8 && from + (i >> 3) < bytes.length; i++) {
    if (bytes[from + (i >> 3)] & (1 << (i & 7))) set.push(i);
  }
  return set;
}

/** A whole number from 0 to below `limit`. */
function within(value: unknown, limit: number, path: string): number {
  const number = toBigInt(value, path);
  if (number >= 0n && number < BigInt(limit)) return Number(number);
  throw badValue(path, `${number} does not exist here.`, `Give a whole number from 0 to ${limit - 1}.`);
}

const meta = {
  source: 'QEMU 7.2 include/hw/hyperv/hyperv-proto.h',
  doc: 'Event flags of all SINTs of one virtual processor.',
};
const slots = struct('hyperv_event_flags_page', meta, {
  slot: array(members({ flags: array(u64, 32) }), HV_SYNIC_SINT_COUNT),
});

/**
 * The event flags page of one virtual processor: 2048 flags for each of 16 SINTs. Fields: `sint`, and `bits_set`, the flags that are
 * set there; or the words, `slot[2].flags[0]`. Decoding lists the flags of the first SINT that has any.
 */
export const hypervEventFlagsPage: Codec = {
  name: 'hyperv_event_flags_page',
  size: PAGE,
  ...meta,
  encode(fields, options = {}) {
    checkFields(fields);
    const { sint, bits_set: set, ...words } = fields;
    const bytes = slots.encode(words);
    const from = within(sint ?? 0, HV_SYNIC_SINT_COUNT, 'sint') * HV_EVENT_FLAGS_BYTE_COUNT;
    for (const [i, entry] of ((set as readonly unknown[] | undefined) ?? []).entries()) {
      const flag = within(entry, HV_EVENT_FLAGS_BYTE_COUNT * 8, `bits_set[${i}]`);
      bytes[from + (flag >> 3)] |= 1 << (flag & 7);
    }
    return withLength(bytes, options.length);
  },
  decode(bytes) {
    checkBytes(bytes);
    for (let sint = 0; sint < HV_SYNIC_SINT_COUNT; sint++) {
      const set = setFlags(bytes, sint);
      if (set.length > 0) return Object.assign(Object.create(slots.decode(bytes)), { sint, bits_set: set });
    }
    return { sint: 0, bits_set: [] };
  },
};

/** A hypercall's input value. `controlWord` in `hypercall.ts` is the quick way to make one. */
export const hypercallControlWord = struct(
  'u64 hypercall input control word',
  {
    source: 'Linux include/asm-generic/hyperv-tlfs.h',
    doc: 'Which hypercall, how its parameters come, and how far a repeated one has got.',
  },
  bits(u64, {
    code: [16, 'HVCALL'],
    fast: [1, '1: parameters are in registers'],
    varhead_qwords: [10, 'variable header, 8-byte units'],
    reserved0: 5,
    rep_count: [12, 'list elements'],
    reserved1: 4,
    rep_start: [12, 'first element to be done'],
    reserved2: 4,
  }),
);
