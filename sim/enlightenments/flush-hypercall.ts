/**
 * How a guest makes the flush hypercalls: what it lays in memory, and the loop around a list that is continued.
 *
 * Source: Linux `arch/x86/hyperv/mmu.c` (`hyperv_flush_tlb_multi`, `fill_gva_list`), `hv_do_rep_hypercall` in `mshyperv.h`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import {
  controlWord,
  HV_HYP_PAGE_SIZE,
  HV_STATUS,
  HVCALL,
  resultReps,
  resultStatus,
} from '../wire/hypercall.ts';
import { SMALL_PAGE } from '../wire/page-tables.ts';

/** Pages that one entry of a list names at most. */
export const PAGES_PER_ENTRY = 4096;
/** VPs that a mask names. */
const MASK_VPS = 64;

/** A run of pages to flush. */
export interface PageRun {
  readonly gva: number;
  readonly pages: number;
}

/** What to flush. */
export interface FlushRequest {
  /** Address space. */
  readonly cr3: number;
  /** Processors by their index, the caller's own included if it is to be flushed. */
  readonly vps: readonly number[];
  /** Runs of pages; everything that is not global in the address space when absent. */
  readonly runs?: readonly PageRun[];
  /** Page for the input of the call, its own for each processor. */
  readonly input: number;
}

/** Entries of a list: a page, and in the low 12 bits how many follow it. */
export function gvaList(runs: readonly PageRun[]): bigint[] {
  const list: bigint[] = [];
  for (const { gva, pages } of runs) {
    for (let done = 0; done < pages; done += PAGES_PER_ENTRY) {
      const more = Math.min(pages - done, PAGES_PER_ENTRY) - 1;
      list.push(signExtended(gva + done * SMALL_PAGE) | BigInt(more));
    }
  }
  return list;
}

/** A linear address with its upper 16 bits. */
const signExtended = (gva: number): bigint => BigInt.asUintN(64, BigInt.asIntN(48, BigInt(gva)));

/**
 * Flushes by the call that fits: a mask, or a sparse set when a processor beyond the 64th is meant; a list, or the whole space when the list
 * would not fit its page. Its status.
 */
export function* flushByHypercall(cpu: Cpu, request: FlushRequest): Program<number> {
  const { set, ex } = vpSet(request.vps);
  const fixed = 16 + 8 * set.length;
  const room = (HV_HYP_PAGE_SIZE - fixed) / 8;
  const entries = request.runs ? gvaList(request.runs) : [];
  const list = entries.length > 0 && entries.length <= room ? entries : [];
  // NON_GLOBAL_MAPPINGS_ONLY when a whole space is meant; a list that grew too long may hold global pages.
  const flags = request.runs ? 0n : 4n;
  const words = BigUint64Array.from([BigInt(request.cr3), flags, ...set, ...list]);
  cpu.memory.write(request.input, new Uint8Array(words.buffer));
  const varhead_qwords = ex ? set.length - 2 : 0;
  const code = codeOf(list.length > 0, ex);
  return yield* repeat(cpu, { code, varhead_qwords, rep_count: list.length }, request.input);
}

function codeOf(list: boolean, ex: boolean): number {
  if (list) return ex ? HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST_EX : HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST;
  return ex ? HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE_EX : HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE;
}

/** Calls until every element is done: a call that runs out of time says how far it came. */
function* repeat(
  cpu: Cpu,
  word: { readonly code: number; readonly varhead_qwords: number; readonly rep_count: number },
  input: number,
): Program<number> {
  for (let rep_start = 0; ; ) {
    const result = yield* cpu.vmcall(controlWord({ ...word, rep_start }), BigInt(input), 0n);
    const status = resultStatus(result);
    rep_start = resultReps(result);
    if (status !== HV_STATUS.SUCCESS || rep_start >= word.rep_count) return status;
  }
}

/** The processors as the calls take them: a mask of 64, or format, mask of banks, and the banks. */
function vpSet(vps: readonly number[]): { readonly set: readonly bigint[]; readonly ex: boolean } {
  const banks = new Map<number, bigint>();
  for (const vp of [...vps].sort((a, b) => a - b)) {
    const bank = Math.floor(vp / MASK_VPS);
    banks.set(bank, (banks.get(bank) ?? 0n) | (1n << BigInt(vp % MASK_VPS)));
  }
  if (vps.every((vp) => vp < MASK_VPS)) return { set: [banks.get(0) ?? 0n], ex: false };
  const valid = [...banks.keys()].reduce((mask, bank) => mask | (1n << BigInt(bank)), 0n);
  return { set: [0n, valid, ...banks.values()], ex: true };
}
