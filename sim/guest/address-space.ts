/**
 * An address space as a guest's kernel keeps it: four levels of page tables in its own memory, with all of memory mapped once more at a
 * fixed distance (the direct map), through which the kernel reaches its tables.
 *
 * `map` is what a boot loader does: it writes bytes. A running kernel changes entries by stores of its processor (`entryAddress` says
 * where), since a hypervisor with shadow tables sees nothing else.
 */
import type { GuestMemory } from '../machine/memory.ts';
import {
  LARGE_PAGE,
  PAGE_LEVELS,
  PTE,
  PTES_PER_TABLE,
  pageTableEntry,
  SMALL_PAGE,
} from '../wire/page-tables.ts';
import type { PageAllocator } from './drivers/page-allocator.ts';

/** Where memory is mapped once more: the low 48 bits of 0xffff888000000000, as in Linux (`Documentation/arch/x86/x86_64/mm.rst`). */
export const DIRECT_MAP = 0x8880_0000_0000;

/** Bits of an entry that points to another table, or maps a page of the kernel. */
const TABLE_BITS = PTE.PRESENT | PTE.WRITABLE | PTE.USER;
/** What a page gets unless told otherwise: used before and stored to before, so that no access has to mark it first. */
export const KERNEL_PAGE = PTE.PRESENT | PTE.WRITABLE | PTE.ACCESSED | PTE.DIRTY;

export class AddressSpace {
  /** Value for CR3. */
  readonly cr3: number;
  private readonly memory: GuestMemory;
  private readonly pages: PageAllocator;

  constructor(memory: GuestMemory, pages: PageAllocator) {
    this.memory = memory;
    this.pages = pages;
    this.cr3 = pages.page();
  }

  /** Maps a small page. */
  map(gva: number, gpa: number, bits = KERNEL_PAGE): void {
    this.memory.write64(this.entryAddress(gva), pageTableEntry(gpa, bits));
  }

  /** Maps a page of 2 MiB. */
  mapLarge(gva: number, gpa: number, bits = KERNEL_PAGE): void {
    this.memory.write64(this.entryAddress(gva, 2), pageTableEntry(gpa, bits | PTE.LARGE));
  }

  /** Maps all of memory at {@link DIRECT_MAP}, by large pages; what is left over at the end by small ones. */
  mapMemory(bits = KERNEL_PAGE | PTE.GLOBAL): void {
    const { size } = this.memory;
    let gpa = 0;
    for (; gpa + LARGE_PAGE <= size; gpa += LARGE_PAGE) this.mapLarge(DIRECT_MAP + gpa, gpa, bits);
    for (; gpa < size; gpa += SMALL_PAGE) this.map(DIRECT_MAP + gpa, gpa, bits);
  }

  /** Guest-physical address of the entry for `gva` in the table of a level (1 maps small pages). Tables above it are made if need be. */
  entryAddress(gva: number, level = 1): number {
    let table = this.cr3;
    for (let at = PAGE_LEVELS; at > level; at--) table = this.tableBehind(table + 8 * indexIn(gva, at));
    return table + 8 * indexIn(gva, level);
  }

  private tableBehind(entry: number): number {
    const present = this.memory.read64(entry);
    if ((present & BigInt(PTE.PRESENT)) !== 0n) return Number(present & 0xf_ffff_f000n);
    const table = this.pages.page();
    this.memory.write64(entry, pageTableEntry(table, TABLE_BITS));
    return table;
  }
}

/** Index of an address in a table of a level. */
function indexIn(gva: number, level: number): number {
  return Math.floor(gva / (SMALL_PAGE * PTES_PER_TABLE ** (level - 1))) % PTES_PER_TABLE;
}
