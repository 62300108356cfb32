/** Nested guests: who exits how often, and what it costs. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { CLEAN_FIELD, NESTED_EXIT, NestedGuest } from '../machine/nested-guest.ts';
import type { Partition } from '../machine/partition.ts';
import {
  EnlightenedVmcs,
  type ExitWork,
  KVM_CPUID_WORK,
  serveByPage,
  serveByVmread,
  useEnlightenedVmcs,
} from './enlightened-vmcs.ts';
import { flushFromL2, grantDirectFlush, promiseBitmap } from './nested-direct-flush.ts';

const MEMORY = 1024 * 1024;
const ASSIST = 0x8000;
const VMCS = 0x9000;
const LOCKS = 0xa000;
const ALL: Partial<Features> = {
  hintEnlightenedVmcs: true,
  nestedDirectFlush: true,
  nestedMsrBitmap: true,
};

class Bench {
  readonly partition: Partition;
  readonly cpu: Cpu;
  readonly l2: NestedGuest;

  constructor(features: Partial<Features> = ALL) {
    this.partition = new Hypervisor().createPartition({ memory: MEMORY, features });
    this.cpu = new Cpu(this.partition);
    this.l2 = new NestedGuest(this.cpu);
  }

  /** L1 uses an enlightened VMCS, and has entered L2 once. */
  enlightened(): EnlightenedVmcs {
    const vmcs = new EnlightenedVmcs(this.cpu, VMCS);
    this.cpu.finish(useEnlightenedVmcs(this.cpu, ASSIST, vmcs));
    this.cpu.finish(serveByPage(this.l2, vmcs, { reads: [], writes: [] }));
    return vmcs;
  }

  /** Exits and cycles of a program. */
  measure(program: Program<unknown>): { exits: number; cycles: number } {
    const [exits, cycles] = [this.partition.counters.exits, this.cpu.now];
    this.cpu.finish(program);
    return { exits: this.partition.counters.exits - exits, cycles: this.cpu.now - cycles };
  }
}

function* exitOf(l2: NestedGuest): Program {
  yield* l2.exit(NESTED_EXIT.CPUID, 2);
}

function* cpuidByVmread(l2: NestedGuest, work: ExitWork): Program {
  yield* l2.exit(NESTED_EXIT.CPUID, 2);
  yield* serveByVmread(l2, work);
}

function* cpuidByPage(l2: NestedGuest, vmcs: EnlightenedVmcs, work: ExitWork): Program {
  yield* l2.exit(NESTED_EXIT.CPUID, 2);
  yield* serveByPage(l2, vmcs, work);
}

describe('an exit of L2', () => {
  it('is two exits, and one more for each VMREAD and VMWRITE', () => {
    const bench = new Bench();
    expect(bench.measure(cpuidByVmread(bench.l2, KVM_CPUID_WORK)).exits).toBe(2 + 5 + 2);
    expect(bench.l2.counts).toMatchObject({ exits: 1, entries: 1, accesses: 7 });
  });

  it('is two exits with an enlightened VMCS', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    expect(bench.measure(cpuidByPage(bench.l2, vmcs, KVM_CPUID_WORK)).exits).toBe(2);
    expect(bench.l2.counts.accesses).toBe(0);
  });

  it('stands in L1’s memory, and in registers that exit without it', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    bench.measure(exitOf(bench.l2));
    expect(vmcs.get('vm_exit_reason')).toBe(NESTED_EXIT.CPUID);
    const other = new Bench({});
    other.measure(exitOf(other.l2));
    let reason = 0;
    function* read(): Program {
      reason = yield* other.l2.vmread('vm_exit_reason');
    }
    other.cpu.finish(read());
    expect(reason).toBe(NESTED_EXIT.CPUID);
  });

  it('V-EVMCS: costs 2.27 times as much without it, within a quarter', () => {
    const plain = new Bench({});
    const without = plain.measure(cpuidByVmread(plain.l2, KVM_CPUID_WORK)).cycles;
    const bench = new Bench();
    const vmcs = bench.enlightened();
    const withIt = bench.measure(cpuidByPage(bench.l2, vmcs, KVM_CPUID_WORK)).cycles;
    expect(withIt).toBe(8304);
    expect(without / withIt).toBeGreaterThan(2.27 * 0.75);
    expect(without / withIt).toBeLessThan(2.27 * 1.25);
  });
});

describe('clean fields', () => {
  it('say which groups L0 need not read: all at first, later only what changed', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    expect(bench.l2.counts.groups).toBe(16);
    bench.measure(cpuidByPage(bench.l2, vmcs, { reads: [], writes: [] }));
    expect(bench.l2.counts.groups).toBe(16);
    vmcs.dirty(CLEAN_FIELD.CRDR | CLEAN_FIELD.GUEST_BASIC);
    bench.measure(cpuidByPage(bench.l2, vmcs, { reads: [], writes: [] }));
    expect(bench.l2.counts.groups).toBe(18);
  });

  it('of another VMCS count for nothing', () => {
    const bench = new Bench();
    bench.enlightened();
    const other = new EnlightenedVmcs(bench.cpu, VMCS + 0x3000);
    other.allClean();
    bench.cpu.finish(useEnlightenedVmcs(bench.cpu, ASSIST, other));
    bench.measure(cpuidByPage(bench.l2, other, { reads: [], writes: [] }));
    expect(bench.l2.counts.groups).toBe(32);
  });

  it('spare the MSR bitmap where L1 promised to say when it changes', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    const idle = { reads: [], writes: [] };
    bench.measure(cpuidByPage(bench.l2, vmcs, idle));
    expect(bench.l2.counts.bitmaps).toBe(2);
    promiseBitmap(bench.cpu, vmcs);
    bench.measure(cpuidByPage(bench.l2, vmcs, idle));
    expect(bench.l2.counts.bitmaps).toBe(2);
    vmcs.dirty(CLEAN_FIELD.MSR_BITMAP);
    bench.measure(cpuidByPage(bench.l2, vmcs, idle));
    expect(bench.l2.counts.bitmaps).toBe(3);
  });
});

describe('an entry', () => {
  it.each([
    ['a VMCS of another version', (vmcs: EnlightenedVmcs) => vmcs.set('revision_id', 2)],
    ['a VMCS at no page', (vmcs: EnlightenedVmcs) => Object.assign(vmcs, { gpa: VMCS + 8 })],
    ['a VMCS outside memory', (vmcs: EnlightenedVmcs) => Object.assign(vmcs, { gpa: MEMORY })],
  ])('with %s fails', (_name, spoil) => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    spoil(vmcs);
    bench.cpu.finish(useEnlightenedVmcs(bench.cpu, ASSIST, vmcs));
    let entered = true;
    function* enter(): Program {
      entered = yield* bench.l2.resume();
    }
    bench.cpu.finish(enter());
    expect(entered).toBe(false);
    expect(bench.l2.counts.failed).toBe(1);
  });

  it('takes no notice of the assist page where it was not offered', () => {
    const bench = new Bench({});
    bench.enlightened();
    expect(bench.l2.counts.groups).toBe(0);
    expect(bench.l2.counts.failed).toBe(0);
  });
});

describe('a flush by L2', () => {
  const nothing = function* (): Program {};

  it('is two exits when L1 must serve it', () => {
    const bench = new Bench({ ...ALL, nestedDirectFlush: false });
    const vmcs = bench.enlightened();
    grantDirectFlush(bench.cpu, ASSIST, vmcs, LOCKS);
    let served = 0;
    const serve = function* (): Program {
      served++;
      yield* bench.cpu.compute(1);
    };
    expect(bench.measure(flushFromL2(bench.l2, serve)).exits).toBe(2);
    expect(served).toBe(1);
    expect(vmcs.get('vm_exit_reason')).toBe(NESTED_EXIT.VMCALL);
  });

  it('is one when L0 does', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    grantDirectFlush(bench.cpu, ASSIST, vmcs, LOCKS);
    expect(bench.measure(flushFromL2(bench.l2, nothing)).exits).toBe(1);
    expect(bench.l2.counts.direct).toBe(1);
  });

  it('is told to L1 while that holds a lock', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    grantDirectFlush(bench.cpu, ASSIST, vmcs, LOCKS);
    bench.partition.memory.write32(LOCKS, 1);
    expect(bench.measure(flushFromL2(bench.l2, nothing)).exits).toBe(2);
    expect(vmcs.get('vm_exit_reason')).toBe(NESTED_EXIT.TRAP_AFTER_FLUSH);
  });

  it('is L1’s when its page of locks lies outside memory', () => {
    const bench = new Bench();
    const vmcs = bench.enlightened();
    grantDirectFlush(bench.cpu, ASSIST, vmcs, MEMORY);
    expect(bench.measure(flushFromL2(bench.l2, nothing)).exits).toBe(2);
  });
});
