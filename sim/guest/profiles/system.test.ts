import { describe, expect, it } from 'vitest';
import { ENLIGHTENMENT_IDS } from '../../machine/enlightenment-ids.ts';
import { SYSTEMS, systemById } from './index.ts';

describe('guest systems', () => {
  it('says something of every enlightenment for every system', () => {
    for (const { uses } of SYSTEMS) expect(Object.keys(uses)).toEqual([...ENLIGHTENMENT_IDS]);
  });

  it('names a source for every yes, and for every no that is not one by definition', () => {
    for (const { id, uses } of SYSTEMS) {
      for (const [name, { use, source }] of Object.entries(uses)) {
        if (use === 'yes') expect(source, `${id}: ${name}`).not.toBe('');
        if (use === 'no' && id !== 'unmodified') expect(source, `${id}: ${name}`).not.toBe('');
      }
    }
  });

  it('has no system twice, and knows them by name', () => {
    expect(new Set(SYSTEMS.map(({ id }) => id)).size).toBe(SYSTEMS.length);
    for (const system of SYSTEMS) expect(systemById(system.id)).toBe(system);
    expect(systemById('plan-9')).toBeUndefined();
  });

  it('lets no system use what needs the hypercall page without it', () => {
    const calls = ['remote-tlb-flush', 'local-tlb-flush', 'address-space-switch', 'cluster-ipi'] as const;
    for (const { id, uses } of SYSTEMS) {
      for (const name of calls)
        if (uses[name].use === 'yes') expect(uses['hypercall-page'].use, `${id}: ${name}`).toBe('yes');
    }
  });
});
