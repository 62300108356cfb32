/**
 * x86-64 page tables as a guest lays them in its memory: four levels of 512 entries, pages of 4 KiB and 2 MiB.
 *
 * Sources: Intel SDM volume 3 section 4.5 (4-level paging), 4.7 (error code), 4.1.4 (a processor without leaf 0x80000008 has 36 physical
 * address bits); AMD APM volume 2 section 5.3. Pages of 1 GiB are a feature bit (leaf 0x80000001 EDX bit 26) that the guest is not
 * offered: PS in a page-directory-pointer entry is a reserved bit here.
 */
import { codes } from './codes.ts';

/** Bits 0 to 8 of an entry. Bit 63, execute disable, is {@link PTE_NX}. */
export const pteBits = codes({
  PRESENT: [0x001, 'the entry maps something'],
  WRITABLE: [0x002, 'stores are allowed'],
  USER: [0x004, 'ring 3 is allowed'],
  WRITE_THROUGH: [0x008, 'PWT: cache type'],
  CACHE_DISABLE: [0x010, 'PCD: cache type'],
  ACCESSED: [0x020, 'set by the processor at first use'],
  DIRTY: [0x040, 'set by the processor at the first store; last level only'],
  LARGE: [0x080, 'PS: the entry maps a page of 2 MiB itself'],
  GLOBAL: [0x100, 'survives MOV CR3; last level only'],
});
/** The bits by name. */
export const PTE = pteBits.values;
/** Execute disable, bit 63. */
export const PTE_NX = 0x8000_0000_0000_0000n;

/** Error code of a page fault. The bits of an access (`WRITE`, `USER`, `FETCH`) are also how an access is described here. */
export const pageFaultBits = codes({
  PRESENT: [0x01, 'the translation exists but forbids this; clear: an entry is not present'],
  WRITE: [0x02, 'it was a store'],
  USER: [0x04, 'it came from ring 3'],
  RESERVED: [0x08, 'a reserved bit of an entry is set'],
  FETCH: [0x10, 'it was an instruction fetch'],
});
/** The bits by name. */
export const PF = pageFaultBits.values;

/** Bytes of an entry. */
export const PTE_BYTES = 8;
/** Entries of a table. */
export const PTES_PER_TABLE = 512;
/** Levels of the tables. */
export const PAGE_LEVELS = 4;
/** Bits of an address that each level takes. */
export const LEVEL_BITS = 9;
/** Bytes of a small page. */
export const SMALL_PAGE = 0x1000;
/** Bytes of a large page. */
export const LARGE_PAGE = 0x20_0000;
/** Small pages in a large one. */
export const SMALL_PER_LARGE = LARGE_PAGE / SMALL_PAGE;
/** Bits of a linear address that are translated; the upper 16 repeat bit 47. */
export const LINEAR_BITS = 48;
/** Physical address bits of the processor. Entries with a higher address bit set fault. */
export const PHYSICAL_BITS = 36;

/**
 * Low 48 bits of a canonical 64-bit linear address, which is how addresses are passed in this library. `undefined` when bits 47 to 63
 * are not all equal: such an address names nothing.
 */
export function linearAddress(gva: bigint): number | undefined {
  const top = BigInt.asUintN(64, gva) >> 47n;
  if (top !== 0n && top !== 0x1_ffffn) return undefined;
  return Number(gva & 0xffff_ffff_ffffn);
}

/** True when `cr3` may be loaded: nothing from the physical width up, and of the bits below the address only PWT and PCD. */
export function validCr3(cr3: number): boolean {
  return (
    cr3 >= 0 &&
    cr3 < 2 ** PHYSICAL_BITS &&
    ((cr3 % SMALL_PAGE) & ~(PTE.WRITE_THROUGH | PTE.CACHE_DISABLE)) === 0
  );
}

/** The address of the root table in CR3, by which the TLFS names an address space: what remains without the bits below it. */
export const addressSpaceId = (cr3: number): number => cr3 - (cr3 % SMALL_PAGE);

/** An entry that maps `gpa` with the given bits. */
export function pageTableEntry(gpa: number, bits: number, noExecute = false): bigint {
  return BigInt(gpa) | BigInt(bits) | (noExecute ? PTE_NX : 0n);
}
