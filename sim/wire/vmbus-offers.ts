/**
 * Messages about which devices there are.
 */
import { bits, bytes, either, field, guid, members, u8, u16, u32, u64 } from './layout.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';
import { vmbusChannelMessageHeader } from './vmbus-messages.ts';

export const vmbusChannelOffer = struct(
  'vmbus_channel_offer',
  { source: HYPERV_H, packed: true, doc: 'What a device is.' },
  {
    if_type: field(guid, 'class: DEVICE_CLASS'),
    if_instance: field(guid, 'this device; stays the same over restarts'),
    reserved1: u64,
    reserved2: u64,
    chn_flags: field(u16, 'VMBUS_CHANNEL flags'),
    mmio_megabytes: field(u16, 'memory-mapped space the device wants, MiB'),
    u: either({
      std: members({
        user_def: bytes(120),
      }),
      pipe: members({
        pipe_mode: field(u32, 'VMBUS_PIPE_TYPE'),
        user_def: bytes(116),
      }),
    }),
    sub_channel_index: field(u16, '0 for the primary channel'),
    reserved3: u16,
  },
);

export const vmbusChannelOfferChannel = struct(
  'vmbus_channel_offer_channel',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: a device is there.' },
  {
    header: vmbusChannelMessageHeader,
    offer: vmbusChannelOffer,
    child_relid: field(u32, 'channel id; also its event flag'),
    monitorid: field(u8, 'trigger in the monitor page'),
    ...bits(u8, { monitor_allocated: [1, '1: monitored signals may be used'], reserved: 7 }),
    ...bits(u16, {
      is_dedicated_interrupt: [1, '1: from version 1.1: the channel has a connection of its own'],
      reserved1: 15,
    }),
    connection_id: field(u32, 'connection for the guest’s signals'),
  },
);

export const vmbusChannelRescindOffer = struct(
  'vmbus_channel_rescind_offer',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: the device goes away.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
  },
);

export const vmbusChannelRelidReleased = struct(
  'vmbus_channel_relid_released',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'Guest → host: done with a rescinded channel; its id may be reused.',
  },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
  },
);
