/**
 * Device interrupts as hypercalls name them: IO-APIC entries, MSI messages and the set of processors that may be interrupted.
 */
import { bits, field, inline, overlay, u32, u64 } from './layout.ts';
import { HYPERV_TLFS_H, X86_HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';
import { hvVpset } from './tlb.ts';

export const hvIoapicRte = union(
  'hv_ioapic_rte',
  { source: HYPERV_TLFS_H, packed: true, doc: 'An IO-APIC redirection table entry.' },
  {
    as_uint64: u64,
    ...inline({
      ...bits(u32, {
        vector: 8,
        delivery_mode: 3,
        destination_mode: 1,
        delivery_status: 1,
        interrupt_polarity: 1,
        remote_irr: 1,
        trigger_mode: 1,
        interrupt_mask: 1,
        reserved1: 15,
      }),
      ...bits(u32, { reserved2: 24, destination_id: 8 }),
    }),
    ...inline({
      low_uint32: u32,
      high_uint32: u32,
    }),
  },
);

export const hvMsiAddressRegister = union(
  'hv_msi_address_register',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'Address of an MSI message.' },
  {
    as_uint32: u32,
    ...bits(u32, {
      reserved1: 2,
      destination_mode: 1,
      redirection_hint: 1,
      reserved2: 8,
      destination_id: 8,
      msi_base: 12,
    }),
  },
);

export const hvMsiDataRegister = union(
  'hv_msi_data_register',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'Data of an MSI message.' },
  {
    as_uint32: u32,
    ...bits(u32, {
      vector: 8,
      delivery_mode: 3,
      reserved1: 3,
      level_assert: 1,
      trigger_mode: 1,
      reserved2: 16,
    }),
  },
);

export const hvMsiEntry = union(
  'hv_msi_entry',
  { source: X86_HYPERV_TLFS_H, doc: 'An MSI message.' },
  {
    as_uint64: u64,
    ...inline({
      address: hvMsiAddressRegister,
      data: hvMsiDataRegister,
    }),
  },
);

export const hvInterruptEntry = struct(
  'hv_interrupt_entry',
  { source: HYPERV_TLFS_H, packed: true, doc: 'An interrupt at its source.' },
  {
    source: field(u32, '1: MSI, 2: IO-APIC'),
    reserved1: u32,
    ...overlay({
      msi_entry: hvMsiEntry,
      ioapic_rte: hvIoapicRte,
    }),
  },
);

export const hvDeviceInterruptTarget = struct(
  'hv_device_interrupt_target',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Where an interrupt goes.' },
  {
    vector: field(u32, '16 to 255'),
    flags: field(u32, '2: vp_set is used'),
    ...overlay({
      vp_mask: field(u64, 'VPs 0 to 63'),
      vp_set: hvVpset,
    }),
  },
);

export const hvRetargetDeviceInterrupt = struct(
  'hv_retarget_device_interrupt',
  { source: HYPERV_TLFS_H, doc: 'HVCALL.RETARGET_INTERRUPT.' },
  {
    partition_id: field(u64, 'HV_PARTITION_ID_SELF'),
    device_id: field(u64, 'from the offer of the pass-through bus'),
    int_entry: hvInterruptEntry,
    reserved2: u64,
    int_target: hvDeviceInterruptTarget,
  },
);

export const hvDeviceInterruptDescriptor = struct(
  'hv_device_interrupt_descriptor',
  { source: HYPERV_TLFS_H, packed: true, doc: 'An interrupt to be mapped.' },
  {
    interrupt_type: u32,
    trigger_mode: u32,
    vector_count: u32,
    reserved: u32,
    target: hvDeviceInterruptTarget,
  },
);

export const hvInputMapDeviceInterrupt = struct(
  'hv_input_map_device_interrupt',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.MAP_DEVICE_INTERRUPT (root).' },
  {
    partition_id: u64,
    device_id: u64,
    flags: u64,
    logical_interrupt_entry: hvInterruptEntry,
    interrupt_descriptor: hvDeviceInterruptDescriptor,
  },
);

export const hvOutputMapDeviceInterrupt = struct(
  'hv_output_map_device_interrupt',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Its result.' },
  {
    interrupt_entry: hvInterruptEntry,
  },
);

export const hvInputUnmapDeviceInterrupt = struct(
  'hv_input_unmap_device_interrupt',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.UNMAP_DEVICE_INTERRUPT (root).' },
  {
    partition_id: u64,
    device_id: u64,
    interrupt_entry: hvInterruptEntry,
  },
);
