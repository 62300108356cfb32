/**
 * NDIS offload capabilities and settings.
 */
import { u8, u32 } from './layout.ts';
import { ndisObjectHeader } from './ndis.ts';
import { HYPERV_NET_H } from './sources.ts';
import { struct } from './struct.ts';

export const ndisCsumOffload = struct(
  'ndis_csum_offload',
  { source: HYPERV_NET_H, doc: 'Checksums.' },
  {
    ip4_txenc: u32,
    ip4_txcsum: u32,
    ip4_rxenc: u32,
    ip4_rxcsum: u32,
    ip6_txenc: u32,
    ip6_txcsum: u32,
    ip6_rxenc: u32,
    ip6_rxcsum: u32,
  },
);

export const ndisLsov1Offload = struct(
  'ndis_lsov1_offload',
  { source: HYPERV_NET_H, doc: 'Large send, version 1.' },
  {
    encap: u32,
    maxsize: u32,
    minsegs: u32,
    opts: u32,
  },
);

export const ndisIpsecv1Offload = struct(
  'ndis_ipsecv1_offload',
  { source: HYPERV_NET_H, doc: 'IPsec, version 1.' },
  {
    encap: u32,
    ah_esp: u32,
    xport_tun: u32,
    ip4_opts: u32,
    flags: u32,
    ip4_ah: u32,
    ip4_esp: u32,
  },
);

export const ndisLsov2Offload = struct(
  'ndis_lsov2_offload',
  { source: HYPERV_NET_H, doc: 'Large send, version 2.' },
  {
    ip4_encap: u32,
    ip4_maxsz: u32,
    ip4_minsg: u32,
    ip6_encap: u32,
    ip6_maxsz: u32,
    ip6_minsg: u32,
    ip6_opts: u32,
  },
);

export const ndisIpsecv2Offload = struct(
  'ndis_ipsecv2_offload',
  { source: HYPERV_NET_H, doc: 'IPsec, version 2.' },
  {
    encap: u32,
    ip6: u8,
    ip4opt: u8,
    ip6ext: u8,
    ah: u8,
    esp: u8,
    ah_esp: u8,
    xport: u8,
    tun: u8,
    xport_tun: u8,
    lso: u8,
    extseq: u8,
    udp_esp: u32,
    auth: u32,
    crypto: u32,
    sa_caps: u32,
  },
);

export const ndisRscOffload = struct(
  'ndis_rsc_offload',
  { source: HYPERV_NET_H, doc: 'Receive coalescing.' },
  {
    ip4: u8,
    ip6: u8,
  },
);

export const ndisEncapOffload = struct(
  'ndis_encap_offload',
  { source: HYPERV_NET_H, doc: 'Encapsulation.' },
  {
    flags: u32,
    maxhdr: u32,
  },
);

export const ndisOffload = struct(
  'ndis_offload',
  { source: HYPERV_NET_H, doc: 'All of them.' },
  {
    header: ndisObjectHeader,
    csum: ndisCsumOffload,
    lsov1: ndisLsov1Offload,
    ipsecv1: ndisIpsecv1Offload,
    lsov2: ndisLsov2Offload,
    flags: u32,
    ipsecv2: ndisIpsecv2Offload,
    rsc: ndisRscOffload,
    encap_gre: ndisEncapOffload,
  },
);

export const ndisOffloadParams = struct(
  'ndis_offload_params',
  { source: HYPERV_NET_H, doc: 'Which of them to use.' },
  {
    header: ndisObjectHeader,
    ip_v4_csum: u8,
    tcp_ip_v4_csum: u8,
    udp_ip_v4_csum: u8,
    tcp_ip_v6_csum: u8,
    udp_ip_v6_csum: u8,
    lso_v1: u8,
    ip_sec_v1: u8,
    lso_v2_ipv4: u8,
    lso_v2_ipv6: u8,
    tcp_connection_ip_v4: u8,
    tcp_connection_ip_v6: u8,
    flags: u32,
    ip_sec_v2: u8,
    ip_sec_v2_ip_v4: u8,
    rsc_ip_v4: u8,
    rsc_ip_v6: u8,
    encapsulated_packet_task_offload: u8,
    encapsulation_types: u8,
  },
);
