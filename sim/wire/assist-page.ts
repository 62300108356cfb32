/**
 * Registers and pages that let a guest and the hypervisor agree without an exit: hypercall page register, VP assist page.
 */
import { array, bits, bytes, field, members, u8, u32, u64 } from './layout.ts';
import { rndisResetRequest } from './rndis.ts';
import { X86_HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const hvX64MsrHypercallContents = union(
  'hv_x64_msr_hypercall_contents',
  { source: X86_HYPERV_TLFS_H, doc: 'HYPERCALL register.' },
  {
    as_uint64: u64,
    ...bits(u64, {
      enable: [1, '1: the page is there'],
      reserved: 11,
      guest_physical_address: [52, 'its page number'],
    }),
  },
);

export const hvVpAssistMsrContents = union(
  'hv_vp_assist_msr_contents',
  { source: X86_HYPERV_TLFS_H, doc: 'VP_ASSIST_PAGE register.' },
  {
    as_uint64: u64,
    ...bits(u64, { enable: [1, '1: the page is there'], reserved: 11, pfn: [52, 'its page number'] }),
  },
);

export const hvNestedEnlightenmentsControl = struct(
  'hv_nested_enlightenments_control',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'What a nested hypervisor grants its guest.' },
  {
    features: members({
      ...bits(u32, { directhypercall: 1, reserved: 31 }),
    }),
    hypercallControls: rndisResetRequest,
  },
);

export const hvVpAssistPage = struct(
  'hv_vp_assist_page',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'VP assist page.' },
  {
    apic_assist: field(u32, 'bit 0: no EOI needed; cleared by the guest instead of an EOI'),
    reserved1: u32,
    vtl_control: array(u64, 3),
    nested_control: hvNestedEnlightenmentsControl,
    enlighten_vmentry: field(u8, '1: current_nested_vmcs is used'),
    reserved2: bytes(7),
    current_nested_vmcs: field(u64, 'GPA of the enlightened VMCS'),
  },
);

export const hvPartitionAssistPg = struct(
  'hv_partition_assist_pg',
  { source: X86_HYPERV_TLFS_H, doc: 'Partition assist page of a nested hypervisor.' },
  {
    tlb_lock_count: u32,
  },
);
