import { describe, expect, it } from 'vitest';
import type { Found } from '../enlightenments/discover.ts';
import { discover } from '../enlightenments/discover.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import type { SystemProfile } from '../guest/profiles/index.ts';
import { systemById } from '../guest/profiles/index.ts';
import { Cpu } from '../machine/cpu.ts';
import type { Features } from '../machine/features.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { decideUses, inUse } from './uses.ts';

const PAGED = { hintAddressSpaceSwitch: true, hintLocalFlush: true, hintRemoteFlush: true };

/** What a guest finds on a host of 2008 with these features. */
function find(features: Partial<Features> = {}): Found {
  const host = new Hypervisor({ era: '2008' });
  const partition = host.createPartition({ memory: 0x1000, features: { ...PAGED, ...features } });
  const cpu = new Cpu(partition);
  return cpu.finish(discover(cpu, ENLIGHTENMENTS));
}

function system(id: string): SystemProfile {
  const found = systemById(id);
  if (!found) throw new Error(`no system ${id}`);
  return found;
}

describe('what a guest uses', () => {
  it('is what its profile knows and the host offers', () => {
    const uses = decideUses({ system: system('windows-2008'), found: find() });
    expect(inUse(uses)).toEqual(expect.arrayContaining(['hypercall-page', 'remote-tlb-flush', 'apic-msrs']));
    expect(uses['reference-tsc']).toBe('the system does not');
    expect(uses['crash-msrs']).toBe('not known');
    const today = decideUses({ system: system('linux-today'), found: find() });
    expect(today['reference-tsc']).toBe('not offered');
  });

  it('leaves out what the host can do and does not recommend', () => {
    const found = find({ hintAddressSpaceSwitch: false, hintApicMsrs: false });
    const uses = decideUses({ system: system('windows-2008'), found });
    expect(uses['apic-msrs']).toBe('not recommended');
    expect(uses['eoi-assist']).toBe('not recommended');
    expect(inUse(uses)).not.toContain('address-space-switch');
  });

  it('leaves out what lacks another, and what it has no use for', () => {
    const question = { without: ['vp-index'], useless: ['lazy-tpr'] } as const;
    const uses = decideUses({ system: system('windows-2008'), found: find(), ...question });
    expect(uses['vp-index']).toBe('switched off');
    expect(uses['remote-tlb-flush']).toBe('lacks another');
    expect(uses['local-tlb-flush']).toBe('in use');
    expect(uses['lazy-tpr']).toBe('no use for it');
  });

  it('is a rule of its own at most where it found nobody', () => {
    const found = find({ hypervisorPresent: false });
    expect(found.hyperv).toBe(false);
    expect(inUse(decideUses({ system: system('windows-2008'), found }))).toEqual(['lazy-tpr']);
    expect(inUse(decideUses({ system: system('unmodified'), found: undefined }))).toEqual([]);
  });
});
