/** The words of the book, defined once: for the glossary, for the definitions in the prose, and for the check that none comes too early. */
import { DISK } from './disk.ts';
import { INTERRUPTS } from './interrupts.ts';
import { MACHINE } from './machine.ts';
import { MEMORY } from './memory.ts';
import { SERVICES } from './services.ts';
import { TIME } from './time.ts';
import type { TermIs } from './types.ts';
import { VMBUS } from './vmbus.ts';

/** In the order of the glossary. */
export const TERMS: readonly TermIs[] = [
  ...MACHINE,
  ...VMBUS,
  ...DISK,
  ...INTERRUPTS,
  ...MEMORY,
  ...TIME,
  ...SERVICES,
];

/** `VM exit` → `vm-exit`: the address in the glossary, and what `<Term of="…">` says. */
export const idOf = ({ title }: Pick<TermIs, 'title'>): string =>
  title.toLowerCase().replace(/[^a-z0-9_]+/g, '-');
