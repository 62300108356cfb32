/**
 * RNDIS for connection-oriented media. Not used by Hyper-V; declared because they share a union with the messages that are.
 */
import { u32 } from './layout.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct } from './struct.ts';

export const rcondisMpCreateVc = struct(
  'rcondis_mp_create_vc',
  { source: HYPERV_NET_H, doc: 'Create a virtual circuit.' },
  {
    req_id: u32,
    ndis_vc_handle: u32,
  },
);

export const rcondisMpCreateVcComplete = struct(
  'rcondis_mp_create_vc_complete',
  { source: HYPERV_NET_H, doc: 'Answer.' },
  {
    req_id: u32,
    dev_vc_handle: u32,
    status: u32,
  },
);

export const rcondisMpDeleteVc = struct(
  'rcondis_mp_delete_vc',
  { source: HYPERV_NET_H, doc: 'Delete it.' },
  {
    req_id: u32,
    dev_vc_handle: u32,
  },
);

export const rcondisMpDeleteVcComplete = struct(
  'rcondis_mp_delete_vc_complete',
  { source: HYPERV_NET_H, doc: 'Answer.' },
  {
    req_id: u32,
    status: u32,
  },
);

export const rcondisMpQueryRequest = struct(
  'rcondis_mp_query_request',
  { source: HYPERV_NET_H, doc: 'Query.' },
  {
    req_id: u32,
    request_type: u32,
    oid: u32,
    dev_vc_handle: u32,
    info_buflen: u32,
    info_buf_offset: u32,
  },
);

export const rcondisMpSetRequest = struct(
  'rcondis_mp_set_request',
  { source: HYPERV_NET_H, doc: 'Set.' },
  {
    req_id: u32,
    request_type: u32,
    oid: u32,
    dev_vc_handle: u32,
    info_buflen: u32,
    info_buf_offset: u32,
  },
);

export const rcondisIndicateStatus = struct(
  'rcondis_indicate_status',
  { source: HYPERV_NET_H, doc: 'Status.' },
  {
    ndis_vc_handle: u32,
    status: u32,
    status_buflen: u32,
    status_buf_offset: u32,
  },
);

export const rcondisSpecificParameters = struct(
  'rcondis_specific_parameters',
  { source: HYPERV_NET_H, doc: 'Parameters of a medium.' },
  {
    parameter_type: u32,
    parameter_length: u32,
    parameter_lffset: u32,
  },
);

export const rcondisMediaParameters = struct(
  'rcondis_media_parameters',
  { source: HYPERV_NET_H, doc: 'Parameters of media.' },
  {
    flags: u32,
    reserved1: u32,
    reserved2: u32,
    media_specific: rcondisSpecificParameters,
  },
);

export const rndisFlowspec = struct(
  'rndis_flowspec',
  { source: HYPERV_NET_H, doc: 'Rates.' },
  {
    token_rate: u32,
    token_bucket_size: u32,
    peak_bandwidth: u32,
    latency: u32,
    delay_variation: u32,
    service_type: u32,
    max_sdu_size: u32,
    minimum_policed_size: u32,
  },
);

export const rcondisCallManagerParameters = struct(
  'rcondis_call_manager_parameters',
  { source: HYPERV_NET_H, doc: 'Parameters of the call manager.' },
  {
    transmit: rndisFlowspec,
    receive: rndisFlowspec,
    call_mgr_specific: rcondisSpecificParameters,
  },
);

export const rcondisMpActivateVcRequest = struct(
  'rcondis_mp_activate_vc_request',
  { source: HYPERV_NET_H, doc: 'Activate.' },
  {
    req_id: u32,
    flags: u32,
    dev_vc_handle: u32,
    media_params_offset: u32,
    media_params_length: u32,
    call_mgr_params_offset: u32,
    call_mgr_params_length: u32,
  },
);

export const rcondisMpActivateVcComplete = struct(
  'rcondis_mp_activate_vc_complete',
  { source: HYPERV_NET_H, doc: 'Answer.' },
  {
    req_id: u32,
    status: u32,
  },
);

export const rcondisMpDeactivateVcRequest = struct(
  'rcondis_mp_deactivate_vc_request',
  { source: HYPERV_NET_H, doc: 'Deactivate.' },
  {
    req_id: u32,
    flags: u32,
    dev_vc_handle: u32,
  },
);

export const rcondisMpDeactivateVcComplete = struct(
  'rcondis_mp_deactivate_vc_complete',
  { source: HYPERV_NET_H, doc: 'Answer.' },
  {
    req_id: u32,
    status: u32,
  },
);
