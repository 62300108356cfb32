/**
 * Channel messages for reserved channels: opened outside the life of a connection and without interrupts, for a crash dump. The answer to the
 * opening is OPENCHANNEL_RESULT with open id 0.
 *
 * Source: OpenVMM `vm/devices/vmbus/vmbus_core/src/protocol.rs` (OpenReservedChannel, CloseReservedChannel and its response); Linux has none.
 */
import { field, u32 } from './layout.ts';
import { struct } from './struct.ts';
import { vmbusChannelMessageHeader } from './vmbus-messages.ts';

const PROTOCOL = 'OpenVMM vmbus_core/src/protocol.rs';

export const vmbusOpenReservedChannel = struct(
  'OpenReservedChannel',
  { source: PROTOCOL, packed: true, doc: 'Guest → host: open a channel that a crash dump will poll.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
    target_vp: field(u32, 'virtual processor that gets the answers'),
    target_sint: field(u32, 'and the synthetic interrupt source'),
    ringbuffer_gpadlhandle: field(u32, 'page list of both rings'),
    downstream_ringbuffer_pageoffset: field(u32, 'first page of the ring from host to guest'),
  },
);

export const vmbusCloseReservedChannel = struct(
  'CloseReservedChannel',
  {
    source: PROTOCOL,
    packed: true,
    doc: 'Guest → host: close such a channel. Allowed without a connection.',
  },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
    target_vp: field(u32, 'virtual processor that gets the answer'),
    target_sint: field(u32, 'and the synthetic interrupt source'),
  },
);

export const vmbusCloseReservedResponse = struct(
  'CloseReservedChannelResponse',
  { source: PROTOCOL, packed: true, doc: 'Host → guest: it is closed.' },
  { header: vmbusChannelMessageHeader, child_relid: field(u32, 'channel id') },
);
