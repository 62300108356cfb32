/**
 * Integration services: the pipe header, the message header and the negotiation that all of them share, and the short messages of
 * shutdown, heartbeat and time synchronisation. The host speaks first.
 */
import { array, bytes, field, flexible, i8, u8, u16, u32, u64 } from './layout.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

export const vmbuspipeHdr = struct(
  'vmbuspipe_hdr',
  { source: HYPERV_H, packed: true, doc: 'Header of a pipe message.' },
  {
    flags: field(u32, '1: data'),
    msgsize: field(u32, 'bytes that follow'),
  },
);

export const icVersion = struct(
  'ic_version',
  { source: HYPERV_H, packed: true, doc: 'Major and minor version.' },
  {
    major: u16,
    minor: u16,
  },
);

export const icmsgHdr = struct(
  'icmsg_hdr',
  { source: HYPERV_H, packed: true, doc: 'Header of an integration service message.' },
  {
    icverframe: field(icVersion, 'framework version'),
    icmsgtype: field(u16, '0: negotiate, 1: heartbeat, 2: KVP, 3: shutdown, 4: time, 5: VSS, 7: file copy'),
    icvermsg: field(icVersion, 'version of the service'),
    icmsgsize: field(u16, 'bytes that follow'),
    status: u32,
    ictransaction_id: field(u8, 'number of the request'),
    icflags: field(u8, '1: transaction, 2: request, 4: response'),
    reserved: bytes(2),
  },
);

export const icmsgNegotiate = struct(
  'icmsg_negotiate',
  {
    source: HYPERV_H,
    packed: true,
    doc: 'Versions on offer: framework versions, then versions of the service.',
  },
  {
    icframe_vercnt: field(u16, 'framework versions'),
    icmsg_vercnt: field(u16, 'service versions'),
    reserved: u32,
    icversion_data: flexible(icVersion),
  },
);

export const shutdownMsgData = struct(
  'shutdown_msg_data',
  { source: HYPERV_H, packed: true, doc: 'Shut down, please.' },
  {
    reason_code: u32,
    timeout_seconds: field(u32, 'until the host turns the power off'),
    flags: field(u32, '0: shut down, 1: force'),
    display_message: field(bytes(2048), 'UTF-16 text'),
  },
);

export const heartbeatMsgData = struct(
  'heartbeat_msg_data',
  { source: HYPERV_H, packed: true, doc: 'Are you there? The guest adds 1 and sends it back.' },
  {
    seq_num: u64,
    reserved: array(u32, 8),
  },
);

export const ictimesyncData = struct(
  'ictimesync_data',
  { source: HYPERV_H, packed: true, doc: 'Time of the host.' },
  {
    parenttime: field(u64, '100 ns units since 1601'),
    childtime: u64,
    roundtriptime: u64,
    flags: field(u8, '1: set the clock, 2: a sample'),
  },
);

export const ictimesyncRefData = struct(
  'ictimesync_ref_data',
  { source: HYPERV_H, packed: true, doc: 'Time of the host and the reference time at which it was read.' },
  {
    parenttime: u64,
    vmreferencetime: u64,
    flags: u8,
    leapflags: i8,
    stratum: i8,
    reserved: bytes(3),
  },
);
