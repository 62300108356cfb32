/**
 * The synthetic mouse: HID reports over a pipe.
 */
import { array, flexible, inline, oneOrMore, overlay, u8, u16, u32 } from './layout.ts';
import { HID_H, HID_HYPERV_C } from './sources.ts';
import { struct, union } from './struct.ts';

export const hvInputDevInfo = struct(
  'hv_input_dev_info',
  { source: HID_HYPERV_C, doc: 'Who the device is.' },
  {
    size: u32,
    vendor: u16,
    product: u16,
    version: u16,
    reserved: array(u16, 11),
  },
);

export const synthhidMsgHdr = struct(
  'synthhid_msg_hdr',
  { source: HID_HYPERV_C, packed: true, doc: 'Kind and size of a message.' },
  {
    type: u32,
    size: u32,
  },
);

export const synthhidMsg = struct(
  'synthhid_msg',
  { source: HID_HYPERV_C, packed: true, doc: 'Header and body.' },
  {
    header: synthhidMsgHdr,
    data: oneOrMore(u8),
  },
);

export const synthhidVersion = union(
  'synthhid_version',
  { source: HID_HYPERV_C, packed: true, doc: 'major << 16 | minor.' },
  {
    ...inline({
      minor_version: u16,
      major_version: u16,
    }),
    version: u32,
  },
);

export const synthhidProtocolRequest = struct(
  'synthhid_protocol_request',
  { source: HID_HYPERV_C, packed: true, doc: 'Guest: is this version understood?' },
  {
    header: synthhidMsgHdr,
    version_requested: synthhidVersion,
  },
);

export const synthhidProtocolResponse = struct(
  'synthhid_protocol_response',
  { source: HID_HYPERV_C, packed: true, doc: 'Host: answer.' },
  {
    header: synthhidMsgHdr,
    version_requested: synthhidVersion,
    approved: u8,
  },
);

export const hidClassDescriptor = struct(
  'hid_class_descriptor',
  { source: HID_H, packed: true, doc: 'Kind and length of a descriptor.' },
  {
    bDescriptorType: u8,
    wDescriptorLength: u16,
  },
);

export const hidDescriptor = struct(
  'hid_descriptor',
  { source: HID_H, packed: true, doc: 'HID descriptor.' },
  {
    bLength: u8,
    bDescriptorType: u8,
    bcdHID: u16,
    bCountryCode: u8,
    bNumDescriptors: u8,
    rpt_desc: hidClassDescriptor,
    opt_descs: flexible(hidClassDescriptor),
  },
);

export const synthhidDeviceInfo = struct(
  'synthhid_device_info',
  { source: HID_HYPERV_C, packed: true, doc: 'Host: the device, with its report descriptor.' },
  {
    header: synthhidMsgHdr,
    hid_dev_info: hvInputDevInfo,
    hid_descriptor: hidDescriptor,
  },
);

export const synthhidDeviceInfoAck = struct(
  'synthhid_device_info_ack',
  { source: HID_HYPERV_C, packed: true, doc: 'Guest: thank you.' },
  {
    header: synthhidMsgHdr,
    reserved: u8,
  },
);

export const synthhidInputReport = struct(
  'synthhid_input_report',
  { source: HID_HYPERV_C, packed: true, doc: 'Host: a report.' },
  {
    header: synthhidMsgHdr,
    buffer: oneOrMore(u8),
  },
);

export const pipePrtMsg = struct(
  'pipe_prt_msg',
  { source: HID_HYPERV_C, doc: 'Pipe header.' },
  {
    type: u32,
    size: u32,
    data: oneOrMore(u8),
  },
);

export const mousevscPrtMsg = struct(
  'mousevsc_prt_msg',
  { source: HID_HYPERV_C, doc: 'Pipe header and a message.' },
  {
    type: u32,
    size: u32,
    ...overlay({
      request: synthhidProtocolRequest,
      response: synthhidProtocolResponse,
      ack: synthhidDeviceInfoAck,
    }),
  },
);
