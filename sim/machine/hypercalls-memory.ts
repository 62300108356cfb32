/**
 * The hypercalls of the virtual MMU: switch the address space, flush address spaces or ranges on any set of processors.
 *
 * Sources: TLFS "Virtual MMU", `hypercalls/HvCallFlushVirtualAddress*.md`; WDK of 2009, "Hypervisor C-Language Functions" (the statuses
 * of these calls, and HvSwitchVirtualAddressSpace, which the TLFS of today no longer describes); Linux `arch/x86/hyperv/mmu.c` and
 * `arch/x86/kvm/hyperv.c` (which hint allows which call); OpenVMM `vm/hv1/hvdef` (extended ranges).
 *
 * Who runs is interrupted and flushes at once, all at the same time; who does not is flushed before it runs again. Either way the effect
 * is there when the caller goes on.
 */
import { HV_FLUSH, HV_STATUS, HVCALL } from '../wire/hypercall.ts';
import { addressSpaceId, linearAddress, SMALL_PER_LARGE, validCr3 } from '../wire/page-tables.ts';
import type { Features } from './features.ts';
import type { Hypercall, HypercallInput, HypercallOutcome } from './hypercalls.ts';
import type { Partition } from './partition.ts';
import type { HvStatus } from './synic.ts';
import { allVps, VP_SET_HEADER_BYTES, vpsOfMask, vpsOfSet } from './vp-set.ts';

/** Bytes of the fixed input: address space, flags, mask; Ex: a VP set in place of the mask. */
const INPUT_BYTES = 24;
const EX_SET_AT = 16;
const EX_INPUT_BYTES = EX_SET_AT + VP_SET_HEADER_BYTES;
const RANGE_BYTES = 8;
/** A call returns to the guest after 50 us and is continued (TLFS, "Hypercall Continuation"). */
const CONTINUE_AFTER_SECONDS = 50e-6;

const SPACE_FLAGS =
  HV_FLUSH.ALL_PROCESSORS | HV_FLUSH.ALL_VIRTUAL_ADDRESS_SPACES | HV_FLUSH.NON_GLOBAL_MAPPINGS_ONLY;
const LIST_FLAGS = HV_FLUSH.ALL_PROCESSORS | HV_FLUSH.ALL_VIRTUAL_ADDRESS_SPACES;

/** The calls of one partition. */
export function memoryCalls(partition: Partition): Hypercall[] {
  const flusher = new Flusher(partition);
  const flush = (features: Features): boolean => features.hintRemoteFlush || features.hintLocalFlush;
  const flushEx = (features: Features): boolean => flush(features) && features.hintExProcessorMasks;
  const space = { allowed: flush, run: (input: HypercallInput) => flusher.space(input, false) };
  const list = {
    repBytes: RANGE_BYTES,
    allowed: flush,
    run: (input: HypercallInput) => flusher.list(input, false),
  };
  const ex = { inputBytes: EX_INPUT_BYTES, variable: true, allowed: flushEx };
  return [
    switchSpace(partition),
    call('FLUSH_VIRTUAL_ADDRESS_SPACE', { inputBytes: INPUT_BYTES, ...space }),
    call('FLUSH_VIRTUAL_ADDRESS_LIST', { inputBytes: INPUT_BYTES, ...list }),
    call('FLUSH_VIRTUAL_ADDRESS_SPACE_EX', { ...ex, run: (input) => flusher.space(input, true) }),
    call('FLUSH_VIRTUAL_ADDRESS_LIST_EX', {
      ...ex,
      repBytes: RANGE_BYTES,
      run: (input) => flusher.list(input, true),
    }),
  ];
}

function call(name: keyof typeof HVCALL, rest: Omit<Hypercall, 'code' | 'name'>): Hypercall {
  return { code: HVCALL[name], name, ...rest };
}

function switchSpace(partition: Partition): Hypercall {
  return call('SWITCH_VIRTUAL_ADDRESS_SPACE', {
    inputBytes: 8,
    allowed: (features) => features.hintAddressSpaceSwitch,
    run: ({ vp, bytes }) => {
      const cr3 = Number(bytes.getBigUint64(0, true));
      if (!validCr3(cr3)) return { status: HV_STATUS.INVALID_PARAMETER };
      partition.mmu.counts.virtualMmuHypercalls++;
      partition.mmu.switchAddressSpace(partition.vps[vp], addressSpaceId(cr3));
      return { status: HV_STATUS.SUCCESS };
    },
  });
}

/** What to flush, and where: the parameters that all four calls share. */
interface Request {
  readonly vps: readonly number[];
  /** Address space, or undefined for all. */
  readonly cr3: number | undefined;
  readonly flags: number;
}

class Flusher {
  private readonly partition: Partition;
  /** What a running target loses beside the flush: an exit and its way back. */
  private readonly kickCycles: number;
  private readonly budget: number;

  constructor(partition: Partition) {
    const { costs } = partition;
    this.partition = partition;
    this.kickCycles = costs.cost('vm.exit') + costs.cost('hv.light') + costs.cost('vm.entry');
    this.budget = costs.hz * CONTINUE_AFTER_SECONDS;
  }

  space(input: HypercallInput, ex: boolean): HypercallOutcome {
    const request = this.request(input, ex, SPACE_FLAGS);
    if (typeof request === 'number') return { status: request };
    const globals = (request.flags & HV_FLUSH.NON_GLOBAL_MAPPINGS_ONLY) === 0;
    const { mmu, vps } = this.partition;
    const cycles = request.vps.map((vp) => mmu.flushSpace(vps[vp], request.cr3, globals));
    this.settle(input.vp, request.vps, cycles);
    return { status: HV_STATUS.SUCCESS };
  }

  /** Ranges one after the other, until the time is up: the guest calls again for the rest. */
  list(input: HypercallInput, ex: boolean): HypercallOutcome {
    const { extendedGvaRanges } = this.partition.features;
    const known = extendedGvaRanges ? LIST_FLAGS | HV_FLUSH.USE_EXTENDED_RANGE_FORMAT : LIST_FLAGS;
    const request = this.request(input, ex, known);
    if (typeof request === 'number') return { status: request, reps: input.repStart };
    const extended = (request.flags & HV_FLUSH.USE_EXTENDED_RANGE_FORMAT) !== 0;
    const cycles = request.vps.map(() => 0);
    let reps = input.repStart;
    while (reps < input.repCount && cycles.every((spent) => spent <= this.budget)) {
      const range = readRange(input.bytes.getBigUint64(input.listAt + RANGE_BYTES * reps++, true), extended);
      if (range) this.drop(input.vp, request, range, cycles);
    }
    this.settle(input.vp, request.vps, cycles);
    return { status: HV_STATUS.SUCCESS, reps };
  }

  /** One range on every target. */
  private drop(caller: number, { vps, cr3 }: Request, { gva, pages }: Range, cycles: number[]): void {
    const { mmu, vps: all } = this.partition;
    if (vps.some((vp) => vp !== caller)) mmu.counts.globalGvaRangeFlushes++;
    else mmu.counts.localGvaRangeFlushes++;
    vps.forEach((vp, index) => {
      cycles[index] += mmu.flushRange(all[vp], cr3, gva, pages);
    });
  }

  private request({ bytes, variable }: HypercallInput, ex: boolean, known: number): Request | HvStatus {
    const flags = Number(bytes.getBigUint64(8, true));
    if (flags > known || (flags & ~known) !== 0) return HV_STATUS.INVALID_PARAMETER;
    const cr3 = Number(bytes.getBigUint64(0, true));
    const all = (flags & HV_FLUSH.ALL_VIRTUAL_ADDRESS_SPACES) !== 0;
    if (!all && !validCr3(cr3)) return HV_STATUS.INVALID_PARAMETER;
    const vps = this.targets(bytes, variable, flags, ex);
    if (typeof vps === 'number') return vps;
    return { vps, cr3: all ? undefined : addressSpaceId(cr3), flags };
  }

  /** A mask of nobody is a mistake (WDK); bits beyond the processors there are name nobody and are skipped. */
  private targets(
    bytes: DataView,
    variable: number,
    flags: number,
    ex: boolean,
  ): readonly number[] | HvStatus {
    const count = this.partition.vps.length;
    if (ex) {
      const named = vpsOfSet(bytes, EX_SET_AT, variable, count);
      return typeof named === 'number' || (flags & HV_FLUSH.ALL_PROCESSORS) === 0 ? named : allVps(count);
    }
    if ((flags & HV_FLUSH.ALL_PROCESSORS) !== 0) return allVps(count);
    const mask = bytes.getBigUint64(16, true);
    return mask === 0n ? HV_STATUS.INVALID_PARAMETER : vpsOfMask(mask, count);
  }

  /** Time: the caller waits for its own flush, and for the slowest of the targets that run. */
  private settle(caller: number, targets: readonly number[], cycles: readonly number[]): void {
    const { vps, mmu } = this.partition;
    mmu.counts.virtualMmuHypercalls++;
    let kicked = 0;
    let slowest = 0;
    targets.forEach((target, index) => {
      const vp = vps[target];
      if (target === caller) vp.elapse(cycles[index]);
      else if (vp.state !== 'running') mmu.counts.deferredFlushes++;
      else {
        kicked++;
        slowest = Math.max(slowest, cycles[index]);
        vp.steal(Math.round(this.kickCycles + cycles[index]));
      }
    });
    if (kicked === 0) return;
    vps[caller].elapse(slowest);
    vps[caller].spend('flush.ipi');
    vps[caller].spend('flush.target', kicked - 1);
  }
}

/** Small pages in a row. */
interface Range {
  readonly gva: number;
  readonly pages: number;
}

const LARGE_RANGE = 0x800n;

/**
 * A range: an address, and in its low 12 bits how many more pages. In the extended format bit 11 says that the pages are large, and bit
 * 12 of those whether of 2 MiB or 1 GiB. An address that is not canonical names nothing and is ignored, as the TLFS says.
 */
function readRange(entry: bigint, extended: boolean): Range | undefined {
  const large = extended && (entry & LARGE_RANGE) !== 0n;
  const gva = linearAddress(BigInt.asUintN(64, entry & (large ? ~0x1f_ffffn : ~0xfffn)));
  if (gva === undefined) return undefined;
  const more = Number(entry & (extended ? 0x7ffn : 0xfffn)) + 1;
  if (!large) return { gva, pages: more };
  const huge = (entry & 0x1000n) !== 0n;
  return { gva, pages: more * SMALL_PER_LARGE * (huge ? SMALL_PER_LARGE : 1) };
}
