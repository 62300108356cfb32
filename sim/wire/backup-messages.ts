/**
 * Backup (VSS) and guest file copy.
 */
import { array, bytes, field, i32, overlay, u8, u16, u32, u64 } from './layout.ts';
import { UAPI_HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

export const hvVssHdr = struct(
  'hv_vss_hdr',
  { source: UAPI_HYPERV_H, packed: true, doc: 'What to do.' },
  {
    operation: u8,
    reserved: bytes(7),
  },
);

export const hvVssCheckFeature = struct(
  'hv_vss_check_feature',
  { source: UAPI_HYPERV_H, packed: true, doc: 'What the guest can do.' },
  {
    flags: u32,
  },
);

export const hvVssCheckDmInfo = struct(
  'hv_vss_check_dm_info',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Directly mapped disks.' },
  {
    flags: u32,
  },
);

export const hvVssMsg = struct(
  'hv_vss_msg',
  { source: UAPI_HYPERV_H, packed: true, doc: 'Any backup message.' },
  {
    ...overlay({
      vss_hdr: hvVssHdr,
      error: i32,
    }),
    ...overlay({
      vss_cf: hvVssCheckFeature,
      dm_info: hvVssCheckDmInfo,
    }),
  },
);

export const hvFcopyHdr = struct(
  'hv_fcopy_hdr',
  { source: UAPI_HYPERV_H, packed: true, doc: 'What to do: start, write, complete, cancel.' },
  {
    operation: u32,
    service_id0: bytes(16),
    service_id1: bytes(16),
  },
);

export const hvStartFcopy = struct(
  'hv_start_fcopy',
  { source: UAPI_HYPERV_H, packed: true, doc: 'A file begins.' },
  {
    hdr: hvFcopyHdr,
    file_name: field(array(u16, 260), 'UTF-16'),
    path_name: field(array(u16, 260), 'UTF-16'),
    copy_flags: u32,
    file_size: field(u64, 'bytes'),
  },
);

export const hvDoFcopy = struct(
  'hv_do_fcopy',
  { source: UAPI_HYPERV_H, packed: true, doc: 'A piece of a file.' },
  {
    hdr: hvFcopyHdr,
    pad: u32,
    offset: field(u64, 'in the file'),
    size: field(u32, 'bytes, up to 6144'),
    data: bytes(6144),
  },
);
