/**
 * Row 4: flushing one's own translations. Under shadow tables each INVLPG is an exit, and MOV CR3 is an exit that throws everything
 * away; one hypercall takes a list. With a second level neither exits, and the hypercall is the one exit that is left.
 *
 * Sources: TLFS "Virtual MMU"; Linux commit 2ffd9e33 (4.14), which uses the hypercall for other processors only and says why.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { SMALL_PAGE } from '../wire/page-tables.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';
import type { FlushRequest, PageRun } from './flush-hypercall.ts';
import { flushByHypercall } from './flush-hypercall.ts';

/** The contract of row 4. */
export const LOCAL_TLB_FLUSH = defineEnlightenment({
  id: 'local-tlb-flush',
  row: 4,
  title: 'Local TLB flush',
  what: 'The guest names the pages that it has changed, all in one call.',
  discovery: [hint('LOCAL_TLB_FLUSH', 'HV_X64_LOCAL_TLB_FLUSH_RECOMMENDED')],
  mechanisms: ['hypercall'],
  msrs: [],
  hypercalls: [HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE, HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST],
  without: 'INVLPG for each page, or MOV CR3 for all of them.',
  exits: ['shadow tables: 1 a page, or 1 and a refill of everything; second level: 0', '1 for a list'],
  caution:
    'With a second level it is slower than what it replaces: an exit in place of none. Such hosts do not set the hint; newer ones may recommend toggling CR4.PGE instead (bit 17).',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.hintLocalFlush,
  depth: 'functional',
  sources: ['TLFS: virtual-mmu', 'TLFS: hypercalls/HvCallFlushVirtualAddressList', 'Linux: commit 2ffd9e33'],
});

/** Without it: INVLPG for each page. */
export function* flushByInvlpg(cpu: Cpu, runs: readonly PageRun[]): Program {
  for (const { gva, pages } of runs)
    for (let page = 0; page < pages; page++) yield* cpu.invlpg(gva + page * SMALL_PAGE);
}

/** Without it: the same CR3 again, and everything that is not global is gone. */
export function* flushByCr3(cpu: Cpu, cr3: number): Program {
  yield* cpu.movCr3(cr3);
}

/** With it: one call for this processor. Its status. */
export function* flushLocalByHypercall(cpu: Cpu, request: Omit<FlushRequest, 'vps'>): Program<number> {
  return yield* flushByHypercall(cpu, { ...request, vps: [cpu.index] });
}
