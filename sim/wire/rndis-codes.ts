/**
 * Numbers of Remote NDIS: message types, statuses, and the objects (OIDs) that a guest asks for and sets.
 *
 * Sources: Linux `include/linux/rndis.h`, `drivers/net/hyperv/hyperv_net.h`.
 */
import { codes } from './codes.ts';

/** Types of a message; the highest bit marks an answer. */
export const RNDIS_MSG = {
  PACKET: 1,
  INIT: 2,
  HALT: 3,
  QUERY: 4,
  SET: 5,
  RESET: 6,
  INDICATE: 7,
  KEEPALIVE: 8,
} as const;
/** Added to the type of an answer. */
export const RNDIS_COMPLETION = 0x8000_0000;

/** `status` of an answer. */
export const RNDIS_STATUS = {
  SUCCESS: 0,
  MEDIA_CONNECT: 0x4001_000b,
  MEDIA_DISCONNECT: 0x4001_000c,
  FAILURE: 0xc000_0001,
  NOT_SUPPORTED: 0xc000_00bb,
  INVALID_LENGTH: 0xc001_0014,
  INVALID_DATA: 0xc001_0015,
} as const;

/** Objects that a network adapter has. */
export const rndisOids = codes({
  GEN_SUPPORTED_LIST: [0x0001_0101, 'which objects there are'],
  GEN_HARDWARE_STATUS: [0x0001_0102, 'ready'],
  GEN_MEDIA_SUPPORTED: [0x0001_0103, 'Ethernet'],
  GEN_MEDIA_IN_USE: [0x0001_0104, 'Ethernet'],
  GEN_MAXIMUM_FRAME_SIZE: [0x0001_0106, 'MTU'],
  GEN_LINK_SPEED: [0x0001_0107, 'units of 100 bit/s'],
  GEN_CURRENT_PACKET_FILTER: [0x0001_010e, 'which frames to receive'],
  GEN_MAXIMUM_TOTAL_SIZE: [0x0001_0111, 'MTU with the Ethernet header'],
  GEN_MEDIA_CONNECT_STATUS: [0x0001_0114, '0: connected'],
  GEN_RECEIVE_SCALE_CAPABILITIES: [0x0001_0203, 'receive-side scaling: what there is'],
  GEN_RECEIVE_SCALE_PARAMETERS: [0x0001_0204, 'receive-side scaling: what is wanted'],
  GEN_RNDIS_CONFIG_PARAMETER: [0x0001_021b, 'a named setting'],
  '802_3_PERMANENT_ADDRESS': [0x0101_0101, 'hardware address'],
  '802_3_CURRENT_ADDRESS': [0x0101_0102, 'hardware address in use'],
  '802_3_MULTICAST_LIST': [0x0101_0103, 'group addresses to receive'],
  '802_3_MAXIMUM_LIST_SIZE': [0x0101_0104, 'most group addresses'],
  TCP_OFFLOAD_PARAMETERS: [0xfc01_020c, 'what the adapter shall do for the guest'],
  TCP_OFFLOAD_HARDWARE_CAPABILITIES: [0xfc01_020d, 'what the adapter can do for the guest'],
});
/** Objects by name. */
export const RNDIS_OID = rndisOids.values;

/** Bits of the packet filter. */
export const RNDIS_FILTER = {
  DIRECTED: 1,
  MULTICAST: 2,
  ALL_MULTICAST: 4,
  BROADCAST: 8,
  PROMISCUOUS: 32,
} as const;

/** Bytes of the header; offsets within a message count from here. */
export const RNDIS_HEADER_BYTES = 8;
/** Bytes before the frame in the packets of a host that adds nothing: header and `rndis_packet`. */
export const RNDIS_PACKET_BYTES = 44;
/** Longest message that a guest may send: what the host says when it is initialised. */
export const RNDIS_MAX_TRANSFER = 0x4000;
/** Bytes of `ndis_offload` of NDIS 6.1, its object type and revision. */
export const NDIS_OFFLOAD = { TYPE: 0xa7, REVISION: 1, BYTES: 144 } as const;
/** Bytes and object type of `ndis_recv_scale_cap`. */
export const NDIS_RSS_CAPABILITIES = { TYPE: 0x88, REVISION: 2, BYTES: 20 } as const;
