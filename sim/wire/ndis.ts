/**
 * NDIS objects that travel inside RNDIS: per-packet offload information and receive-side scaling.
 */
import { bits, members, overlay, u8, u16, u32 } from './layout.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct } from './struct.ts';

export const ndisObjHeader = struct(
  'ndis_obj_header',
  { source: HYPERV_NET_H, packed: true, doc: 'Kind, revision, size.' },
  {
    type: u8,
    rev: u8,
    size: u16,
  },
);

export const ndisObjectHeader = struct(
  'ndis_object_header',
  { source: HYPERV_NET_H, doc: 'Kind, revision, size.' },
  {
    type: u8,
    revision: u8,
    size: u16,
  },
);

export const ndisRecvScaleCap = struct(
  'ndis_recv_scale_cap',
  { source: HYPERV_NET_H, packed: true, doc: 'Receive-side scaling: what the host can do.' },
  {
    hdr: ndisObjHeader,
    cap_flag: u32,
    num_int_msg: u32,
    num_recv_que: u32,
    num_indirect_tabent: u16,
  },
);

export const ndisRecvScaleParam = struct(
  'ndis_recv_scale_param',
  { source: HYPERV_NET_H, doc: 'Receive-side scaling: hash, key, table.' },
  {
    hdr: ndisObjHeader,
    flag: u16,
    base_cpu_number: u16,
    hashinfo: u32,
    indirect_tabsize: u16,
    indirect_taboffset: u32,
    hashkey_size: u16,
    hashkey_offset: u32,
    processor_masks_offset: u32,
    num_processor_masks: u32,
    processor_masks_entry_size: u32,
  },
);

export const ndisTcpIpChecksumInfo = struct(
  'ndis_tcp_ip_checksum_info',
  { source: HYPERV_NET_H, doc: 'Per packet: checksums done or wanted.' },
  {
    ...overlay({
      transmit: members({
        ...bits(u32, {
          is_ipv4: 1,
          is_ipv6: 1,
          tcp_checksum: 1,
          udp_checksum: 1,
          ip_header_checksum: 1,
          reserved: 11,
          tcp_header_offset: 10,
        }),
      }),
      receive: members({
        ...bits(u32, {
          tcp_checksum_failed: 1,
          udp_checksum_failed: 1,
          ip_checksum_failed: 1,
          tcp_checksum_succeeded: 1,
          udp_checksum_succeeded: 1,
          ip_checksum_succeeded: 1,
          loopback: 1,
          tcp_checksum_value_invalid: 1,
          ip_checksum_value_invalid: 1,
        }),
      }),
      value: u32,
    }),
  },
);

export const ndisPkt8021qInfo = struct(
  'ndis_pkt_8021q_info',
  { source: HYPERV_NET_H, doc: 'Per packet: VLAN.' },
  {
    ...overlay({
      ...bits(u32, { pri: 3, cfi: 1, vlanid: 12, reserved: 16 }),
      value: u32,
    }),
  },
);

export const ndisTcpLsoInfo = struct(
  'ndis_tcp_lso_info',
  { source: HYPERV_NET_H, doc: 'Per packet: segmentation wanted.' },
  {
    ...overlay({
      transmit: members({
        ...bits(u32, { unused: 30, type: 1, reserved2: 1 }),
      }),
      lso_v1_transmit: members({
        ...bits(u32, { mss: 20, tcp_header_offset: 10, type: 1, reserved2: 1 }),
      }),
      lso_v1_transmit_complete: members({
        ...bits(u32, { tcp_payload: 30, type: 1, reserved2: 1 }),
      }),
      lso_v2_transmit: members({
        ...bits(u32, { mss: 20, tcp_header_offset: 10, type: 1, ip_version: 1 }),
      }),
      lso_v2_transmit_complete: members({
        ...bits(u32, { reserved: 30, type: 1, reserved2: 1 }),
      }),
      value: u32,
    }),
  },
);
