/**
 * Payload by reference: page numbers instead of bytes, as the guest puts them behind a packet descriptor.
 *
 * `gpa-direct.ts` has the functions that build and check such lists; these are the structures that Linux declares for them.
 */
import { pagesSpanned } from './gpa-direct.ts';
import { array, type CountOf, field, flexible, u16, u32, u64, upTo } from './layout.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

/** One page number for each page that a range's bytes touch. */
const pagesOf: CountOf = (fields) =>
  pagesSpanned(Number(fields('byte_count')), Number(fields('byte_offset')));

export const hvPageBuffer = struct(
  'hv_page_buffer',
  { source: HYPERV_H, packed: true, doc: 'One piece of one page.' },
  {
    len: field(u32, 'bytes'),
    offset: field(u32, 'first byte within the page'),
    pfn: field(u64, 'guest page number'),
  },
);

export const hvMultipageBuffer = struct(
  'hv_multipage_buffer',
  { source: HYPERV_H, packed: true, doc: 'One buffer over up to 32 pages.' },
  {
    len: field(u32, 'bytes'),
    offset: field(u32, 'first byte within the first page'),
    pfn_array: field(array(u64, 32), 'guest page numbers'),
  },
);

export const hvMpbArray = struct(
  'hv_mpb_array',
  { source: HYPERV_H, packed: true, doc: 'One buffer over any number of pages.' },
  {
    len: field(u32, 'bytes'),
    offset: field(u32, 'first byte within the first page'),
    pfn_array: field(flexible(u64), 'guest page numbers, to the end of the header'),
  },
);

export const gpaRangeLayout = struct(
  'gpa_range',
  { source: HYPERV_H, doc: 'A stretch of bytes over guest pages, in GPADLs and GPA-direct packets.' },
  {
    byte_count: field(u32, 'bytes'),
    byte_offset: field(u32, 'first byte within the first page'),
    pfn_array: field(flexible(u64, pagesOf), 'one page number for each page that the bytes touch'),
  },
);

export const vmbusChannelPacketPageBuffer = struct(
  'vmbus_channel_packet_page_buffer',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'A GPA-direct packet with up to 32 ranges of one page each (netvsc).',
  },
  {
    type: field(u16, 'VM_PKT.DATA_USING_GPA_DIRECT'),
    dataoffset8: field(u16, 'start of the payload, 8-byte units'),
    length8: field(u16, 'descriptor, ranges and payload, 8-byte units'),
    flags: field(u16, '1: a completion is wanted'),
    transactionid: field(u64, 'comes back in the completion'),
    reserved: u32,
    rangecount: field(u32, 'entries of `range` in use'),
    range: upTo(hvPageBuffer, 32),
  },
);

export const vmbusChannelPacketMultipageBuffer = struct(
  'vmbus_channel_packet_multipage_buffer',
  { source: HYPERV_H, packed: true, doc: 'A GPA-direct packet with one range of up to 32 pages.' },
  {
    type: field(u16, 'VM_PKT.DATA_USING_GPA_DIRECT'),
    dataoffset8: field(u16, 'start of the payload, 8-byte units'),
    length8: field(u16, 'descriptor, range and payload, 8-byte units'),
    flags: field(u16, '1: a completion is wanted'),
    transactionid: field(u64, 'comes back in the completion'),
    reserved: u32,
    rangecount: field(u32, '1'),
    range: hvMultipageBuffer,
  },
);

export const vmbusPacketMpbArray = struct(
  'vmbus_packet_mpb_array',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'A GPA-direct packet with one range of any number of pages (storvsc).',
  },
  {
    type: field(u16, 'VM_PKT.DATA_USING_GPA_DIRECT'),
    dataoffset8: field(u16, 'start of the payload, 8-byte units'),
    length8: field(u16, 'descriptor, range and payload, 8-byte units'),
    flags: field(u16, '1: a completion is wanted'),
    transactionid: field(u64, 'comes back in the completion'),
    reserved: u32,
    rangecount: field(u32, '1'),
    range: hvMpbArray,
  },
);
