/**
 * Row 22: the enlightened VMCS. A hypervisor in the partition (L1) keeps the state of its guest (L2) in a VMCS, which it may touch by
 * VMREAD and VMWRITE only; each is an exit to our hypervisor (L0). In an enlightened VMCS the same fields lie in a page of plain memory,
 * and L1 says by "clean" bits which groups it has not changed.
 *
 * Modelled at the level of exit counts: no instruction of L2 runs. Source: TLFS "Nested Virtualization", "Enlightened VMCS"; Linux
 * `arch/x86/kvm/vmx/hyperv.c`.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { NestedGuest, VmcsField } from '../machine/nested-guest.ts';
import { ALL_CLEAN, CLEAN_FIELD, EVMCS_VERSION } from '../machine/nested-guest.ts';
import { hvVpAssistPage } from '../wire/assist-page.ts';
import { hvEnlightenedVmcs } from '../wire/enlightened-vmcs.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE } from '../wire/msr.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 22. */
export const ENLIGHTENED_VMCS = defineEnlightenment({
  id: 'enlightened-vmcs',
  row: 22,
  title: 'Enlightened VMCS',
  what: 'A hypervisor in the partition keeps the state of its guest in plain memory.',
  discovery: [hint('ENLIGHTENED_VMCS', 'HV_X64_ENLIGHTENED_VMCS_RECOMMENDED')],
  mechanisms: ['shared-page'],
  msrs: [],
  hypercalls: [],
  without: 'VMREAD and VMWRITE, each an exit: several for every exit of its guest.',
  exits: ['2 for an exit of L2, and 1 for each VMREAD and VMWRITE', '2 for an exit of L2'],
  caution:
    'Intel only. A group that L1 calls clean and has changed is not seen: L0 goes on with the old values.',
  since: '2020',
  offered: (features) => features.hintEnlightenedVmcs,
  depth: 'counts',
  sources: ['TLFS: nested-virtualization', 'Linux: arch/x86/kvm/vmx/hyperv.c'],
});

/** What L1 does with its VMCS between an exit of L2 and the entry after it. */
export interface ExitWork {
  readonly reads: readonly VmcsField[];
  readonly writes: readonly VmcsField[];
}

/**
 * KVM's accesses for a CPUID of its guest: why and where it exited, what was being delivered, and the address of the next instruction. Five
 * and two, counted from memory of its source of 2018, not checked against it.
 */
export const KVM_CPUID_WORK: ExitWork = {
  reads: [
    'vm_exit_reason',
    'idt_vectoring_info_field',
    'guest_rip',
    'vm_exit_instruction_len',
    'guest_interruptibility_info',
  ],
  writes: ['guest_rip', 'host_rsp'],
};

/** Without it: L1 serves one exit of L2 and enters it again. */
export function* serveByVmread(l2: NestedGuest, work: ExitWork): Program<boolean> {
  for (const name of work.reads) yield* l2.vmread(name);
  for (const name of work.writes) yield* l2.vmwrite(name, 0);
  return yield* l2.resume();
}

/** An enlightened VMCS in L1's memory: fields by ordinary loads and stores, which cost nothing here. */
export class EnlightenedVmcs {
  readonly gpa: number;
  private readonly cpu: Cpu;

  /** The page at `gpa` must be zeroed and L1's own. */
  constructor(cpu: Cpu, gpa: number) {
    this.cpu = cpu;
    this.gpa = gpa;
    this.set('revision_id', EVMCS_VERSION);
  }

  get(name: VmcsField): number {
    return hvEnlightenedVmcs.accessor(name).get(this.cpu.memory.view, this.gpa);
  }

  set(name: VmcsField, value: number): void {
    hvEnlightenedVmcs.accessor(name).set(this.cpu.memory.view, this.gpa, value);
  }

  /** L1 has changed something in these groups (`CLEAN_FIELD`). */
  dirty(groups: number): void {
    this.set('hv_clean_fields', this.get('hv_clean_fields') & ~groups);
  }

  /** L0 has seen everything. */
  allClean(): void {
    this.set('hv_clean_fields', ALL_CLEAN);
  }
}

/** Makes an enlightened VMCS the current one: the assist page at `assist` names it. */
export function* useEnlightenedVmcs(cpu: Cpu, assist: number, vmcs: EnlightenedVmcs): Program {
  yield* cpu.wrmsr(HV_X64_MSR.VP_ASSIST_PAGE, BigInt(assist) | MSR_PAGE_ENABLE);
  const { view } = cpu.memory;
  hvVpAssistPage.accessor('current_nested_vmcs').set(view, assist, vmcs.gpa);
  hvVpAssistPage.accessor('enlighten_vmentry').set(view, assist, 1);
}

/** With it: the same work by loads and stores. RIP is in no group; L0 always reads it. */
export function* serveByPage(l2: NestedGuest, vmcs: EnlightenedVmcs, work: ExitWork): Program<boolean> {
  for (const name of work.reads) vmcs.get(name);
  for (const name of work.writes) vmcs.set(name, 0);
  if (work.writes.includes('host_rsp')) vmcs.dirty(CLEAN_FIELD.HOST_POINTER);
  const entered = yield* l2.resume();
  vmcs.allClean();
  return entered;
}
