/** Every contract against what it speaks of: CPUID as the hypervisor answers it, the registers and calls of `wire/`, the golden names. */
import { describe, expect, it } from 'vitest';
import type { Era } from '../machine/costs.ts';
import { ERAS } from '../machine/costs.ts';
import { ENLIGHTENMENT_IDS, enlightenmentRow } from '../machine/enlightenment-ids.ts';
import type { Features } from '../machine/features.ts';
import { eraFeatures } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { pagingFeatures } from '../machine/paging-setup.ts';
import type { CpuidResult } from '../machine/seam.ts';
import golden from '../wire/golden/constants.json' with { type: 'json' };
import { hypercalls } from '../wire/hypercall.ts';
import { syntheticMsrs } from '../wire/msr.ts';
import { mayUse } from './discover.ts';
import { ENLIGHTENMENTS } from './index.ts';

const constants = golden.constants as Readonly<Record<string, number | string>>;

function leaves(era: Era, features: Partial<Features> = {}): Map<number, CpuidResult> {
  const partition = new Hypervisor({ era }).createPartition({ memory: 4096, features });
  const { eax: highest } = partition.cpuid(0, 0x4000_0000, 0);
  const all = [3, 4, 0xa].map((low) => 0x4000_0000 + low).filter((leaf) => leaf <= highest);
  return new Map(all.map((leaf) => [leaf, partition.cpuid(0, leaf, 0)]));
}

describe('the registry', () => {
  it('has all twenty-four, in the order of their rows, by the names that profiles use', () => {
    expect(ENLIGHTENMENTS.map(({ row }) => row)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(ENLIGHTENMENTS.map(({ id }) => id)).toEqual([...ENLIGHTENMENT_IDS]);
  });
});

describe.each(ENLIGHTENMENTS.map((one) => [one.id, one] as const))('%s', (_id, one) => {
  it('stands in its row', () => {
    expect(one.row).toBe(enlightenmentRow(one.id));
  });

  it('says what it is, what it replaces, what it costs, when it does harm, and who says so', () => {
    for (const text of [one.title, one.what, one.without, one.caution, ...one.exits])
      expect(text).not.toBe('');
    expect(one.sources.length).toBeGreaterThan(0);
    expect(one.mechanisms.length).toBeGreaterThan(0);
  });

  it('names registers and calls that exist', () => {
    for (const msr of one.msrs) expect(syntheticMsrs.nameOf(msr)).not.toMatch(/^0x/);
    for (const code of one.hypercalls) expect(hypercalls.nameOf(code)).not.toMatch(/^0x/);
  });

  it('names bits as the golden file does', () => {
    for (const { name, bit } of one.discovery) {
      if (!(name in constants) || bit === undefined) continue;
      expect(Number(constants[name]) >>> 0, name).toBe(2 ** bit);
    }
  });

  it.each(ERAS)('is offered in %s exactly when CPUID says so', (era) => {
    const found = one.discovery.length === 0 || mayUse(one, leaves(era));
    expect(one.offered(eraFeatures(era))).toBe(found);
  });

  it('says since when hosts offer it, or no host does unless it is asked to', () => {
    const host = (era: Era): Features =>
      eraFeatures(era, pagingFeatures(era === '2008' ? 'shadow' : 'slat', era));
    const first = ERAS.find((era) => one.offered(host(era)));
    if (first !== undefined) expect(first).toBe(one.since);
  });

  it('is not offered where there is no hypervisor', () => {
    if (one.discovery.length === 0) return;
    expect(mayUse(one, leaves('2020', { hypervisorPresent: false }))).toBe(false);
  });
});
