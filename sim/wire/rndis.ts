/**
 * Remote NDIS: how netvsc and netvsp speak about Ethernet. Offsets count from byte 8 of a message.
 */
import { bits, field, flexible, u8, u16, u32 } from './layout.ts';
import {
  rcondisIndicateStatus,
  rcondisMpActivateVcComplete,
  rcondisMpActivateVcRequest,
  rcondisMpCreateVc,
  rcondisMpCreateVcComplete,
  rcondisMpDeactivateVcComplete,
  rcondisMpDeactivateVcRequest,
  rcondisMpDeleteVc,
  rcondisMpDeleteVcComplete,
} from './rndis-connections.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const rndisInitializeRequest = struct(
  'rndis_initialize_request',
  { source: HYPERV_NET_H, doc: 'Guest: which version?' },
  {
    req_id: u32,
    major_ver: u32,
    minor_ver: u32,
    max_xfer_size: u32,
  },
);

export const rndisInitializeComplete = struct(
  'rndis_initialize_complete',
  { source: HYPERV_NET_H, doc: 'Host: limits.' },
  {
    req_id: u32,
    status: u32,
    major_ver: u32,
    minor_ver: u32,
    dev_flags: u32,
    medium: u32,
    max_pkt_per_msg: u32,
    max_xfer_size: u32,
    pkt_alignment_factor: u32,
    af_list_offset: u32,
    af_list_size: u32,
  },
);

export const rndisCoAddressFamily = struct(
  'rndis_co_address_family',
  { source: HYPERV_NET_H, doc: 'Not used on Ethernet.' },
  {
    address_family: u32,
    major_ver: u32,
    minor_ver: u32,
  },
);

export const rndisHaltRequest = struct(
  'rndis_halt_request',
  { source: HYPERV_NET_H, doc: 'Guest: stop.' },
  {
    req_id: u32,
  },
);

export const rndisQueryRequest = struct(
  'rndis_query_request',
  { source: HYPERV_NET_H, doc: 'Guest: value of an OID?' },
  {
    req_id: u32,
    oid: u32,
    info_buflen: u32,
    info_buf_offset: u32,
    dev_vc_handle: u32,
  },
);

export const rndisQueryComplete = struct(
  'rndis_query_complete',
  { source: HYPERV_NET_H, doc: 'Host: the value.' },
  {
    req_id: u32,
    status: u32,
    info_buflen: u32,
    info_buf_offset: u32,
  },
);

export const rndisSetRequest = struct(
  'rndis_set_request',
  { source: HYPERV_NET_H, doc: 'Guest: set an OID.' },
  {
    req_id: u32,
    oid: u32,
    info_buflen: u32,
    info_buf_offset: u32,
    dev_vc_handle: u32,
    info_buf: flexible(u8),
  },
);

export const rndisSetComplete = struct(
  'rndis_set_complete',
  { source: HYPERV_NET_H, doc: 'Host: done.' },
  {
    req_id: u32,
    status: u32,
  },
);

export const rndisResetRequest = struct(
  'rndis_reset_request',
  { source: HYPERV_NET_H, doc: 'Guest: reset.' },
  {
    reserved: u32,
  },
);

export const rndisResetComplete = struct(
  'rndis_reset_complete',
  { source: HYPERV_NET_H, doc: 'Host: done.' },
  {
    status: u32,
    addressing_reset: u32,
  },
);

export const rndisIndicateStatus = struct(
  'rndis_indicate_status',
  { source: HYPERV_NET_H, doc: 'Host: something changed, such as the link.' },
  {
    status: u32,
    status_buflen: u32,
    status_buf_offset: u32,
  },
);

export const rndisDiagnosticInfo = struct(
  'rndis_diagnostic_info',
  { source: HYPERV_NET_H, doc: 'Where an error was.' },
  {
    diag_status: u32,
    error_offset: u32,
  },
);

export const rndisKeepaliveRequest = struct(
  'rndis_keepalive_request',
  { source: HYPERV_NET_H, doc: 'Are you there?' },
  {
    req_id: u32,
  },
);

export const rndisKeepaliveComplete = struct(
  'rndis_keepalive_complete',
  { source: HYPERV_NET_H, doc: 'Yes.' },
  {
    req_id: u32,
    status: u32,
  },
);

export const rndisPacket = struct(
  'rndis_packet',
  { source: HYPERV_NET_H, doc: 'One Ethernet frame with per-packet information.' },
  {
    data_offset: u32,
    data_len: u32,
    oob_data_offset: u32,
    oob_data_len: u32,
    num_oob_data_elements: u32,
    per_pkt_info_offset: u32,
    per_pkt_info_len: u32,
    vc_handle: u32,
    reserved: u32,
  },
);

export const rndisOobd = struct(
  'rndis_oobd',
  { source: HYPERV_NET_H, doc: 'Out-of-band data of a packet.' },
  {
    size: u32,
    type: u32,
    class_info_offset: u32,
  },
);

export const rndisPerPacketInfo = struct(
  'rndis_per_packet_info',
  { source: HYPERV_NET_H, doc: 'One piece of per-packet information.' },
  {
    size: u32,
    ...bits(u32, { type: 31, internal: 1 }),
    ppi_offset: u32,
  },
);

export const rndisPktinfoId = struct(
  'rndis_pktinfo_id',
  { source: HYPERV_NET_H, doc: 'Number of a packet in a coalesced batch.' },
  {
    ver: u8,
    flag: u8,
    pkt_id: u16,
  },
);

export const rndisConfigParameterInfo = struct(
  'rndis_config_parameter_info',
  { source: HYPERV_NET_H, doc: 'A named parameter.' },
  {
    parameter_name_offset: u32,
    parameter_name_length: u32,
    parameter_type: u32,
    parameter_value_offset: u32,
    parameter_value_length: u32,
  },
);

export const rndisMessageContainer = union(
  'rndis_message_container',
  { source: HYPERV_NET_H, doc: 'Any message body.' },
  {
    pkt: rndisPacket,
    init_req: rndisInitializeRequest,
    halt_req: rndisHaltRequest,
    query_req: rndisQueryRequest,
    set_req: rndisSetRequest,
    reset_req: rndisResetRequest,
    keep_alive_req: rndisKeepaliveRequest,
    indicate_status: rndisIndicateStatus,
    init_complete: rndisInitializeComplete,
    query_complete: rndisQueryComplete,
    set_complete: rndisSetComplete,
    reset_complete: rndisResetComplete,
    keep_alive_complete: rndisKeepaliveComplete,
    co_miniport_create_vc: rcondisMpCreateVc,
    co_miniport_delete_vc: rcondisMpDeleteVc,
    co_indicate_status: rcondisIndicateStatus,
    co_miniport_activate_vc: rcondisMpActivateVcRequest,
    co_miniport_deactivate_vc: rcondisMpDeactivateVcRequest,
    co_miniport_create_vc_complete: rcondisMpCreateVcComplete,
    co_miniport_delete_vc_complete: rcondisMpDeleteVcComplete,
    co_miniport_activate_vc_complete: rcondisMpActivateVcComplete,
    co_miniport_deactivate_vc_complete: rcondisMpDeactivateVcComplete,
  },
);

export const rndisMessage = struct(
  'rndis_message',
  { source: HYPERV_NET_H, doc: 'Every RNDIS message.' },
  {
    ndis_msg_type: u32,
    msg_len: field(u32, 'bytes, with these 8'),
    msg: rndisMessageContainer,
  },
);
