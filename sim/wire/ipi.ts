/**
 * Inputs of the hypercalls that interrupt virtual processors.
 */
import { field, u32, u64 } from './layout.ts';
import { HYPERV_TLFS_H } from './sources.ts';
import { struct } from './struct.ts';
import { hvVpset } from './tlb.ts';

export const hvSendIpi = struct(
  'hv_send_ipi',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.SEND_IPI.' },
  {
    vector: field(u32, '16 to 255'),
    reserved: u32,
    cpu_mask: field(u64, 'VPs 0 to 63'),
  },
);

export const hvSendIpiEx = struct(
  'hv_send_ipi_ex',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.SEND_IPI_EX.' },
  {
    vector: field(u32, '16 to 255'),
    reserved: u32,
    vp_set: hvVpset,
  },
);
