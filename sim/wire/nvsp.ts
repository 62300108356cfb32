/**
 * netvsc and netvsp, versions 4 to 6: SR-IOV, sub-channels, direct packets; and the message that holds any of them.
 */
import { array, bits, flexible, overlay, packedMembers, u8, u16, u32, u64 } from './layout.ts';
import { nvsp1MessageUber, nvsp2MessageUber, nvspMessageHeader, nvspMessageInitUber } from './nvsp-1.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const nvsp4SendVfAssociation = struct(
  'nvsp_4_send_vf_association',
  { source: HYPERV_NET_H, packed: true, doc: 'A virtual function belongs to this adapter.' },
  {
    allocated: u32,
    serial: u32,
  },
);

export const nvsp4SwDatapath = struct(
  'nvsp_4_sw_datapath',
  { source: HYPERV_NET_H, packed: true, doc: 'Switch between synthetic path and virtual function.' },
  {
    active_datapath: u32,
  },
);

export const nvsp4MessageUber = union(
  'nvsp_4_message_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Any of version 4.' },
  {
    vf_assoc: nvsp4SendVfAssociation,
    active_dp: nvsp4SwDatapath,
  },
);

export const nvsp5SubchannelRequest = struct(
  'nvsp_5_subchannel_request',
  { source: HYPERV_NET_H, packed: true, doc: 'More channels, please.' },
  {
    op: u32,
    num_subchannels: u32,
  },
);

export const nvsp5SubchannelComplete = struct(
  'nvsp_5_subchannel_complete',
  { source: HYPERV_NET_H, packed: true, doc: 'Answer.' },
  {
    status: u32,
    num_subchannels: u32,
  },
);

export const nvsp5SendIndirectTable = struct(
  'nvsp_5_send_indirect_table',
  { source: HYPERV_NET_H, packed: true, doc: 'Which channel a receive hash goes to.' },
  {
    count: u32,
    offset: u32,
  },
);

export const nvsp5MessageUber = union(
  'nvsp_5_message_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Any of version 5.' },
  {
    subchn_req: nvsp5SubchannelRequest,
    subchn_comp: nvsp5SubchannelComplete,
    send_table: nvsp5SendIndirectTable,
  },
);

export const grpAffinity = struct(
  'grp_affinity',
  { source: HYPERV_NET_H, packed: true, doc: 'Processors in a group.' },
  {
    mask: u64,
    grp: u16,
    reserved: array(u16, 3),
  },
);

export const nvsp6PdApiReq = struct(
  'nvsp_6_pd_api_req',
  { source: HYPERV_NET_H, packed: true, doc: 'Packet direct request.' },
  {
    op: u32,
    ...overlay({
      config: packedMembers({
        mmio_pa: u64,
        mmio_len: u32,
        num_subchn: u16,
      }),
      sw_dpath: packedMembers({
        host_dpath_is_pd: u8,
        guest_pd_enabled: u8,
      }),
      open_prov: packedMembers({
        prov_id: u32,
        flag: u32,
      }),
      cls_prov: packedMembers({
        prov_id: u32,
      }),
      cr_q: packedMembers({
        prov_id: u32,
        q_id: u16,
        q_size: u16,
        is_recv_q: u8,
        is_rss_q: u8,
        recv_data_len: u32,
        affy: grpAffinity,
      }),
      del_q: packedMembers({
        prov_id: u32,
        q_id: u16,
      }),
      flush_q: packedMembers({
        prov_id: u32,
        q_id: u16,
      }),
      alloc_com_buf: packedMembers({
        len: u32,
        pf_node: u32,
        region_id: u16,
      }),
      free_com_buf: packedMembers({
        len: u32,
        pa: u64,
        pf_node: u32,
        region_id: u16,
        cache_type: u8,
      }),
    }),
  },
);

export const nvsp6PdApiComp = struct(
  'nvsp_6_pd_api_comp',
  { source: HYPERV_NET_H, packed: true, doc: 'Packet direct answer.' },
  {
    op: u32,
    status: u32,
    ...overlay({
      config: packedMembers({
        num_pd_q: u16,
        num_rss_q: u8,
        is_supported: u8,
        is_enabled: u8,
      }),
      open_prov: packedMembers({
        prov_id: u32,
      }),
      cr_q: packedMembers({
        prov_id: u32,
        q_id: u16,
        q_size: u16,
        recv_data_len: u32,
        affy: grpAffinity,
      }),
      alloc_com_buf: packedMembers({
        pa: u64,
        len: u32,
        pf_node: u32,
        region_id: u16,
        cache_type: u8,
      }),
    }),
  },
);

export const nvsp6PdBuf = struct(
  'nvsp_6_pd_buf',
  { source: HYPERV_NET_H, packed: true, doc: 'Packet direct buffer.' },
  {
    region_offset: u32,
    region_id: u16,
    ...bits(u16, { is_partial: 1, reserved: 15 }),
  },
);

export const nvsp6PdBatchMsg = struct(
  'nvsp_6_pd_batch_msg',
  { source: HYPERV_NET_H, packed: true, doc: 'Packet direct batch.' },
  {
    hdr: nvspMessageHeader,
    count: u16,
    ...bits(u16, { guest2host: 1, is_recv: 1, reserved: 14 }),
    pd_buf: flexible(nvsp6PdBuf),
  },
);

export const nvsp6MessageUber = union(
  'nvsp_6_message_uber',
  { source: HYPERV_NET_H, packed: true, doc: 'Any of version 6.' },
  {
    pd_req: nvsp6PdApiReq,
    pd_comp: nvsp6PdApiComp,
  },
);

export const nvspAllMessages = union(
  'nvsp_all_messages',
  { source: HYPERV_NET_H, packed: true, doc: 'Any message.' },
  {
    init_msg: nvspMessageInitUber,
    v1_msg: nvsp1MessageUber,
    v2_msg: nvsp2MessageUber,
    v4_msg: nvsp4MessageUber,
    v5_msg: nvsp5MessageUber,
    v6_msg: nvsp6MessageUber,
  },
);

export const nvspMessage = struct(
  'nvsp_message',
  { source: HYPERV_NET_H, packed: true, doc: 'Every message between netvsc and netvsp.' },
  {
    hdr: nvspMessageHeader,
    msg: nvspAllMessages,
  },
);
