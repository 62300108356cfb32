/**
 * Packets in a ring: the descriptor that starts each of them, and the headers of the kinds that Linux declares.
 *
 * Offsets and lengths in a descriptor count units of 8 bytes; the 8-byte trailer behind a packet is not counted.
 */
import { field, oneOrMore, u8, u16, u32, u64 } from './layout.ts';
import { gpaRangeLayout } from './page-buffers.ts';
import { HYPERV_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const vmpacketDescriptor = struct(
  'vmpacket_descriptor',
  { source: HYPERV_H, packed: true, doc: 'Start of every packet.' },
  {
    type: field(u16, 'VM_PKT'),
    offset8: field(u16, 'start of the payload, 8-byte units from here'),
    len8: field(u16, 'whole packet without trailer, 8-byte units'),
    flags: field(u16, '1: a completion is wanted'),
    trans_id: field(u64, 'opaque to the peer; comes back in the completion'),
  },
);

export const vmpacketHeader = struct(
  'vmpacket_header',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'A descriptor behind the offset of the packet before it. Not on the wire of today.',
  },
  {
    prev_pkt_start_offset: field(u32, 'ring offset of the packet before'),
    descriptor: vmpacketDescriptor,
  },
);

export const vmtransferPageRange = struct(
  'vmtransfer_page_range',
  { source: HYPERV_H, packed: true, doc: 'One piece of a buffer that was shared beforehand.' },
  {
    byte_count: field(u32, 'bytes'),
    byte_offset: field(u32, 'first byte within the shared buffer'),
  },
);

export const vmtransferPagePacketHeader = struct(
  'vmtransfer_page_packet_header',
  { source: HYPERV_H, packed: true, doc: 'Payload lies in a shared buffer (the receive buffer of netvsc).' },
  {
    d: vmpacketDescriptor,
    xfer_pageset_id: field(u16, 'id that the guest gave the buffer'),
    sender_owns_set: field(u8, '1: the sender owns the buffer'),
    reserved: u8,
    range_cnt: field(u32, 'pieces'),
    ranges: oneOrMore(vmtransferPageRange),
  },
);

export const vmgpadlPacketHeader = struct(
  'vmgpadl_packet_header',
  { source: HYPERV_H, packed: true, doc: 'Payload named by a GPADL.' },
  {
    d: vmpacketDescriptor,
    gpadl: field(u32, 'its handle'),
    reserved: u32,
  },
);

export const vmaddRemoveTransferPageSet = struct(
  'vmadd_remove_transfer_page_set',
  { source: HYPERV_H, packed: true, doc: 'Adds or removes a shared buffer.' },
  {
    d: vmpacketDescriptor,
    gpadl: field(u32, 'handle of its page list'),
    xfer_pageset_id: u16,
    reserved: u16,
  },
);

export const vmestablishGpadl = struct(
  'vmestablish_gpadl',
  { source: HYPERV_H, packed: true, doc: 'Establishes a GPADL by packet.' },
  {
    d: vmpacketDescriptor,
    gpadl: u32,
    range_cnt: field(u32, 'ranges'),
    range: oneOrMore(gpaRangeLayout),
  },
);

export const vmteardownGpadl = struct(
  'vmteardown_gpadl',
  { source: HYPERV_H, packed: true, doc: 'Tears one down by packet.' },
  {
    d: vmpacketDescriptor,
    gpadl: u32,
    reserved: u32,
  },
);

export const vmdataGpaDirect = struct(
  'vmdata_gpa_direct',
  { source: HYPERV_H, packed: true, doc: 'Header of a GPA-direct packet: the payload is in guest pages.' },
  {
    d: vmpacketDescriptor,
    reserved: u32,
    range_cnt: field(u32, 'ranges'),
    range: oneOrMore(gpaRangeLayout),
  },
);

export const vmadditionalData = struct(
  'vmadditional_data',
  { source: HYPERV_H, packed: true, doc: 'More bytes of an earlier packet.' },
  {
    d: vmpacketDescriptor,
    total_bytes: field(u64, 'of the whole'),
    offset: field(u32, 'of this piece'),
    byte_cnt: field(u32, 'of this piece'),
    data: oneOrMore(u8),
  },
);

export const vmpacketLargestPossibleHeader = union(
  'vmpacket_largest_possible_header',
  { source: HYPERV_H, packed: true, doc: 'Room for any of the headers above.' },
  {
    simple_hdr: vmpacketDescriptor,
    xfer_page_hdr: vmtransferPagePacketHeader,
    gpadl_hdr: vmgpadlPacketHeader,
    add_rm_xfer_page_hdr: vmaddRemoveTransferPageSet,
    establish_gpadl_hdr: vmestablishGpadl,
    teardown_gpadl_hdr: vmteardownGpadl,
    data_gpa_direct_hdr: vmdataGpaDirect,
  },
);
