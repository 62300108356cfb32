/**
 * Time: the reference TSC page, synthetic timers, and what a guest sees after it moved to another host.
 */
import { bits, field, i64, u32, u64 } from './layout.ts';
import { HYPERV_TLFS_H, X86_HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';

export const msHypervTscPage = struct(
  'ms_hyperv_tsc_page',
  {
    source: HYPERV_TLFS_H,
    packed: true,
    doc: 'Reference time without an exit: (TSC × scale) >> 64 + offset, in 100 ns units.',
  },
  {
    tsc_sequence: field(u32, 'changes when scale or offset do; 0: read TIME_REF_COUNT instead'),
    reserved1: u32,
    tsc_scale: field(u64, 'fraction of 2^64'),
    tsc_offset: field(i64, '100 ns units, signed'),
  },
);

export const hvReferenceTscMsr = union(
  'hv_reference_tsc_msr',
  { source: HYPERV_TLFS_H, doc: 'REFERENCE_TSC register.' },
  {
    as_uint64: u64,
    ...bits(u64, { enable: [1, '1: the page is there'], reserved: 11, pfn: [52, 'its page number'] }),
  },
);

export const hvStimerConfig = union(
  'hv_stimer_config',
  { source: HYPERV_TLFS_H, doc: 'STIMERx_CONFIG register.' },
  {
    as_uint64: u64,
    ...bits(u64, {
      enable: [1, '1: runs'],
      periodic: [1, '1: count is a period'],
      lazy: [1, '1: may be late'],
      auto_enable: [1, '1: writing the count starts it'],
      apic_vector: [8, 'vector in direct mode'],
      direct_mode: [1, '1: raise apic_vector, no message'],
      reserved_z0: 3,
      sintx: [4, 'SINT for the message'],
      reserved_z1: 44,
    }),
  },
);

export const hvTimerMessagePayload = struct(
  'hv_timer_message_payload',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Payload of a TIMER_EXPIRED message.' },
  {
    timer_index: field(u32, '0 to 3'),
    reserved: u32,
    expiration_time: field(u64, 'when it was due, 100 ns units'),
    delivery_time: field(u64, 'when the message was written, 100 ns units'),
  },
);

export const hvReenlightenmentControl = struct(
  'hv_reenlightenment_control',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'REENLIGHTENMENT_CONTROL register.' },
  {
    ...bits(u64, {
      vector: [8, 'interrupt to raise after migration'],
      reserved1: 8,
      enabled: [1, '1: wanted'],
      reserved2: 15,
      target_vp: [32, 'VP to interrupt'],
    }),
  },
);

export const hvTscEmulationControl = struct(
  'hv_tsc_emulation_control',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'TSC_EMULATION_CONTROL register.' },
  {
    ...bits(u64, { enabled: [1, '1: the hypervisor keeps the old TSC rate'], reserved: 63 }),
  },
);

export const hvTscEmulationStatus = struct(
  'hv_tsc_emulation_status',
  { source: X86_HYPERV_TLFS_H, packed: true, doc: 'TSC_EMULATION_STATUS register.' },
  {
    ...bits(u64, { inprogress: [1, '1: it does so now'], reserved: 63 }),
  },
);
