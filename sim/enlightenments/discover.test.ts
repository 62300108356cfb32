import { describe, expect, it } from 'vitest';
import type { Era } from '../machine/costs.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import type { Found } from './discover.ts';
import { discover } from './discover.ts';
import { access, hint, SPIN_RETRIES } from './discovery.ts';
import type { Enlightenment } from './enlightenment.ts';
import { ENLIGHTENMENTS } from './index.ts';

function look(
  features: Partial<Features> = {},
  era: Era = '2020',
  all: readonly Enlightenment[] = ENLIGHTENMENTS,
): { found: Found; exits: number } {
  const partition = new Hypervisor({ era }).createPartition({ memory: 4096, features });
  const cpu = new Cpu(partition);
  const found = cpu.finish(discover(cpu, all));
  return { found, exits: partition.counters.passed('hypervisor-cpuid') };
}

describe('a guest that asks', () => {
  it('finds what the host offers', () => {
    const { found } = look({ crashMsrs: true, reset: false });
    expect(found.hyperv).toBe(true);
    expect(found.may('hypercall-page')).toBe(true);
    expect(found.may('synic-vmbus')).toBe(true);
    expect(found.may('crash-msrs')).toBe(true);
    expect(found.may('reset-msr')).toBe(false);
  });

  it('pays one exit for each leaf', () => {
    const { found, exits } = look();
    expect(exits).toBe(3 + found.leaves.size);
  });

  it('makes two tests: what it may use it need not be told to use', () => {
    expect(look({ reset: true, hintSystemReset: false }).found.may('reset-msr')).toBe(true);
    expect(look({ reset: true, hintSystemReset: false }).found.should('reset-msr')).toBe(false);
    expect(look({ reset: true, hintSystemReset: true }).found.should('reset-msr')).toBe(true);
    expect(look({ reset: false, hintSystemReset: true }).found.should('reset-msr')).toBe(false);
  });

  it('finds nothing on a plain PC, after one look', () => {
    const { found, exits } = look({ hypervisorPresent: false });
    expect(found.hyperv).toBe(false);
    expect(found.may('hypercall-page')).toBe(false);
    expect(exits).toBe(1);
  });

  it('does not look beyond the highest leaf', () => {
    const { found } = look({}, '2008');
    expect(found.highestLeaf).toBe(0x4000_0005);
    expect(found.leaves.has(0x4000_000a)).toBe(false);
    expect(look({ hintEnlightenedVmcs: true }).found.highestLeaf).toBe(0x4000_000a);
  });

  it('knows no more than it was told to look for', () => {
    expect(look({}, '2020', []).found.may('hypercall-page')).toBe(false);
  });
});

describe('a bit of discovery', () => {
  it('is numbered from its mask', () => {
    expect(access('HYPERCALL', 'x')).toEqual({
      leaf: 0x4000_0003,
      register: 'eax',
      bit: 5,
      kind: 'privilege',
      name: 'x',
    });
    expect(hint('CLUSTER_IPI', 'x').bit).toBe(10);
  });

  it('may be a number: so many tries, or never', () => {
    const one = { ...ENLIGHTENMENTS[0], discovery: [SPIN_RETRIES] };
    expect(look({ spinCount: 4095 }, '2020', [one]).found.may(one.id)).toBe(true);
    expect(look({ spinCount: 0xffff_ffff }, '2020', [one]).found.may(one.id)).toBe(false);
  });
});
