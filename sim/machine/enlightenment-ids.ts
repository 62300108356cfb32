/**
 * The names of the enlightenments, in the order of their rows. Contracts (`enlightenments/`) and guest profiles (`guest/profiles/`) never
 * import each other; these names are what both mean.
 */
export const ENLIGHTENMENT_IDS = [
  'hypercall-page',
  'vp-index',
  'address-space-switch',
  'local-tlb-flush',
  'remote-tlb-flush',
  'apic-msrs',
  'eoi-assist',
  'lazy-tpr',
  'reference-counter',
  'reference-tsc',
  'frequency-msrs',
  'synthetic-timers',
  'long-spin-wait',
  'cluster-ipi',
  'relaxed-timing',
  'guest-idle',
  'crash-msrs',
  'reset-msr',
  'deprecate-auto-eoi',
  'tsc-invariant-control',
  'reenlightenment',
  'enlightened-vmcs',
  'nested-direct-flush',
  'synic-vmbus',
] as const;

/** Name of an enlightenment. */
export type EnlightenmentId = (typeof ENLIGHTENMENT_IDS)[number];

/** Row of an enlightenment in the table, from 1. */
export const enlightenmentRow = (id: EnlightenmentId): number => ENLIGHTENMENT_IDS.indexOf(id) + 1;
