/**
 * Messages that share guest pages with the host: a GPADL (guest physical address descriptor list) is a list of page numbers with a
 * handle. A list that does not fit in one message goes on in bodies.
 */
import { type CountOf, field, flexible, u16, u32, u64 } from './layout.ts';
import { gpaRangeLayout } from './page-buffers.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';
import { vmbusChannelMessageHeader } from './vmbus-messages.ts';

const rangesOf: CountOf = (fields) => Number(fields('rangecount'));

export const vmbusChannelGpadlHeader = struct(
  'vmbus_channel_gpadl_header',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: start of a list.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel it is for'),
    gpadl: field(u32, 'handle, chosen by the guest'),
    range_buflen: field(u16, 'bytes of all ranges, also those in bodies'),
    rangecount: field(u16, 'ranges'),
    range: field(flexible(gpaRangeLayout, rangesOf), 'page lists; up to 26 page numbers fit'),
  },
);

export const vmbusChannelGpadlBody = struct(
  'vmbus_channel_gpadl_body',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'Guest → host: more page numbers of the list that is not complete.',
  },
  {
    header: vmbusChannelMessageHeader,
    msgnumber: field(u32, 'Linux sends 0'),
    gpadl: field(u32, 'handle'),
    pfn: field(flexible(u64), 'up to 28 page numbers'),
  },
);

export const vmbusChannelGpadlCreated = struct(
  'vmbus_channel_gpadl_created',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: the list is complete.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: u32,
    gpadl: u32,
    creation_status: field(u32, '0 or an NTSTATUS'),
  },
);

export const vmbusChannelGpadlTeardown = struct(
  'vmbus_channel_gpadl_teardown',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: forget the list.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: u32,
    gpadl: u32,
  },
);

export const vmbusChannelGpadlTorndown = struct(
  'vmbus_channel_gpadl_torndown',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: forgotten; the pages are the guest’s alone again.' },
  {
    header: vmbusChannelMessageHeader,
    gpadl: u32,
  },
);
