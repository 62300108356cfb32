/**
 * The packet between storvsc and storvsp. Operations, statuses and flags are in `storvsp.ts`.
 */
import { bytes, field, overlay, u8, u16, u32, u64 } from './layout.ts';
import { STORVSC_DRV_C } from './sources.ts';
import { struct } from './struct.ts';

export const vmscsiRequest = struct(
  'vmscsi_request',
  { source: STORVSC_DRV_C, packed: true, doc: 'A SCSI command, and its result in the answer.' },
  {
    length: field(u16, '36 before protocol 5.1, 52 from it'),
    srb_status: field(u8, 'SRB_STATUS'),
    scsi_status: field(u8, 'SAM_STAT'),
    port_number: u8,
    path_id: field(u8, 'bus'),
    target_id: field(u8, 'target'),
    lun: field(u8, 'logical unit'),
    cdb_length: field(u8, 'bytes, up to 16'),
    sense_info_length: field(u8, 'bytes: room in the request, length in the answer'),
    data_in: field(u8, 'VSTOR_DATA: direction seen from the guest'),
    reserved: u8,
    data_transfer_length: field(u32, 'bytes: wanted in the request, moved in the answer'),
    ...overlay({
      cdb: field(bytes(16), 'the command'),
      sense_data: field(bytes(20), 'sense data of a failed command'),
      reserved_array: bytes(20),
    }),
    reserve: u16,
    queue_tag: u8,
    queue_action: u8,
    srb_flags: field(u32, 'SRB_FLAGS'),
    time_out_value: field(u32, 'seconds'),
    queue_sort_ey: u32,
  },
);

export const vmstorageChannelProperties = struct(
  'vmstorage_channel_properties',
  { source: STORVSC_DRV_C, packed: true, doc: 'Answer to QUERY_PROPERTIES.' },
  {
    reserved: u32,
    max_channel_cnt: field(u16, 'sub-channels the guest may ask for'),
    reserved1: u16,
    flags: field(u32, '1: multi-channel'),
    max_transfer_bytes: field(u32, 'longest transfer'),
    reserved2: u64,
  },
);

export const vmstorageProtocolVersion = struct(
  'vmstorage_protocol_version',
  { source: STORVSC_DRV_C, packed: true, doc: 'QUERY_PROTOCOL_VERSION.' },
  {
    major_minor: field(u16, 'major << 8 | minor'),
    revision: u16,
  },
);

export const hvFcWwnPacket = struct(
  'hv_fc_wwn_packet',
  { source: STORVSC_DRV_C, doc: 'Answer to FCHBA_DATA: names of a Fibre Channel adapter.' },
  {
    primary_active: u8,
    reserved1: bytes(3),
    primary_port_wwn: bytes(8),
    primary_node_wwn: bytes(8),
    secondary_port_wwn: bytes(8),
    secondary_node_wwn: bytes(8),
  },
);

export const vstorPacket = struct(
  'vstor_packet',
  { source: STORVSC_DRV_C, packed: true, doc: 'Every packet of the protocol.' },
  {
    operation: field(u32, 'VSTOR_OPERATION'),
    flags: field(u32, '1: an answer is wanted'),
    status: field(u32, 'NT_STATUS in the answer'),
    ...overlay({
      vm_srb: field(vmscsiRequest, 'EXECUTE_SRB'),
      storage_channel_properties: vmstorageChannelProperties,
      version: vmstorageProtocolVersion,
      wwn_packet: hvFcWwnPacket,
      sub_channel_count: field(u16, 'CREATE_SUB_CHANNELS'),
      buffer: bytes(52),
    }),
  },
);
