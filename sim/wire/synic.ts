/**
 * The synthetic interrupt controller: its registers, its message page and its event flags. One page of each kind per virtual processor.
 *
 * The numbers that go with it (slot size, message types) are in `synic-constants.ts`.
 */
import { array, bits, bytes, field, members, overlay, u8, u32, u64 } from './layout.ts';
import { HYPERV_H, HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const hvConnectionId = union(
  'hv_connection_id',
  { source: HYPERV_H, doc: 'Names a connection, a partition’s handle to a port elsewhere.' },
  {
    asu32: u32,
    u: members({
      ...bits(u32, { id: [24, 'the id'], reserved: 8 }),
    }),
  },
);

export const hvPortId = union(
  'hv_port_id',
  { source: HYPERV_TLFS_H, doc: 'Names a port.' },
  {
    asu32: u32,
    u: members({
      ...bits(u32, { id: [24, 'the id'], reserved: 8 }),
    }),
  },
);

export const hvMessageFlags = union(
  'hv_message_flags',
  { source: HYPERV_TLFS_H, doc: 'Flags of a message slot.' },
  {
    asu8: u8,
    ...bits(u8, { msg_pending: [1, 'more messages wait: write EOM after freeing the slot'], reserved: 7 }),
  },
);

export const hvMessageHeader = struct(
  'hv_message_header',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Start of a message slot.' },
  {
    message_type: field(u32, '0: the slot is free'),
    payload_size: field(u8, 'bytes, up to 240'),
    message_flags: hvMessageFlags,
    reserved: bytes(2),
    ...overlay({
      sender: field(u64, 'partition that sent it'),
      port: field(hvPortId, 'port it came through'),
    }),
  },
);

export const hvMessage = struct(
  'hv_message',
  { source: HYPERV_TLFS_H, packed: true, doc: 'One slot of the message page.' },
  {
    header: hvMessageHeader,
    u: members({
      payload: field(array(u64, 30), 'up to 240 bytes'),
    }),
  },
);

export const hvMessagePage = struct(
  'hv_message_page',
  { source: HYPERV_TLFS_H, packed: true, doc: 'One slot for each SINT.' },
  {
    sint_message: field(array(hvMessage, 16), 'slot of SINT n'),
  },
);

export const hvSynicEventFlags = union(
  'hv_synic_event_flags',
  { source: HYPERV_TLFS_H, doc: 'Event flags of one SINT: 2048 bits.' },
  {
    flags: field(array(u64, 32), 'flag n is bit n % 64 of word n / 64'),
  },
);

export const hvSynicScontrol = union(
  'hv_synic_scontrol',
  { source: HYPERV_TLFS_H, doc: 'SCONTROL register.' },
  {
    as_uint64: u64,
    ...bits(u64, { enable: [1, '1: the SynIC works'], reserved: 63 }),
  },
);

export const hvSynicSint = union(
  'hv_synic_sint',
  { source: HYPERV_TLFS_H, doc: 'SINTx register.' },
  {
    as_uint64: u64,
    ...bits(u64, {
      vector: [8, 'interrupt vector, 16 to 255'],
      reserved1: 8,
      masked: [1, '1: raise nothing'],
      auto_eoi: [1, '1: the APIC needs no end of interrupt'],
      polling: [1, '1: raise nothing, the guest looks by itself'],
      reserved2: 45,
    }),
  },
);

export const hvSynicSimp = union(
  'hv_synic_simp',
  { source: HYPERV_TLFS_H, doc: 'SIMP register.' },
  {
    as_uint64: u64,
    ...bits(u64, {
      simp_enabled: [1, '1: the message page is there'],
      preserved: 11,
      base_simp_gpa: [52, 'its page number'],
    }),
  },
);

export const hvSynicSiefp = union(
  'hv_synic_siefp',
  { source: HYPERV_TLFS_H, doc: 'SIEFP register.' },
  {
    as_uint64: u64,
    ...bits(u64, {
      siefp_enabled: [1, '1: the event flags page is there'],
      preserved: 11,
      base_siefp_gpa: [52, 'its page number'],
    }),
  },
);
