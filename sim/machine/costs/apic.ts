/** Costs of the local APIC where no exit happens: the assist page, processors that serve it, posted interrupts. */
import type { CostRow, Era } from './rows.ts';
import { cycles } from './rows.ts';

export type ApicCostName = 'eoi.assist' | 'apic.virtual' | 'irq.posted';

const SELF_IPI = 'W. Li, Linux commit 4180bf1b655a, "Self-IPI": 15 ms for 100 000';

const assist = cycles(
  'Clear the bit of the assist page and look at what it was',
  [30, 10, 100],
  'assumed',
  'QEMU docs/system/i386/hyperv.rst describes the mechanism; nobody gives a time',
  ['eoi-assist'],
  'One locked bit test in cached memory.',
);

const posted = (note: string): CostRow =>
  cycles(
    'An interrupt reaches a running guest without an exit',
    [375, 300, 900],
    'derived',
    SELF_IPI,
    ['ipi-self-kvm-ns'],
    note,
  );

const served = (note: string): CostRow =>
  cycles(
    'The processor serves an access to the APIC by itself',
    [50, 20, 200],
    'assumed',
    'no source read',
    [],
    note,
  );

const MEASURED =
  '150 ns x 2.5 GHz: sending, delivery, handler and EOI of an interrupt to oneself, all of it taken for the delivery. The upper end is ours.';

/** Rows of every era. */
export const APIC_COSTS: Readonly<Record<Era, Readonly<Record<ApicCostName, CostRow>>>> = {
  '2008': {
    'eoi.assist': assist,
    'apic.virtual': served('FlexPriority: the task priority only.'),
    'irq.posted': posted(`No processor of 2008 could; the figure of 2018. ${MEASURED}`),
  },
  '2012': {
    'eoi.assist': assist,
    'apic.virtual': served('FlexPriority, or APICv from 2013 on.'),
    'irq.posted': posted(`From 2013 on; the figure of 2018. ${MEASURED}`),
  },
  '2020': {
    'eoi.assist': assist,
    'apic.virtual': served('APICv or AVIC.'),
    'irq.posted': posted(MEASURED),
  },
};
