/**
 * Inputs and outputs of hypercalls by which a parent makes partitions and processors, and of those that read and write registers.
 */
import { bits, bytes, field, flexible, inline, members, overlay, u8, u32, u64, upTo } from './layout.ts';
import { HYPERV_TLFS_H, X86_HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';
import { hvGpaPageRange } from './tlb.ts';

export const hvGetPartitionId = struct(
  'hv_get_partition_id',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.GET_PARTITION_ID: the result.' },
  {
    partition_id: u64,
  },
);

export const hvDepositMemory = struct(
  'hv_deposit_memory',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.DEPOSIT_MEMORY.' },
  {
    partition_id: u64,
    gpa_page_list: field(flexible(u64), 'page numbers given away'),
  },
);

export const hvProximityDomainFlags = struct(
  'hv_proximity_domain_flags',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Whether a NUMA node is named.' },
  {
    ...bits(u32, { proximity_preferred: 1, reserved: 30, proximity_info_valid: 1 }),
  },
);

export const hvProximityDomainInfo = union(
  'hv_proximity_domain_info',
  { source: HYPERV_TLFS_H, packed: true, doc: 'A NUMA node.' },
  {
    ...inline({
      domain_id: u32,
      flags: hvProximityDomainFlags,
    }),
    as_uint64: u64,
  },
);

export const hvLpStartupStatus = struct(
  'hv_lp_startup_status',
  { source: HYPERV_TLFS_H, packed: true, doc: 'How the start of a processor went.' },
  {
    hv_status: u64,
    substatus1: u64,
    substatus2: u64,
    substatus3: u64,
    substatus4: u64,
    substatus5: u64,
    substatus6: u64,
  },
);

export const hvAddLogicalProcessorIn = struct(
  'hv_add_logical_processor_in',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.ADD_LOGICAL_PROCESSOR.' },
  {
    lp_index: u32,
    apic_id: u32,
    proximity_domain_info: hvProximityDomainInfo,
    flags: u64,
  },
);

export const hvAddLogicalProcessorOut = struct(
  'hv_add_logical_processor_out',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Its result.' },
  {
    startup_status: hvLpStartupStatus,
  },
);

export const hvCreateVp = struct(
  'hv_create_vp',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.CREATE_VP.' },
  {
    partition_id: u64,
    vp_index: u32,
    padding: bytes(3),
    subnode_type: u8,
    subnode_id: u64,
    proximity_domain_info: hvProximityDomainInfo,
    flags: u64,
  },
);

export const hvGetVpRegistersInput = struct(
  'hv_get_vp_registers_input',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.GET_VP_REGISTERS.' },
  {
    header: members({
      partitionid: u64,
      vpindex: u32,
      inputvtl: u8,
      padding: bytes(3),
    }),
    element: field(
      flexible(
        members({
          name0: u32,
          name1: u32,
        }),
      ),
      'register names, two in a row',
    ),
  },
);

export const hvGetVpRegistersOutput = struct(
  'hv_get_vp_registers_output',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Value of one register.' },
  {
    ...overlay({
      as32: members({
        a: u32,
        b: u32,
        c: u32,
        d: u32,
      }),
      as64: members({
        low: u64,
        high: u64,
      }),
    }),
  },
);

export const hvSetVpRegistersInput = struct(
  'hv_set_vp_registers_input',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.SET_VP_REGISTERS.' },
  {
    header: members({
      partitionid: u64,
      vpindex: u32,
      inputvtl: u8,
      padding: bytes(3),
    }),
    element: field(
      flexible(
        members({
          name: u32,
          padding1: u32,
          padding2: u64,
          valuelow: u64,
          valuehigh: u64,
        }),
      ),
      'names and values',
    ),
  },
);

export const hvMemoryHint = struct(
  'hv_memory_hint',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.EXT_MEMORY_HEAT_HINT.' },
  {
    ...bits(u64, { type: [2, '2: cold'], reserved: 62 }),
    ranges: flexible(hvGpaPageRange),
  },
);

export const hvGpaRangeForVisibility = struct(
  'hv_gpa_range_for_visibility',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'HVCALL.MODIFY_SPARSE_GPA_PAGE_HOST_VISIBILITY.' },
  {
    partition_id: u64,
    ...bits(u32, { host_visibility: 2, reserved0: 30 }),
    reserved1: u32,
    gpa_page_list: field(upTo(u64, 510), 'as many as the rep count says'),
  },
);
