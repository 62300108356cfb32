import { describe, expect, it } from 'vitest';
import { featureBits, HV_ACCESS, HV_HINT, HV_PRIVILEGE, hintFlags } from '../wire/cpuid.ts';
import type { Era } from './costs.ts';
import { ERAS } from './costs.ts';
import type { Features } from './features.ts';
import { eraFeatures } from './features.ts';
import { Hypervisor } from './hypervisor.ts';
import type { CpuidResult } from './seam.ts';

function leaf(index: number, era: Era = '2020', features: Partial<Features> = {}): CpuidResult {
  return new Hypervisor({ era }).createPartition({ memory: 4096, features }).cpuid(0, index, 0);
}

const text = ({ ebx, ecx, edx }: CpuidResult): string =>
  [ebx, ecx, edx]
    .map((word) => String.fromCharCode(...[0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff)))
    .join('');

describe('a guest that looks for a hypervisor', () => {
  it.each(ERAS)('finds Microsoft Hv with interface Hv#1 in %s', (era) => {
    expect(leaf(1, era).ecx >>> 31).toBe(1);
    const vendor = leaf(0x4000_0000, era);
    expect(text(vendor)).toBe('Microsoft Hv');
    expect(vendor.eax).toBeGreaterThanOrEqual(0x4000_0005);
    expect(leaf(0x4000_0001, era).eax).toBe(0x3123_7648);
    expect(leaf(0x4000_0005, era).eax).toBeGreaterThan(0);
  });

  it('finds an ordinary processor when there is none', () => {
    expect(leaf(1, '2020', { hypervisorPresent: false }).ecx >>> 31).toBe(0);
    expect(leaf(0x4000_0000, '2020', { hypervisorPresent: false })).toEqual({
      eax: 0,
      ebx: 0,
      ecx: 0,
      edx: 0,
    });
    const vendor = leaf(0, '2020', { hypervisorPresent: false });
    expect(text({ ...vendor, ecx: vendor.edx, edx: vendor.ecx })).toBe('GenuineIntel');
  });
});

describe('what is offered', () => {
  it('suffices for VMBus in every era', () => {
    for (const era of ERAS) {
      const { eax, ebx } = leaf(0x4000_0003, era);
      const needed = HV_ACCESS.HYPERCALL | HV_ACCESS.VP_INDEX | HV_ACCESS.SYNIC | HV_ACCESS.TIME_REF_COUNT;
      expect(eax & needed).toBe(needed);
      expect(ebx).toBe(HV_PRIVILEGE.POST_MESSAGES | HV_PRIVILEGE.SIGNAL_EVENTS);
    }
  });

  it('follows the switches', () => {
    const { eax } = leaf(0x4000_0003, '2020', { syntheticTimers: false, referenceTsc: false });
    expect(eax & (HV_ACCESS.SYNTIMER | HV_ACCESS.REFERENCE_TSC)).toBe(0);
    expect(leaf(0x4000_0004, '2020', { spinCount: 0xffff_ffff }).ebx).toBe(0xffff_ffff);
  });

  it('advises against AutoEOI in the 2020s only', () => {
    const hints = ERAS.map((era) => leaf(0x4000_0004, era).eax & HV_HINT.DEPRECATING_AEOI);
    expect(hints).toEqual([0, 0, 0x200]);
  });

  it('recommends nothing that the hypervisor does not do', () => {
    const done = [
      'AS_SWITCH',
      'LOCAL_TLB_FLUSH',
      'REMOTE_TLB_FLUSH',
      'APIC_ACCESS',
      'RELAXED_TIMING',
      'X2_APIC_MSRS',
      'DEPRECATING_AEOI',
      'CLUSTER_IPI',
      'EX_PROCESSOR_MASKS',
    ];
    for (const era of ERAS) {
      for (const hint of hintFlags.flagsIn(leaf(0x4000_0004, era).eax)) expect(done).toContain(hint);
    }
  });

  it('names features that the 2020s have', () => {
    expect(featureBits.flagsIn(leaf(0x4000_0003).edx)).toEqual([
      'HYPERCALL_XMM_INPUT',
      'GUEST_IDLE_STATE',
      'FREQUENCY_MSRS',
      'GUEST_CRASH_MSR',
      'HYPERCALL_XMM_OUTPUT',
      'SINT_POLLING_MODE',
      'HYPERCALL_MSR_LOCK',
      'STIMER_DIRECT_MODE',
    ]);
  });
});

describe('the leaf for hypervisors in the partition', () => {
  it('exists where the enlightened VMCS is recommended, and only there', () => {
    expect(leaf(0x4000_0000).eax).toBe(0x4000_0006);
    expect(leaf(0x4000_000a).eax).toBe(0);
    const features = { hintEnlightenedVmcs: true, nestedDirectFlush: true, nestedMsrBitmap: true };
    expect(leaf(0x4000_0000, '2020', features).eax).toBe(0x4000_000a);
    expect(leaf(0x4000_000a, '2020', features).eax).toBe(0x000a_0101);
    expect(leaf(0x4000_0004, '2020', features).eax & HV_HINT.ENLIGHTENED_VMCS).not.toBe(0);
  });
});

describe('every switch', () => {
  const OFF = Object.fromEntries(
    Object.entries(eraFeatures('2008')).map(([name, value]) => [name, typeof value === 'number' ? 0 : false]),
  ) as unknown as Features;
  const present = { ...OFF, hypervisorPresent: true };
  const LEAVES = [1, 0x4000_0003, 0x4000_0004, 0x4000_0006, 0x4000_000a];
  const bitsOf = (features: Features): number[] =>
    LEAVES.flatMap((index) => Object.values(leaf(index, '2020', features)));
  /** No bits: the first switch is all or nothing, a page is valid or not, and of some hardware the guest learns nothing. */
  const others = ['hypervisorPresent', 'referenceTscValid', 'spinCount', 'flexPriority', 'apicv'];
  const nested = (name: string): boolean => name.startsWith('nested');

  it.each(Object.keys(OFF).filter((name) => !others.includes(name)))('%s shows in a bit', (name) => {
    const base = { ...present, hintEnlightenedVmcs: nested(name) };
    expect(bitsOf({ ...base, [name]: true })).not.toEqual(bitsOf(base));
  });
});

it('costs a light intercept', () => {
  const partition = new Hypervisor({ era: '2008' }).createPartition({ memory: 4096, vps: 4 });
  expect(partition.cpuid(3, 1, 0).ebx >>> 24).toBe(3);
  expect(partition.vps[3].now).toBe(3300);
});
