/**
 * Hyper-V sockets.
 */
import { bytes, field, guid, inline, u32 } from './layout.ts';
import { HYPERV_TRANSPORT_C } from './sources.ts';
import { struct, union } from './struct.ts';

export const vmpipeProtoHeader = struct(
  'vmpipe_proto_header',
  { source: HYPERV_TRANSPORT_C, doc: 'Header of a piece of a stream.' },
  {
    pkt_type: field(u32, '1: data'),
    data_size: field(u32, 'bytes'),
  },
);

export const hvsServiceId = union(
  'hvs_service_id',
  { source: HYPERV_TRANSPORT_C, doc: 'A service GUID; its first word is the port of a Linux guest.' },
  {
    srv_id: guid,
    ...inline({
      svm_port: u32,
      b: bytes(12),
    }),
  },
);
