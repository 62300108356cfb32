/**
 * Messages of netvsc, as bytes: what the driver asks of its partner, and RNDIS requests and frames. The tests compare them with messages
 * that the kernel's own structures made.
 */
import { nvspMessage } from '../../wire/nvsp.ts';
import { NVSP_MESSAGE_BYTES, NVSP_MSG, NVSP_NO_SECTION } from '../../wire/nvsp-codes.ts';
import { RNDIS_HEADER_BYTES, RNDIS_MSG, RNDIS_PACKET_BYTES } from '../../wire/rndis-codes.ts';

type Fields = Parameters<typeof nvspMessage.encode>[0];

const message = (type: number, fields: Fields): Uint8Array =>
  nvspMessage.encode({ 'hdr.msg_type': type, ...fields }, { length: NVSP_MESSAGE_BYTES });

/** "Do you speak this version, and no other?" */
export const nvspInit = (version: number): Uint8Array =>
  message(NVSP_MSG.INIT, {
    'msg.init_msg.init.min_protocol_ver': version,
    'msg.init_msg.init.max_protocol_ver': version,
  });

/** MTU with the Ethernet header, and what the driver can do: VLAN always; SR-IOV, teaming and RSC by version, as Linux does. */
export const nvspNdisConfig = (mtu: number, capabilities: Fields): Uint8Array =>
  message(NVSP_MSG.SEND_NDIS_CONFIG, { 'msg.v2_msg.send_ndis_config.mtu': mtu, ...capabilities });

export const nvspNdisVersion = (major: number, minor: number): Uint8Array =>
  message(NVSP_MSG.SEND_NDIS_VER, {
    'msg.v1_msg.send_ndis_ver.ndis_major_ver': major,
    'msg.v1_msg.send_ndis_ver.ndis_minor_ver': minor,
  });

export const nvspReceiveBuffer = (gpadl: number, id: number): Uint8Array =>
  message(NVSP_MSG.SEND_RECV_BUF, {
    'msg.v1_msg.send_recv_buf.gpadl_handle': gpadl,
    'msg.v1_msg.send_recv_buf.id': id,
  });

export const nvspRevokeReceiveBuffer = (id: number): Uint8Array =>
  message(NVSP_MSG.REVOKE_RECV_BUF, { 'msg.v1_msg.revoke_recv_buf.id': id });

export const nvspSendBuffer = (gpadl: number): Uint8Array =>
  message(NVSP_MSG.SEND_SEND_BUF, { 'msg.v1_msg.send_send_buf.gpadl_handle': gpadl });

export const nvspRevokeSendBuffer = (): Uint8Array => message(NVSP_MSG.REVOKE_SEND_BUF, {});

export const nvspSubChannels = (count: number): Uint8Array =>
  message(NVSP_MSG.SUBCHANNEL, {
    'msg.v5_msg.subchn_req.op': 1,
    'msg.v5_msg.subchn_req.num_subchannels': count,
  });

/** An RNDIS message is in a section of the send buffer, or in the pages that the packet's header names. */
export const nvspRndis = (kind: number, section = NVSP_NO_SECTION, size = 0): Uint8Array =>
  message(NVSP_MSG.SEND_RNDIS_PKT, {
    'msg.v1_msg.send_rndis_pkt.channel_type': kind,
    'msg.v1_msg.send_rndis_pkt.send_buf_section_index': section,
    'msg.v1_msg.send_rndis_pkt.send_buf_section_size': size,
  });

/** Made of 32-bit words behind the header. */
export function rndis(type: number, words: readonly number[], data: Uint8Array = NONE): Uint8Array {
  const bytes = new Uint8Array(RNDIS_HEADER_BYTES + 4 * words.length + data.length);
  const view = new DataView(bytes.buffer);
  [type, bytes.length, ...words].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  bytes.set(data, RNDIS_HEADER_BYTES + 4 * words.length);
  return bytes;
}

const NONE = new Uint8Array(0);

/** Version 1.0, and the longest message that the driver takes. */
export const rndisInit = (request: number): Uint8Array => rndis(RNDIS_MSG.INIT, [request, 1, 0, 0x4000]);
export const rndisQuery = (request: number, oid: number): Uint8Array =>
  rndis(RNDIS_MSG.QUERY, [request, oid, 0, 20, 0]);
export const rndisSet = (request: number, oid: number, data: Uint8Array): Uint8Array =>
  rndis(RNDIS_MSG.SET, [request, oid, data.length, 20, 0], data);
export const rndisHalt = (request: number): Uint8Array => rndis(RNDIS_MSG.HALT, [request]);

/** One frame, with nothing to say about it. */
export function rndisFrame(frame: Uint8Array): Uint8Array {
  return rndis(
    RNDIS_MSG.PACKET,
    [RNDIS_PACKET_BYTES - RNDIS_HEADER_BYTES, frame.length, 0, 0, 0, 0, 0, 0, 0],
    frame,
  );
}
