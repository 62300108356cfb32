/**
 * Sets of virtual processors as a guest passes them: a mask of 64, or HV_VP_SET with a bank for every 64.
 *
 * Sources: TLFS `datatypes/hv_vp_set.md`; Linux `arch/x86/kvm/hyperv.c` (`kvm_get_sparse_vp_set`); OpenVMM
 * `vm/hv1/hv1_structs/src/proc_mask.rs`. A bit that names nobody is no mistake: both implementations skip it, so a set may name nobody
 * at all and the call succeeds. A mistake is a set whose banks do not match its mask, or a format that does not exist.
 */
import { HV_GENERIC_SET, HV_STATUS } from '../wire/hypercall.ts';
import type { HvStatus } from './synic.ts';

/** Virtual processors in a bank. */
const BANK = 64;
/** Bytes of HV_VP_SET before its banks: format and mask. */
export const VP_SET_HEADER_BYTES = 16;

/** VPs of a partition with `vps` processors that a mask of 64 names, in ascending order. */
export function vpsOfMask(mask: bigint, vps: number): number[] {
  const named: number[] = [];
  addBank(named, mask, 0, vps);
  return named;
}

/** Every VP of a partition. */
export function allVps(vps: number): number[] {
  return Array.from({ length: vps }, (_, index) => index);
}

/**
 * VPs that the HV_VP_SET at byte `at` names, in ascending order. `banks` is what the control word says: the size of the variable header
 * in units of 8 bytes. INVALID_PARAMETER when that is not the number of bits in the mask, or the format is neither 0 nor 1. The banks of
 * a set of format 1 ("all") are counted, and not read.
 */
export function vpsOfSet(bytes: DataView, at: number, banks: number, vps: number): number[] | HvStatus {
  const format = bytes.getBigUint64(at, true);
  const mask = bytes.getBigUint64(at + 8, true);
  if (banks !== bitCount(mask)) return HV_STATUS.INVALID_PARAMETER;
  if (format === BigInt(HV_GENERIC_SET.ALL)) return allVps(vps);
  if (format !== BigInt(HV_GENERIC_SET.SPARSE_4K)) return HV_STATUS.INVALID_PARAMETER;
  return sparse(bytes, at + VP_SET_HEADER_BYTES, mask, vps);
}

/** Only the banks that the mask names are there, in order. */
function sparse(bytes: DataView, first: number, mask: bigint, vps: number): number[] {
  const named: number[] = [];
  let at = first;
  for (let bank = 0; bank < BANK; bank++) {
    if (((mask >> BigInt(bank)) & 1n) === 0n) continue;
    addBank(named, bytes.getBigUint64(at, true), bank * BANK, vps);
    at += 8;
  }
  return named;
}

function addBank(named: number[], bits: bigint, first: number, vps: number): void {
  const end = Math.min(BANK, vps - first);
  for (let bit = 0; bit < end; bit++) if (((bits >> BigInt(bit)) & 1n) !== 0n) named.push(first + bit);
}

/** Number of set bits. */
function bitCount(bits: bigint): number {
  let count = 0;
  for (let left = bits; left !== 0n; left &= left - 1n) count++;
  return count;
}
