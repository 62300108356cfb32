/**
 * Windows as a guest, by release. Two sources say most of what is public: the paper on the minimal interface names which feature which
 * release needs or uses, and the article on Windows XP says who touches the task priority register.
 */
import type { SystemProfile } from './system.ts';
import { all, cells, NOT_KNOWN, no, yes } from './system.ts';

const REQ = 'Requirements for Implementing the Microsoft Hypervisor Interface (June 2012)';
const TPR = 'TechNet library ee407540, "Degraded I/O Performance using a Windows XP Virtual Machine"';
const TLFS = 'Hypervisor Top-Level Functional Specification, "Feature and Interface Discovery"';
const TLFS2 = 'Hypervisor Top-Level Functional Specification 2.0 (2008)';

const before = (why: string) => no(why, 'inferred', 'The system is older than the interface.');
const later = no(TLFS, 'inferred', 'The interface came later.');
const ownPage = yes(TPR, 'inferred', 'The drivers of the integration components bring a page of their own.');
const ofDrivers = yes(REQ, 'inferred', 'By the drivers of the integration components.');
const storm = no(TPR, 'read', 'Touches the register at every change of the interrupt level.');

const LATER_THAN_2008 = [
  'reference-tsc',
  'cluster-ipi',
  'guest-idle',
  'deprecate-auto-eoi',
  'tsc-invariant-control',
  'reenlightenment',
  'enlightened-vmcs',
  'nested-direct-flush',
] as const;

const OF_2008 = [
  'hypercall-page',
  'vp-index',
  'address-space-switch',
  'local-tlb-flush',
  'remote-tlb-flush',
  'apic-msrs',
  'eoi-assist',
  'reference-counter',
  'long-spin-wait',
] as const;

const VISTA = {
  ...all(OF_2008, yes(`${REQ}; ${TLFS2}`, 'recalled', 'All that existed in 2008, as commonly told.')),
  'lazy-tpr': yes(TPR, 'read', 'On x86; a 64-bit kernel uses CR8.'),
  'relaxed-timing': yes(REQ, 'read', 'From Vista SP1 on.'),
  'synic-vmbus': yes(REQ, 'read', 'The integration components.'),
} as const;

/** Windows releases, oldest first. */
export const WINDOWS: readonly SystemProfile[] = [
  {
    id: 'windows-2000',
    title: 'Windows 2000',
    year: 2000,
    about: 'Knows no hypervisor; its drivers of the integration components are the only part that does.',
    uses: cells(before(TPR), {
      'hypercall-page': ownPage,
      'lazy-tpr': storm,
      'synic-vmbus': ofDrivers,
    }),
  },
  {
    id: 'windows-xp',
    title: 'Windows XP x86',
    year: 2001,
    about: 'The kernel knows nothing, and writes the task priority register thousands of times a second.',
    uses: cells(before(TPR), {
      'hypercall-page': ownPage,
      'lazy-tpr': storm,
      'synic-vmbus': ofDrivers,
    }),
  },
  {
    id: 'windows-2003-sp2',
    title: 'Windows Server 2003 SP2',
    year: 2007,
    about: 'Leaves the task priority register alone until it must: most of what it gains, it gains by that.',
    uses: cells(before(TPR), {
      'hypercall-page': ownPage,
      'lazy-tpr': yes(TPR),
      'synic-vmbus': ofDrivers,
    }),
  },
  {
    id: 'windows-2008',
    title: 'Vista SP1, Windows Server 2008',
    year: 2008,
    about: 'The first that was written together with the hypervisor.',
    uses: cells(NOT_KNOWN, { ...all(LATER_THAN_2008, later), ...VISTA }),
  },
  {
    id: 'windows-7',
    title: 'Windows 7, Server 2008 R2',
    year: 2009,
    about: 'Adds a clock without an exit, and distributes its timer ticks.',
    uses: cells(NOT_KNOWN, {
      ...all(LATER_THAN_2008, later),
      ...VISTA,
      'reference-tsc': yes(REQ),
      'guest-idle': yes(REQ, 'read', 'Intelligent Timer Tick Distribution.'),
    }),
  },
  {
    id: 'windows-8',
    title: 'Windows 8, Server 2012',
    year: 2012,
    about: 'More than 64 processors, and no watchdogs wherever it finds a hypervisor.',
    uses: cells(NOT_KNOWN, {
      ...all(LATER_THAN_2008, later),
      ...VISTA,
      'reference-tsc': yes(REQ),
      'guest-idle': yes(REQ),
      'relaxed-timing': yes(REQ, 'read', 'Assumes it where there is any hypervisor.'),
      'remote-tlb-flush': yes(REQ, 'read', 'Also the forms for more than 64 processors.'),
    }),
  },
  {
    id: 'windows-10',
    title: 'Windows 10, Server 2016 and later',
    year: 2016,
    about: 'Everything of this table that a guest can use, also as a hypervisor inside a guest.',
    uses: cells(NOT_KNOWN, {
      ...VISTA,
      ...all(
        ['address-space-switch', 'local-tlb-flush'],
        yes(TLFS, 'inferred', 'Only where the host recommends it; one with SLAT does not.'),
      ),
      'reference-tsc': yes(REQ),
      'guest-idle': yes(REQ),
      ...all(
        [
          'synthetic-timers',
          'cluster-ipi',
          'deprecate-auto-eoi',
          'tsc-invariant-control',
          'enlightened-vmcs',
          'nested-direct-flush',
        ],
        yes(TLFS, 'inferred'),
      ),
    }),
  },
];
