/**
 * Which enlightenments a guest uses: those that its system knows, that the host offers and recommends, and that do not lack another one.
 *
 * A cell of a profile that says "not known" counts as no: what a guest does here is what somebody can point to a source for.
 */
import type { Found } from '../enlightenments/discover.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import type { SystemProfile } from '../guest/profiles/index.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import { ENLIGHTENMENT_IDS } from '../machine/enlightenment-ids.ts';

/** Why a guest uses an enlightenment, or does not. */
export type UseReason =
  | 'in use'
  | 'the system does not'
  | 'not known'
  | 'not offered'
  | 'not recommended'
  | 'switched off'
  | 'lacks another'
  | 'no use for it';

/** All enlightenments and why each is used or not. */
export type Uses = Readonly<Record<EnlightenmentId, UseReason>>;

/** Enlightenments that cannot be used without another one: calls need the page of code, sets of processors need their numbers. */
const NEEDS: Partial<Record<EnlightenmentId, readonly EnlightenmentId[]>> = {
  'address-space-switch': ['hypercall-page'],
  'local-tlb-flush': ['hypercall-page'],
  'remote-tlb-flush': ['hypercall-page', 'vp-index'],
  'long-spin-wait': ['hypercall-page'],
  'cluster-ipi': ['hypercall-page', 'vp-index'],
  'synic-vmbus': ['hypercall-page'],
};

/** What is asked. */
export interface UseQuestion {
  readonly system: SystemProfile;
  /** What its processor has found; undefined for a guest that never looks. */
  readonly found: Found | undefined;
  /** Enlightenments that it shall do without, whatever its profile says. */
  readonly without?: readonly EnlightenmentId[];
  /** Enlightenments for which this kernel has no use: lazy task priority where CR8 is at hand. */
  readonly useless?: readonly EnlightenmentId[];
}

/** Decides for all of them. */
export function decideUses(question: UseQuestion): Uses {
  const first = record((id) => reasonOf(id, question));
  return record((id) => {
    const lacks = NEEDS[id]?.some((needed) => first[needed] !== 'in use') ?? false;
    return first[id] === 'in use' && lacks ? 'lacks another' : first[id];
  });
}

/** The enlightenments in use, in the order of their rows. */
export const inUse = (uses: Uses): EnlightenmentId[] =>
  ENLIGHTENMENT_IDS.filter((id) => uses[id] === 'in use');

function reasonOf(id: EnlightenmentId, question: UseQuestion): UseReason {
  const { system, found, without = [], useless = [] } = question;
  const { use } = system.uses[id];
  if (use === 'no') return 'the system does not';
  if (use === 'not known') return 'not known';
  if (useless.includes(id)) return 'no use for it';
  if (without.includes(id)) return 'switched off';
  if (found?.should(id)) return recommended(id, found) ? 'in use' : 'not recommended';
  return nothingToFind(id) ? 'in use' : found?.may(id) ? 'not recommended' : 'not offered';
}

/**
 * The assist page has no hint of its own. Linux sets it up everywhere and looks at it where the synthetic registers are recommended
 * (arch/x86/hyperv/hv_apic.c, hv_apic_init); elsewhere the processor ends interrupts by itself.
 */
const recommended = (id: EnlightenmentId, found: Found): boolean =>
  id !== 'eoi-assist' || found.should('apic-msrs');

const nothingToFind = (id: EnlightenmentId): boolean =>
  ENLIGHTENMENTS.some((one) => one.id === id && one.discovery.length === 0);

const record = (reason: (id: EnlightenmentId) => UseReason): Uses =>
  Object.fromEntries(ENLIGHTENMENT_IDS.map((id) => [id, reason(id)])) as Record<EnlightenmentId, UseReason>;
