/**
 * Data exchange: keys and values between host and guest, and the guest’s network settings.
 */
import { array, bytes, either, field, i32, overlay, u8, u16, u32, u64 } from './layout.ts';
import { UAPI_HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

export const hvKvpHdr = struct(
  'hv_kvp_hdr',
  { source: UAPI_HYPERV_H, packed: true, doc: 'What to do with which pool.' },
  {
    operation: u8,
    pool: u8,
    pad: u16,
  },
);

export const hvKvpExchgMsgValue = struct(
  'hv_kvp_exchg_msg_value',
  { source: UAPI_HYPERV_H, packed: true, doc: 'A key and a value.' },
  {
    value_type: field(u32, '1: text, 4: u32, 8: u64 (a host sends 11)'),
    key_size: u32,
    value_size: u32,
    key: bytes(512),
    ...overlay({
      value: bytes(2048),
      value_u32: u32,
      value_u64: u64,
    }),
  },
);

export const hvKvpMsgEnumerate = struct(
  'hv_kvp_msg_enumerate',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Entry n, please.' },
  {
    index: u32,
    data: hvKvpExchgMsgValue,
  },
);

export const hvKvpMsgGet = struct(
  'hv_kvp_msg_get',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Value of a key, please.' },
  {
    data: hvKvpExchgMsgValue,
  },
);

export const hvKvpMsgSet = struct(
  'hv_kvp_msg_set',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Set a key.' },
  {
    data: hvKvpExchgMsgValue,
  },
);

export const hvKvpMsgDelete = struct(
  'hv_kvp_msg_delete',
  { source: UAPI_HYPERV_H, doc: 'Delete a key.' },
  {
    key_size: u32,
    key: bytes(512),
  },
);

export const hvKvpRegister = struct(
  'hv_kvp_register',
  { source: UAPI_HYPERV_H, doc: 'Linux daemon only: its version.' },
  {
    version: bytes(512),
  },
);

export const hvKvpIpaddrValue = struct(
  'hv_kvp_ipaddr_value',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Network settings of one adapter, UTF-16 texts.' },
  {
    adapter_id: array(u16, 128),
    addr_family: u8,
    dhcp_enabled: u8,
    ip_addr: array(u16, 1024),
    sub_net: array(u16, 1024),
    gate_way: array(u16, 512),
    dns_addr: array(u16, 1024),
  },
);

export const hvKvpIpMsg = struct(
  'hv_kvp_ip_msg',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Get or set network settings.' },
  {
    operation: u8,
    pool: u8,
    kvp_ip_val: hvKvpIpaddrValue,
  },
);

export const hvKvpMsg = struct(
  'hv_kvp_msg',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Any data exchange message.' },
  {
    ...overlay({
      kvp_hdr: hvKvpHdr,
      error: i32,
    }),
    body: either({
      kvp_get: hvKvpMsgGet,
      kvp_set: hvKvpMsgGet,
      kvp_delete: hvKvpMsgDelete,
      kvp_enum_data: hvKvpMsgEnumerate,
      kvp_ip_val: hvKvpIpaddrValue,
      kvp_register: hvKvpRegister,
    }),
  },
);
