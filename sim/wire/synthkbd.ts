/**
 * The synthetic keyboard. Its messages have no pipe header.
 */
import { field, flexible, u8, u16, u32 } from './layout.ts';
import { HYPERV_KEYBOARD_C } from './sources.ts';
import { struct, union } from './struct.ts';

export const synthKbdMsgHdr = struct(
  'synth_kbd_msg_hdr',
  { source: HYPERV_KEYBOARD_C, doc: 'Kind of message.' },
  {
    type: u32,
  },
);

export const synthKbdMsg = struct(
  'synth_kbd_msg',
  { source: HYPERV_KEYBOARD_C, doc: 'Header and body.' },
  {
    header: synthKbdMsgHdr,
    data: flexible(u8),
  },
);

export const synthKbdVersion = union(
  'synth_kbd_version',
  { source: HYPERV_KEYBOARD_C, doc: 'major << 16 | minor.' },
  {
    version: u32,
  },
);

export const synthKbdProtocolRequest = struct(
  'synth_kbd_protocol_request',
  { source: HYPERV_KEYBOARD_C, doc: 'Guest: is this version understood?' },
  {
    header: synthKbdMsgHdr,
    version_requested: synthKbdVersion,
  },
);

export const synthKbdProtocolResponse = struct(
  'synth_kbd_protocol_response',
  { source: HYPERV_KEYBOARD_C, doc: 'Host: answer.' },
  {
    header: synthKbdMsgHdr,
    proto_status: u32,
  },
);

export const synthKbdKeystroke = struct(
  'synth_kbd_keystroke',
  { source: HYPERV_KEYBOARD_C, doc: 'Host: a key went down or up.' },
  {
    header: synthKbdMsgHdr,
    make_code: field(u16, 'scan code set 1, or a UTF-16 unit'),
    reserved0: u16,
    info: field(u32, '1: Unicode, 2: up, 4: E0 prefix, 8: E1 prefix'),
  },
);
