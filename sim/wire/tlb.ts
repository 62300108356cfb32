/**
 * Inputs of the hypercalls that flush translations, and sets of virtual processors.
 */
import { bits, type CountOf, field, flexible, members, u64, upTo } from './layout.ts';
import { HYPERV_TLFS_H } from './sources.ts';
import { struct, union } from './struct.ts';

/** A sparse set carries the banks that its mask names; "all processors" carries none. */
const banksOf: CountOf = (fields) => {
  if (fields('format') !== 0n) return 0;
  let count = 0;
  for (let mask = fields('valid_bank_mask'); mask !== 0n; mask &= mask - 1n) count++;
  return count;
};

export const hvVpset = struct(
  'hv_vpset',
  { source: HYPERV_TLFS_H, packed: true, doc: 'Set of virtual processors in banks of 64.' },
  {
    format: field(u64, 'HV_GENERIC_SET'),
    valid_bank_mask: field(u64, 'bit n: bank n follows'),
    bank_contents: field(flexible(u64, banksOf), '64 VPs each; only the banks that the mask names, in order'),
  },
);

export const hvTlbFlush = struct(
  'hv_tlb_flush',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE and _LIST.' },
  {
    address_space: field(u64, 'CR3'),
    flags: field(u64, 'HV_FLUSH flags'),
    processor_mask: field(u64, 'VPs 0 to 63'),
    gva_list: field(flexible(u64), 'page address | number of further pages'),
  },
);

export const hvTlbFlushEx = struct(
  'hv_tlb_flush_ex',
  {
    source: HYPERV_TLFS_H,
    packed: true,
    doc: 'The same for any VP: the list of addresses follows the banks.',
  },
  {
    address_space: field(u64, 'CR3'),
    flags: field(u64, 'HV_FLUSH flags'),
    hv_vp_set: hvVpset,
    gva_list: field(flexible(u64), 'page address | number of further pages'),
  },
);

export const hvGuestMappingFlush = struct(
  'hv_guest_mapping_flush',
  { source: HYPERV_TLFS_H, packed: true, doc: 'HVCALL.FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE.' },
  {
    address_space: field(u64, 'nested page table root'),
    flags: u64,
  },
);

export const hvGpaPageRange = union(
  'hv_gpa_page_range',
  { source: HYPERV_TLFS_H, doc: 'Guest pages: up to 2048 in a row, or large ones.' },
  {
    address_space: u64,
    page: members({
      ...bits(u64, {
        additional_pages: [11, 'pages after the first'],
        largepage: [1, '1: see the other view'],
        basepfn: [52, 'first page number'],
      }),
    }),
    ...bits(u64, { reserved: 12, page_size: [1, '0: 2 MiB, 1: 1 GiB'], reserved1: 8, base_large_pfn: 43 }),
  },
);

export const hvGuestMappingFlushList = struct(
  'hv_guest_mapping_flush_list',
  { source: HYPERV_TLFS_H, doc: 'HVCALL.FLUSH_GUEST_PHYSICAL_ADDRESS_LIST.' },
  {
    address_space: field(u64, 'nested page table root'),
    flags: u64,
    gpa_list: field(upTo(hvGpaPageRange, 510), 'as many as the rep count says'),
  },
);
