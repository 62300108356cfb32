/**
 * The walk: from a linear address to a guest-physical one through the guest's own tables, which are bytes in guest memory.
 *
 * This is what a processor does at a TLB miss, and what a hypervisor with shadow tables does in software at a page fault. CR0.WP and
 * EFER.NXE are on, as in every guest that this library knows; CR4 bits beyond PGE are off. Source: Intel SDM volume 3, sections 4.5 to 4.8.
 *
 * A table outside memory reads as a bus that nobody drives: all ones. So the entry found there has its reserved bits set, and the
 * answer is a page fault that says so. Tables that point at themselves are legal (and used); the walk has four steps, whatever they hold.
 */
import { PF, PTE } from '../wire/page-tables.ts';
import type { GuestMemory } from './memory.ts';

/** A walk found a translation. Other values of {@link walkTables} are error codes of a page fault. */
export const WALKED = -1;

const P = PTE.PRESENT;
const A = PTE.ACCESSED;
const D = PTE.DIRTY;
const LARGE = PTE.LARGE;
/** In the upper half of an entry: address bits beyond the 36 there are. */
const RESERVED_HIGH = 0x000f_fff0;
/** In the lower half of an entry for a large page: address bits below 2 MiB, but for bit 12 (PAT). */
const RESERVED_LARGE = 0x001f_e000;
/** Bits of the upper half that belong to the address. */
const ADDRESS_HIGH = 0xf;
const HIGH = 0x1_0000_0000;
const ALL_ONES = 0xffff_ffff;

/** Where a walk got to. One object is used again and again. */
export class Walk {
  /** First byte of the page in guest-physical memory. */
  frame = 0;
  /** True for a page of 2 MiB. */
  large = false;
  /** WRITABLE and USER as all levels together allow, GLOBAL of the last one. */
  bits = 0;
  /** False when a level says NX. */
  executable = true;
  /** The DIRTY bit of the last level, after the walk. */
  dirty = false;
  /** Entries read: 1 to 4. */
  references = 0;
  /** GPA of the entry read at each step. */
  readonly entries: Float64Array = new Float64Array(4);
}

/**
 * Walks the tables at `cr3` for an access of the kind `access` (PF.WRITE, PF.USER, PF.FETCH). {@link WALKED} with `walk` filled in, or the
 * error code of the page fault that the access raises. Nothing is written: {@link markWalk} does that.
 */
export function walkTables(
  memory: GuestMemory,
  cr3: number,
  gva: number,
  access: number,
  walk: Walk,
): number {
  const { u32 } = memory;
  const words = u32.length;
  const upper = (gva / HIGH) | 0;
  const lower = gva >>> 0;
  let table = cr3 - (cr3 % 4096);
  let bits = PTE.WRITABLE | PTE.USER;
  let noExecute = 0;
  for (let level = 4; ; level--) {
    const at = table + tableIndex(upper, lower, level) * 8;
    const word = at / 4;
    const inside = word + 1 < words;
    const low = inside ? u32[word] : ALL_ONES;
    const high = inside ? u32[word + 1] : ALL_ONES;
    walk.entries[4 - level] = at;
    walk.references = 5 - level;
    if ((low & P) === 0) return access;
    const large = (low & LARGE) !== 0 && level !== 1;
    if ((high & RESERVED_HIGH) !== 0 || (large && (level !== 2 || (low & RESERVED_LARGE) !== 0)))
      return access | PF.PRESENT | PF.RESERVED;
    bits &= low;
    noExecute |= high >>> 31;
    if (level === 1 || large) {
      walk.bits = bits | (low & PTE.GLOBAL);
      walk.executable = noExecute === 0;
      if (forbids(walk, access)) return access | PF.PRESENT;
      walk.large = large;
      walk.frame = (high & ADDRESS_HIGH) * HIGH + ((low & (large ? 0xffe0_0000 : 0xffff_f000)) >>> 0);
      walk.dirty = (low & D) !== 0 || (access & PF.WRITE) !== 0;
      return WALKED;
    }
    table = (high & ADDRESS_HIGH) * HIGH + ((low & 0xffff_f000) >>> 0);
  }
}

/** Index into the table of a level, 4 being the root, from the two halves of an address. */
function tableIndex(upper: number, lower: number, level: number): number {
  switch (level) {
    case 4:
      return (upper >>> 7) & 511;
    case 3:
      return ((upper & 0x7f) << 2) | (lower >>> 30);
    case 2:
      return (lower >>> 21) & 511;
    default:
      return (lower >>> 12) & 511;
  }
}

/** True when the rights of a page do not allow an access. Ring 0 may not store to a read-only page either: CR0.WP is on. */
export function forbids(
  page: { readonly bits: number; readonly executable: boolean },
  access: number,
): boolean {
  if ((access & PF.WRITE) !== 0 && (page.bits & PTE.WRITABLE) === 0) return true;
  if ((access & PF.USER) !== 0 && (page.bits & PTE.USER) === 0) return true;
  return (access & PF.FETCH) !== 0 && !page.executable;
}

/** After a walk: sets ACCESSED on the way, and DIRTY at its end for a store. An entry under a read-only overlay stays as it is. */
export function markWalk(memory: GuestMemory, walk: Walk, access: number): void {
  const last = walk.references - 1;
  for (let step = 0; step <= last; step++) {
    const at = walk.entries[step];
    const want = step === last && (access & PF.WRITE) !== 0 ? A | D : A;
    const low = memory.u32[at / 4];
    if ((low & want) !== want && memory.writable(at, 8)) memory.u32[at / 4] = low | want;
  }
}
