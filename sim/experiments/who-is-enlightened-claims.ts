/** What `who-is-enlightened` says, and over which settings it must be true. */
import type { Claim } from '../lab/experiment.ts';
import type { WhoMetric } from './who-is-enlightened-metrics.ts';
import type { WhoParams } from './who-is-enlightened-run.ts';

type WhoClaim = Claim<WhoParams, WhoMetric>;

const REQ = 'Requirements for Implementing the Microsoft Hypervisor Interface (June 2012)';
const DISCOVERY = 'TLFS, "Feature and Interface Discovery"';
const ERAS = ['2008', '2012', '2020'] as const;
/** Short runs of small machines: a claim is about counts and ratios, and is checked many times over. */
const SHORT = { time: [20] } as const;
const SMALL = { vps: [2], ...SHORT } as const;

/** Who knows, and how. */
const knowing: Readonly<Record<string, WhoClaim>> = {
  aware: {
    sentence:
      'A system that knows the hypervisor asks for it, uses some of what it finds, and has fewer exits than one that does not know.',
    source: REQ,
    formula: 'unmodified: in use = 0, hypercalls = 0, MSRs = 0; others: in use > 0, exits less',
    seeds: [21],
    over: {
      system: ['windows-xp', 'windows-2008', 'linux-2.6.32', 'freebsd', 'linux-today'],
      era: ERAS,
      ...SMALL,
    },
    against: [{ system: 'unmodified' }, {}],
    holds: ({ metrics: plain }, { metrics: aware }) =>
      plain.inUse + plain.callExits + plain.msrExits === 0 && aware.inUse > 0 && aware.exits < plain.exits,
  },
  signature: {
    sentence:
      'By a signature in CPUID a system knows where it is. Without it the same system takes the machine for a PC and calls nobody.',
    source: DISCOVERY,
    formula: 'hidden: hypercalls = 0, MSRs = 0, in use ≤ 1 (a rule of the guest’s own); exits more',
    seeds: [28],
    over: { system: ['windows-2008', 'windows-10', 'linux-today', 'freebsd'], era: ERAS, ...SMALL },
    against: [{ visible: false }, {}],
    holds: ({ metrics: hidden }, { metrics: seen }) =>
      hidden.callExits + hidden.msrExits === 0 &&
      hidden.inUse <= 1 &&
      seen.inUse > 1 &&
      seen.exits < hidden.exits,
  },
  'not-only-calls': {
    sentence: 'Of the enlightenments in use at least as many need no hypercall as need one.',
    source: 'TLFS; the mechanisms of the 24 contracts',
    formula: 'without a hypercall ≥ by hypercall > 0',
    seeds: [22, 44],
    over: {
      system: ['windows-2008', 'windows-7', 'windows-10', 'freebsd', 'linux-today'],
      era: ERAS,
      ...SMALL,
    },
    holds: ({ metrics }) => metrics.noCall >= metrics.byCall && metrics.byCall > 0,
  },
  'pages-answer': {
    sentence:
      'What a shared page answers is no exit: with the page for the clock reading it costs none at all.',
    source: 'TLFS, "Partition Reference Time Enlightenment"',
    formula: 'clock only: exits(page) = 0, exits(register) = exits(port) > 0',
    seeds: [22],
    over: { system: ['linux-today', 'windows-7'], era: ['2012', '2020'], part: ['clock'], ...SMALL },
    against: [{}, { without: 'reference-tsc' }],
    holds: ({ metrics: page }, { metrics: register }) =>
      page.sharedPage > 0 && register.msrExits - page.msrExits > 1000,
  },
  'all-of-2008': {
    sentence:
      'On a host of 2008, Server 2008 uses everything that there is, as far as anybody said; on later hosts there is more than it knows.',
    source: `${REQ}; TLFS 2.0`,
    formula: 'offered and known not to be used: 0 on 2008, more on 2012, still more on 2020',
    seeds: [45],
    over: { system: ['windows-2008'], vps: [1, 4], ...SHORT },
    against: [{ era: '2008' }, { era: '2012' }, { era: '2020' }],
    holds: ({ metrics: of2008 }, { metrics: of2012 }, { metrics: of2020 }) =>
      of2008.declined === 0 && of2012.declined > 0 && of2020.declined > of2012.declined,
  },
  'anybody-may': {
    sentence:
      'The disk on VMBus asks nobody for a name: with a driver a request takes an exit or two, be the guest Windows, Linux or FreeBSD.',
    source: 'TLFS under the Open Specification Promise; FreeBSD sys/dev/hyperv; Linux drivers/hv',
    formula: 'exits of a request ≤ 3, without a driver ≥ 20; failed requests = 0',
    seeds: [47, 57],
    over: {
      system: ['windows-2000', 'windows-2008', 'linux-xen-adapter', 'linux-2.6.32', 'freebsd'],
      era: ERAS,
      part: ['disk'],
      ...SMALL,
    },
    against: [{}, { system: 'unmodified' }],
    holds: ({ metrics }, { metrics: plain }) =>
      metrics.perRequest > 0 && metrics.perRequest <= 3 && metrics.failures === 0 && plain.perRequest >= 20,
  },
  'an-adapter': {
    sentence:
      'The Linux of 2008 with its adapter had drivers, and that is all that anybody said: it makes the exits of a later Linux that has the drivers only.',
    source: 'Linux Integration Components for Hyper-V (2008)',
    formula: 'in use = 2; exits(adapter) = exits(2.6.32 without the reference counter)',
    seeds: [66],
    over: { era: ERAS, ...SMALL },
    against: [{ system: 'linux-xen-adapter' }, { system: 'linux-2.6.32', without: 'reference-counter' }],
    holds: ({ metrics: adapter }, { metrics: later }) =>
      adapter.inUse === 2 && later.inUse === 2 && adapter.exits === later.exits,
  },
};

/** What it is worth. */
const worth: Readonly<Record<string, WhoClaim>> = {
  'lazy-most': {
    sentence:
      'What Server 2003 SP2 gains over XP on the same host is the lazy task priority, and nothing else spares it as many exits.',
    source: 'TechNet ee407540',
    formula: 'exits(XP) = exits(SP2 without it) > 2 · exits(SP2)',
    seeds: [15, 46],
    over: { era: ['2008', '2012'], apic: ['plain'], vps: [1, 4], ...SHORT },
    against: [
      { system: 'windows-xp' },
      { system: 'windows-2003-sp2', without: 'lazy-tpr' },
      { system: 'windows-2003-sp2' },
      { system: 'windows-2003-sp2', without: 'synic-vmbus' },
    ],
    holds: (xp, eager, lazy, noBus) =>
      xp.metrics.exits === eager.metrics.exits &&
      eager.metrics.exits > 2 * lazy.metrics.exits &&
      eager.metrics.exits - lazy.metrics.exits > noBus.metrics.exits - lazy.metrics.exits,
  },
  'a-fifth': {
    sentence:
      'In every era a guest that knows its time spends less than a fifth of the time in exits that an unmodified one does.',
    source: 'Follows from the contracts and the assumed rates of the work',
    formula: 'time in exits(enlightened) < 1/5 · time in exits(unmodified)',
    over: { vps: [1, 8], ...SHORT },
    against: [
      { system: 'unmodified', era: '2008' },
      { system: 'windows-2008', era: '2008' },
      { system: 'unmodified', era: '2012' },
      { system: 'windows-8', era: '2012' },
      { system: 'unmodified', era: '2020' },
      { system: 'linux-today', era: '2020' },
    ],
    holds: (...runs) => [0, 2, 4].every((i) => runs[i + 1].metrics.exitShare < runs[i].metrics.exitShare / 5),
  },
  'less-to-gain': {
    sentence:
      'An unmodified guest has fewer exits on newer hardware: second-level tables and help for the APIC take the same exits away.',
    source: 'Follows from the routes of the eras',
    formula: 'exits(2008) > 2 · exits(2012); exits for the APIC page: 2012 > 2020',
    over: { system: ['unmodified'], vps: [2, 4], ...SHORT },
    against: [{ era: '2008' }, { era: '2012' }, { era: '2020' }],
    holds: (...runs) =>
      runs[0].metrics.exits > 2 * runs[1].metrics.exits &&
      runs[1].metrics.apicExits > runs[2].metrics.apicExits,
  },
  'host-takes-back': {
    sentence:
      'The same system uses fewer enlightenments on a newer host, because the host recommends fewer of them.',
    source: `${DISCOVERY}, recommendations; Linux commit 2ffd9e33`,
    formula: 'Server 2008: in use on 2008 > 2012 > 2020, and time in exits is not more',
    over: { system: ['windows-2008'], vps: [1, 4], ...SHORT },
    against: [{ era: '2008' }, { era: '2012' }, { era: '2020' }],
    holds: (...runs) =>
      runs[0].metrics.inUse > runs[1].metrics.inUse && runs[1].metrics.inUse > runs[2].metrics.inUse,
  },
  'old-habits': {
    sentence:
      'A guest that lets synthetic interrupts end by themselves switches off the virtual APIC of a new host, for all its interrupts.',
    source: 'KVM arch/x86/kvm/hyperv.c, synic_update_vector; TLFS, DEPRECATING_AEOI',
    formula: 'exits for the APIC page: 0 with the hint followed, > 0 without; served by the processor: more',
    over: { system: ['linux-today', 'windows-10'], era: ['2020'], vps: [2, 4], ...SHORT },
    against: [{}, { without: 'deprecate-auto-eoi' }],
    holds: ({ metrics: polite }, { metrics: old }) =>
      polite.apicExits === 0 && old.apicExits > 0 && old.exits > polite.exits,
  },
};

/** All of them. */
export const whoClaims: Readonly<Record<string, WhoClaim>> = { ...knowing, ...worth };
