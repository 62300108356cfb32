/**
 * How the root names a device to the hypervisor.
 */
import { bits, inline, members, overlay, u8, u16, u32, u64 } from './layout.ts';
import { HYPERV_TLFS_H } from './sources.ts';
import { union } from './struct.ts';

export const hvPciBdf = union(
  'hv_pci_bdf',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Bus, device, function.' },
  {
    as_uint16: u16,
    ...inline({
      ...bits(u8, { function: 3, device: 5 }),
      bus: u8,
    }),
  },
);

export const hvPciBusRange = union(
  'hv_pci_bus_range',
  { source: HYPERV_TLFS_H, packed: true, doc: 'A range of buses behind a bridge.' },
  {
    as_uint16: u16,
    ...inline({
      subordinate_bus: u8,
      secondary_bus: u8,
    }),
  },
);

export const hvDeviceId = union(
  'hv_device_id',
  { source: HYPERV_TLFS_H, packed: true, doc: 'A device: logical, PCI, IO-APIC or ACPI.' },
  {
    as_uint64: u64,
    ...bits(u64, { reserved0: 62, device_type: [2, '0: logical, 1: PCI, 2: IO-APIC, 3: ACPI'] }),
    logical: members({
      ...bits(u64, { id: 62, device_type: 2 }),
    }),
    pci: members({
      ...overlay({
        rid: u16,
        bdf: hvPciBdf,
      }),
      segment: u16,
      shadow_bus_range: hvPciBusRange,
      ...bits(u16, { phantom_function_bits: 2, source_shadow: 1, rsvdz0: 11, device_type: 2 }),
    }),
    ioapic: members({
      ioapic_id: u8,
      rsvdz0: u8,
      rsvdz1: u16,
      rsvdz2: u16,
      ...bits(u16, { rsvdz3: 14, device_type: 2 }),
    }),
    acpi: members({
      input_mapping_base: u32,
      ...bits(u32, { input_mapping_count: 30, device_type: 2 }),
    }),
  },
);
