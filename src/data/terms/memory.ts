/** Memory: translation, and what keeps it up to date. */
import type { TermIs } from './types.ts';

export const MEMORY: readonly TermIs[] = [
  {
    title: 'SLAT',
    text: 'Second-level address translation: hardware that maps guest memory to host memory (Intel EPT, AMD NPT). Before it, the hypervisor kept shadow page tables.',
    words: ['SLAT', 'second level', 'second-level page table', 'EPT', 'NPT'],
    page: 'tlb-flush',
  },
  {
    title: 'CR3',
    text: 'The register that says where the page tables of the running program begin. Loading it changes the address space, and drops what the TLB knew of the old one.',
    words: ['CR3'],
    page: 'tlb-flush',
  },
  {
    title: 'TLB',
    text: "Translation look-aside buffer: the processor's memory of recent walks through page tables. It is not kept up to date by itself; whoever changes a table must flush it.",
    words: ['TLB', 'translation lookaside buffer'],
    page: 'tlb-flush',
  },
  {
    title: 'INVLPG',
    text: "The instruction that drops one page's translation from the TLB of the processor that executes it, and of no other.",
    words: ['INVLPG'],
    page: 'tlb-flush',
  },
  {
    title: 'Shoot-down',
    text: "Flushing other processors' TLBs: interrupt each, wait until each has flushed and said so.",
    words: ['shoot-down'],
    page: 'tlb-flush',
  },
  {
    title: 'Shadow page table',
    text: "What a hypervisor without SLAT keeps for each address space of a guest: the guest's table and its own in one, filled by faults. To the guest it looks like a very large TLB.",
    words: ['shadow page table', 'shadow table'],
    page: 'tlb-flush',
  },
  {
    title: 'EPT violation',
    text: "With SLAT, the exit for an address that the hypervisor has not mapped for this guest: a device's registers, or memory not given yet.",
    words: ['EPT violation'],
  },
  {
    title: 'VPID',
    text: 'A tag on each TLB entry that says to which virtual processor it belongs, so that an exit need not flush. AMD calls it ASID.',
    words: ['VPID', 'ASID'],
  },
];
