/**
 * Messages by which guest and host set up and tear down VMBus and its channels. Message types are in `vmbus.ts`, the messages about
 * offers in `vmbus-offers.ts`, those about page lists in `gpadl-messages.ts`.
 */
import { bytes, field, guid, inline, overlay, u8, u16, u32, u64 } from './layout.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

export const vmbusChannelMessageHeader = struct(
  'vmbus_channel_message_header',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'Start of every message; all of REQUESTOFFERS, ALLOFFERS_DELIVERED, UNLOAD and UNLOAD_RESPONSE.',
  },
  {
    msgtype: field(u32, 'CHANNELMSG'),
    padding: u32,
  },
);

export const vmbusChannelInitiateContact = struct(
  'vmbus_channel_initiate_contact',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: connect, with this protocol version.' },
  {
    header: vmbusChannelMessageHeader,
    vmbus_version_requested: field(u32, 'one of VMBUS_VERSIONS'),
    target_vcpu: field(u32, 'VP that gets the host’s messages'),
    ...overlay({
      interrupt_page: field(u64, 'before 5.0: GPA of the shared interrupt page'),
      ...inline({
        msg_sint: field(u8, 'from 5.0: SINT for messages'),
        padding1: bytes(3),
        padding2: u32,
      }),
    }),
    monitor_page1: field(u64, 'GPA of the page for host → guest monitored signals'),
    monitor_page2: field(u64, 'GPA of the page for guest → host monitored signals'),
  },
);

export const vmbusChannelVersionResponse = struct(
  'vmbus_channel_version_response',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: answer to INITIATE_CONTACT.' },
  {
    header: vmbusChannelMessageHeader,
    version_supported: field(u8, '1: this version it is'),
    connection_state: field(u8, 'CONNECTION_STATE'),
    padding: u16,
    msg_conn_id: field(u32, 'from 5.0: connection for all later messages'),
  },
);

export const vmbusChannelQueryVmbusVersion = struct(
  'vmbus_channel_query_vmbus_version',
  { source: HYPERV_H, packed: true, doc: 'Not used.' },
  {
    header: vmbusChannelMessageHeader,
    version: u32,
  },
);

export const vmbusChannelVersionSupported = struct(
  'vmbus_channel_version_supported',
  { source: HYPERV_H, packed: true, doc: 'Not used.' },
  {
    header: vmbusChannelMessageHeader,
    version_supported: u8,
  },
);

export const vmbusChannelOpenChannel = struct(
  'vmbus_channel_open_channel',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: the rings are ready, start the device.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id from the offer'),
    openid: field(u32, 'comes back in the result'),
    ringbuffer_gpadlhandle: field(u32, 'page list that holds both rings'),
    target_vp: field(u32, 'VP that gets the channel’s interrupts'),
    downstream_ringbuffer_pageoffset: field(u32, 'page at which the host → guest ring starts'),
    userdata: field(bytes(120), 'for the device'),
  },
);

export const vmbusChannelOpenResult = struct(
  'vmbus_channel_open_result',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: answer to OPENCHANNEL.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
    openid: field(u32, 'as in the open message'),
    status: field(u32, '0 or an NTSTATUS'),
  },
);

export const vmbusChannelCloseChannel = struct(
  'vmbus_channel_close_channel',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: stop the device. Has no answer.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
  },
);

export const vmbusChannelModifychannel = struct(
  'vmbus_channel_modifychannel',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: send the channel’s interrupts to another VP.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
    target_vp: field(u32, 'the VP'),
  },
);

export const vmbusChannelModifychannelResponse = struct(
  'vmbus_channel_modifychannel_response',
  { source: HYPERV_H, packed: true, doc: 'Host → guest: answer to MODIFYCHANNEL, from version 5.3.' },
  {
    header: vmbusChannelMessageHeader,
    child_relid: field(u32, 'channel id'),
    status: field(u32, '0 or an NTSTATUS'),
  },
);

export const vmbusChannelTlConnectRequest = struct(
  'vmbus_channel_tl_connect_request',
  { source: HYPERV_H, packed: true, doc: 'Guest → host: connect a Hyper-V socket; answered by an offer.' },
  {
    header: vmbusChannelMessageHeader,
    guest_endpoint_id: field(guid, 'id of the guest’s end'),
    host_service_id: field(guid, 'service to connect to'),
  },
);
