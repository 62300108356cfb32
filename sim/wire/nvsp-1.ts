/**
 * netvsc and netvsp, versions 1 to 2: connection, buffers, one packet by reference.
 */
import { bits, field, oneOrMore, overlay, u16, u32, u64 } from './layout.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const nvspMessageHeader = struct(
  'nvsp_message_header',
  { source: HYPERV_NET_H, doc: 'Kind of message.' },
  {
    msg_type: u32,
  },
);

export const nvspMessageInit = struct(
  'nvsp_message_init',
  { source: HYPERV_NET_H, packed: true, doc: 'Version, please: lowest and highest.' },
  {
    min_protocol_ver: u32,
    max_protocol_ver: u32,
  },
);

export const nvspMessageInitComplete = struct(
  'nvsp_message_init_complete',
  { source: HYPERV_NET_H, packed: true, doc: 'Answer.' },
  {
    negotiated_protocol_ver: u32,
    max_mdl_chain_len: u32,
    status: u32,
  },
);

export const nvspMessageInitUber = union(
  'nvsp_message_init_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Either of the two.' },
  {
    init: nvspMessageInit,
    init_complete: nvspMessageInitComplete,
  },
);

export const nvsp1MessageSendNdisVersion = struct(
  'nvsp_1_message_send_ndis_version',
  { source: HYPERV_NET_H, packed: true, doc: 'NDIS version of the guest.' },
  {
    ndis_major_ver: u32,
    ndis_minor_ver: u32,
  },
);

export const nvsp1MessageSendReceiveBuffer = struct(
  'nvsp_1_message_send_receive_buffer',
  { source: HYPERV_NET_H, packed: true, doc: 'Here is the receive buffer.' },
  {
    gpadl_handle: field(u32, 'its page list'),
    id: field(u16, 'the guest’s name for it'),
  },
);

export const nvsp1ReceiveBufferSection = struct(
  'nvsp_1_receive_buffer_section',
  { source: HYPERV_NET_H, packed: true, doc: 'A part of the receive buffer, cut in equal pieces.' },
  {
    offset: u32,
    sub_alloc_size: u32,
    num_sub_allocs: u32,
    end_offset: u32,
  },
);

export const nvsp1MessageSendReceiveBufferComplete = struct(
  'nvsp_1_message_send_receive_buffer_complete',
  { source: HYPERV_NET_H, packed: true, doc: 'How the host cuts it.' },
  {
    status: u32,
    num_sections: u32,
    sections: oneOrMore(nvsp1ReceiveBufferSection),
  },
);

export const nvsp1MessageRevokeReceiveBuffer = struct(
  'nvsp_1_message_revoke_receive_buffer',
  { source: HYPERV_NET_H, doc: 'The receive buffer goes away.' },
  {
    id: u16,
  },
);

export const nvsp1MessageSendSendBuffer = struct(
  'nvsp_1_message_send_send_buffer',
  { source: HYPERV_NET_H, packed: true, doc: 'Here is the send buffer.' },
  {
    gpadl_handle: u32,
    id: u16,
  },
);

export const nvsp1MessageSendSendBufferComplete = struct(
  'nvsp_1_message_send_send_buffer_complete',
  { source: HYPERV_NET_H, packed: true, doc: 'How it is cut.' },
  {
    status: u32,
    section_size: u32,
  },
);

export const nvsp1MessageRevokeSendBuffer = struct(
  'nvsp_1_message_revoke_send_buffer',
  { source: HYPERV_NET_H, doc: 'The send buffer goes away.' },
  {
    id: u16,
  },
);

export const nvsp1MessageSendRndisPacket = struct(
  'nvsp_1_message_send_rndis_packet',
  { source: HYPERV_NET_H, packed: true, doc: 'An RNDIS message: in a send section or by reference.' },
  {
    channel_type: field(u32, '0: data, 1: control'),
    send_buf_section_index: field(u32, '0xFFFFFFFF: not in the send buffer'),
    send_buf_section_size: u32,
  },
);

export const nvsp1MessageSendRndisPacketComplete = struct(
  'nvsp_1_message_send_rndis_packet_complete',
  { source: HYPERV_NET_H, doc: 'It is done.' },
  {
    status: u32,
  },
);

export const nvsp1MessageUber = union(
  'nvsp_1_message_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Any of version 1.' },
  {
    send_ndis_ver: nvsp1MessageSendNdisVersion,
    send_recv_buf: nvsp1MessageSendReceiveBuffer,
    send_recv_buf_complete: nvsp1MessageSendReceiveBufferComplete,
    revoke_recv_buf: nvsp1MessageRevokeReceiveBuffer,
    send_send_buf: nvsp1MessageSendSendBuffer,
    send_send_buf_complete: nvsp1MessageSendSendBufferComplete,
    revoke_send_buf: nvsp1MessageRevokeSendBuffer,
    send_rndis_pkt: nvsp1MessageSendRndisPacket,
    send_rndis_pkt_complete: nvsp1MessageSendRndisPacketComplete,
  },
);

export const nvsp2VscCapability = struct(
  'nvsp_2_vsc_capability',
  { source: HYPERV_NET_H, packed: true, doc: 'What the adapter may do.' },
  {
    ...overlay({
      data: u64,
      ...bits(u64, {
        vmq: 1,
        chimney: 1,
        sriov: 1,
        ieee8021q: 1,
        correlation_id: 1,
        teaming: 1,
        vsubnetid: 1,
        rsc: 1,
      }),
    }),
  },
);

export const nvsp2SendNdisConfig = struct(
  'nvsp_2_send_ndis_config',
  { source: HYPERV_NET_H, packed: true, doc: 'MTU and capabilities.' },
  {
    mtu: u32,
    reserved: u32,
    capability: nvsp2VscCapability,
  },
);

export const nvsp2AllocRxbuf = struct(
  'nvsp_2_alloc_rxbuf',
  { source: HYPERV_NET_H, packed: true, doc: 'Not used.' },
  {
    alloc_id: u32,
    len: u32,
  },
);

export const nvsp2AllocRxbufComp = struct(
  'nvsp_2_alloc_rxbuf_comp',
  { source: HYPERV_NET_H, packed: true, doc: 'Not used.' },
  {
    status: u32,
    alloc_id: u32,
    gpadl_handle: u32,
    recv_buf_id: u64,
  },
);

export const nvsp2FreeRxbuf = struct(
  'nvsp_2_free_rxbuf',
  { source: HYPERV_NET_H, packed: true, doc: 'Not used.' },
  {
    recv_buf_id: u64,
  },
);

export const nvsp2MessageUber = union(
  'nvsp_2_message_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Any of version 2.' },
  {
    send_ndis_config: nvsp2SendNdisConfig,
    alloc_rxbuf: nvsp2AllocRxbuf,
    alloc_rxbuf_comp: nvsp2AllocRxbufComp,
    free_rxbuf: nvsp2FreeRxbuf,
  },
);
