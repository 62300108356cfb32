/**
 * A guest of a guest, at the level of exit counts: L0 is our hypervisor, L1 the one that runs in the partition, L2 its guest. No
 * instruction of L2 is simulated; it exits when a program says so. What is real: the exits of L1 and their costs, the bytes of an
 * enlightened VMCS in L1's memory, its clean fields, and L1's assist page.
 *
 * Source: TLFS "Nested Virtualization"; Linux `arch/x86/kvm/vmx/hyperv.c` (fields and their groups).
 */
import { traceKind } from '../core/trace.ts';
import { hvPartitionAssistPg, hvVpAssistPage } from '../wire/assist-page.ts';
import { hvEnlightenedVmcs } from '../wire/enlightened-vmcs.ts';
import type { Cpu, Insn } from './cpu.ts';
import { PAGE_SIZE } from './memory.ts';
import type { RouteId } from './routes.ts';
import type { Vp } from './vp.ts';

/** A field of a VMCS, by the name that it has in the enlightened one. */
export type VmcsField = keyof typeof hvEnlightenedVmcs.offsets & string;

/** Groups of fields that L1 says are unchanged, by bit of `hv_clean_fields` (`HV_VMX_ENLIGHTENED_CLEAN_FIELD_*`). */
export const CLEAN_FIELD = {
  IO_BITMAP: 0x1,
  MSR_BITMAP: 0x2,
  CONTROL_GRP2: 0x4,
  CONTROL_GRP1: 0x8,
  CONTROL_PROC: 0x10,
  CONTROL_EVENT: 0x20,
  CONTROL_ENTRY: 0x40,
  CONTROL_EXCPN: 0x80,
  CRDR: 0x100,
  CONTROL_XLAT: 0x200,
  GUEST_BASIC: 0x400,
  GUEST_GRP1: 0x800,
  GUEST_GRP2: 0x1000,
  HOST_POINTER: 0x2000,
  HOST_GRP1: 0x4000,
  ENLIGHTENMENTSCONTROL: 0x8000,
} as const;
/** Every group. */
export const ALL_CLEAN = 0xffff;
/** The only version of the enlightened VMCS. */
export const EVMCS_VERSION = 1;
/** Exit reasons: CPUID, VMCALL, and "the flush that you let me serve is done". */
export const NESTED_EXIT = { CPUID: 10, VMCALL: 18, TRAP_AFTER_FLUSH: 0x1000_0031 } as const;

const KINDS = {
  exit: traceKind('nested.exit', ['reason', ''], 'an exit of L2 is reflected to L1'),
  entry: traceKind('nested.entry', ['', 'groups'], 'L1 enters L2; L0 reads so many groups of the VMCS'),
  access: traceKind('nested.vmaccess', ['write', 'value'], 'L1 reads or writes a field of its VMCS'),
  direct: traceKind('nested.direct', ['', ''], 'L0 answers an exit of L2 in the place of L1'),
} as const;

const field = (name: VmcsField) => hvEnlightenedVmcs.accessor(name);
const F = {
  revision: field('revision_id'),
  reason: field('vm_exit_reason'),
  length: field('vm_exit_instruction_len'),
  clean: field('hv_clean_fields'),
  assist: field('partition_assist_page'),
} as const;
const FLUSH_FIELD = hvEnlightenedVmcs.accessor('hv_enlightenments_control.nested_flush_hypercall');
const BITMAP_FIELD = hvEnlightenedVmcs.accessor('hv_enlightenments_control.msr_bitmap');
const ASSIST = {
  direct: hvVpAssistPage.accessor('nested_control.features.directhypercall'),
  enlighten: hvVpAssistPage.accessor('enlighten_vmentry'),
  current: hvVpAssistPage.accessor('current_nested_vmcs'),
} as const;
const LOCKS = hvPartitionAssistPg.accessor('tlb_lock_count');

/** What happened, in numbers. */
export interface NestedCounts {
  exits: number;
  entries: number;
  /** Entries that failed: no enlightened VMCS where L1 says, or one of another version. */
  failed: number;
  accesses: number;
  /** Groups of fields that L0 read again from an enlightened VMCS. */
  groups: number;
  /** Times that L0 merged the MSR bitmaps. */
  bitmaps: number;
  /** Flushes of L2 that L0 served itself. */
  direct: number;
}

/** A guest of the guest on one processor: its exits and entries, as L1 and L0 see them. */
export class NestedGuest {
  readonly counts: NestedCounts = {
    exits: 0,
    entries: 0,
    failed: 0,
    accesses: 0,
    groups: 0,
    bitmaps: 0,
    direct: 0,
  };
  private readonly cpu: Cpu;
  /** L1's VMCS where it is not enlightened: L0 keeps it, and L1 gets at it by instructions that exit. */
  private readonly fields = new Map<VmcsField, number>();
  /** GPA of the enlightened VMCS with which L2 was entered last; -1 for none. */
  private enlightened = -1;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  /** L2 exits, and L1 goes on: reason and length of the instruction stand in its VMCS. */
  exit(reason: number, length: number): Insn<void> {
    return this.serve('nested-exit', KINDS.exit, reason, () => this.reflect(reason, length));
  }

  /** VMRESUME: L1 enters L2. False when it fails. */
  resume(): Insn<boolean> {
    let entered = false;
    return this.serve(
      'nested-entry',
      KINDS.entry,
      0,
      () => {
        const groups = this.enter();
        entered = groups >= 0;
        return groups;
      },
      () => entered,
    );
  }

  /** VMREAD by L1: an exit. Zero while an enlightened VMCS is active: TLFS promises nothing then. */
  vmread(name: VmcsField): Insn<number> {
    const value = (): number => (this.enlightened < 0 ? (this.fields.get(name) ?? 0) : 0);
    return this.serve('nested-vmaccess', KINDS.access, 0, () => this.access(value), value);
  }

  /** VMWRITE by L1: an exit, without effect while an enlightened VMCS is active. */
  vmwrite(name: VmcsField, value: number): Insn<void> {
    return this.serve('nested-vmaccess', KINDS.access, 1, () =>
      this.access(() => {
        if (this.enlightened < 0) this.fields.set(name, value);
        return value;
      }),
    );
  }

  /**
   * L2 flushes its translations by a hypercall. True when L0 has served it and L1 knows nothing of it; false when L1 goes on: with an exit
   * that it must serve, or with the news that L0 has, because L1 holds a lock on its guest's translations.
   */
  flush(): Insn<boolean> {
    let served = false;
    return this.cpu.serve((vp) => {
      const direct = this.directFlush;
      const locked =
        direct && LOCKS.get(this.memory.view, F.assist.get(this.memory.view, this.enlightened)) !== 0;
      served = direct && !locked;
      const reason = direct ? NESTED_EXIT.TRAP_AFTER_FLUSH : NESTED_EXIT.VMCALL;
      if (served) this.pass(vp, 'nested-direct', KINDS.direct, 0, () => ++this.counts.direct);
      else this.pass(vp, 'nested-exit', KINDS.exit, reason, () => this.reflect(reason, 3));
      return served;
    });
  }

  private get memory() {
    return this.cpu.memory;
  }

  /** Both of L1's switches are on, and its assist page is memory. */
  private get directFlush(): boolean {
    const { cpu, memory, enlightened } = this;
    const assist = cpu.partition.msrs.assistPage(cpu.index);
    if (!cpu.partition.features.nestedDirectFlush || assist < 0 || enlightened < 0) return false;
    const on =
      ASSIST.direct.get(memory.view, assist) === 1 && FLUSH_FIELD.get(memory.view, enlightened) === 1;
    return on && memory.valid(F.assist.get(memory.view, enlightened), PAGE_SIZE);
  }

  private reflect(reason: number, length: number): number {
    this.counts.exits++;
    if (this.enlightened >= 0) {
      F.reason.set(this.memory.view, this.enlightened, reason);
      F.length.set(this.memory.view, this.enlightened, length);
    } else {
      this.fields.set('vm_exit_reason', reason);
      this.fields.set('vm_exit_instruction_len', length);
    }
    return 0;
  }

  /** Groups that were read; -1 when the entry fails. */
  private enter(): number {
    this.counts.entries++;
    const page = this.currentVmcs();
    if (page === undefined) {
      this.counts.failed++;
      return -1;
    }
    const before = this.enlightened;
    this.enlightened = page;
    if (page < 0) {
      this.counts.bitmaps++;
      return 0;
    }
    return this.reload(page, page === before);
  }

  /** GPA of the enlightened VMCS to use, -1 for none, undefined when L1 names one that is not there or of another version. */
  private currentVmcs(): number | undefined {
    const { cpu, memory } = this;
    const assist = cpu.partition.msrs.assistPage(cpu.index);
    if (!cpu.partition.features.hintEnlightenedVmcs || assist < 0) return -1;
    if (ASSIST.enlighten.get(memory.view, assist) !== 1) return -1;
    const page = ASSIST.current.get(memory.view, assist);
    const usable = page % PAGE_SIZE === 0 && memory.valid(page, PAGE_SIZE);
    return usable && F.revision.get(memory.view, page) === EVMCS_VERSION ? page : undefined;
  }

  /** Reads what L1 does not call clean; all of a VMCS that is new. With the enlightened bitmap L1 says as well when that has changed. */
  private reload(page: number, known: boolean): number {
    const { view } = this.memory;
    const clean = known ? F.clean.get(view, page) & ALL_CLEAN : 0;
    const groups = bitCount(ALL_CLEAN & ~clean);
    const trusted = this.cpu.partition.features.nestedMsrBitmap && BITMAP_FIELD.get(view, page) === 1;
    if (!trusted || (clean & CLEAN_FIELD.MSR_BITMAP) === 0) this.counts.bitmaps++;
    this.counts.groups += groups;
    return groups;
  }

  private access(value: () => number): number {
    this.counts.accesses++;
    return value();
  }

  private serve<R = void>(
    route: RouteId,
    kind: (typeof KINDS)[keyof typeof KINDS],
    a: number,
    work: () => number,
    result: () => R = () => undefined as R,
  ): Insn<R> {
    return this.cpu.serve((vp) => {
      this.pass(vp, route, kind, a, work);
      return result();
    });
  }

  private pass(
    vp: Vp,
    route: RouteId,
    kind: (typeof KINDS)[keyof typeof KINDS],
    a: number,
    work: () => number,
  ): void {
    const { partition } = this.cpu;
    partition.exitBy(vp, route, partition.trace.kind(kind), a, work);
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
