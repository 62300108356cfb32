/** The claims of `interrupt-end`. */
import type { Claim } from '../lab/experiment.ts';
import type { InterruptEndMetric, InterruptEndParams } from './interrupt-end-run.ts';

const TLFS = 'TLFS, virtual-interrupts, “EOI Assist”';
const SDM = 'Intel SDM volume 3, “APIC virtualization and virtual interrupts”';
const TPR = 'TechNet ee407540; ReactOS hal/halx86/apic/apic.c';
const ERAS = ['2008', '2012', '2020'] as const;
/** A guest of the XP kind, and of the kind that came after it. */
const XP = { level: 'page', dpc: true } as const;
const LAZY = { level: 'lazy', dpc: true } as const;

export const interruptEndClaims: Readonly<Record<string, Claim<InterruptEndParams, InterruptEndMetric>>> = {
  'one-exit-each': {
    sentence: 'Without help every interrupt takes one exit to end, by the page as by either kind of MSR.',
    source: TLFS,
    formula: 'exits to end = interrupts',
    over: { method: ['mmio', 'msr', 'x2apic'], together: [1, 4], era: ERAS },
    holds: ({ metrics }) => metrics.eoiExits === metrics.ends && metrics.ends === metrics.interrupts,
  },
  'msr-is-cheaper': {
    sentence: 'The MSR makes that exit cheaper, not rarer.',
    source: 'TLFS, “Local APIC MSR Accesses”; Xen commit 77ec53b686',
    formula: 'exits equal, time(MSR) < time(page)',
    over: { rate: [5000, 50_000], era: ERAS },
    against: [{ method: 'mmio' }, { method: 'msr' }],
    holds: (page, msr) =>
      page.metrics.eoiExits === msr.metrics.eoiExits &&
      msr.metrics.cyclesPerInterrupt < page.metrics.cyclesPerInterrupt,
  },
  'assist-spares-the-last': {
    sentence: 'The assist page spares one end of each group that is pending together, the last.',
    source: TLFS,
    formula: 'exits to end = ends · (n − 1) / n',
    over: { method: ['assist'], together: [1, 2, 4, 8], rate: [5000, 20_000], era: ERAS },
    holds: ({ metrics, params }) =>
      metrics.eoiExits * (params.together as number) === metrics.ends * ((params.together as number) - 1),
  },
  'assist-never-loses': {
    sentence: 'Where no processor helps, the assist page never takes more exits than the MSR.',
    source: TLFS,
    formula: 'exits(assist) ≤ exits(MSR)',
    over: { together: [1, 3, 8], rate: [2000, 50_000, 200_000], era: ERAS },
    against: [{ method: 'assist' }, { method: 'msr' }],
    holds: (assist, msr) =>
      assist.metrics.eoiExits * msr.metrics.ends <= msr.metrics.eoiExits * assist.metrics.ends,
  },
  'apicv-no-exit': {
    sentence:
      'With APICv neither the injection nor the end of an interrupt is an exit, by page or by x2APIC.',
    source: SDM,
    formula: 'exits = 0',
    over: { hardware: ['apicv'], method: ['mmio', 'x2apic'], together: [1, 4], era: ['2012', '2020'] },
    holds: ({ metrics }) => metrics.hypervisorExits === 0 && metrics.posted === metrics.interrupts,
  },
  'hint-off-for-a-reason': {
    sentence:
      'On such a processor the synthetic MSR and the assist page cost an exit each, where the page costs none.',
    source: `${SDM}; OpenVMM virt_support_apic (is_lazy_eoi_pending)`,
    formula: 'exits(MSR) = exits(assist) = interrupts > exits(page) = 0',
    over: { hardware: ['apicv'], together: [1, 4], era: ['2012', '2020'] },
    against: [{ method: 'mmio' }, { method: 'msr' }, { method: 'assist' }],
    holds: (page, ...others) =>
      page.metrics.eoiExits === 0 && others.every(({ metrics }) => metrics.eoiExits === metrics.interrupts),
  },
  'auto-eoi-inhibits': {
    sentence:
      'AutoEOI saves the exit of an old processor and the help of a new one: there it makes interrupts dearer.',
    source: 'KVM arch/x86/kvm/hyperv.c, synic_update_vector; TLFS leaf 0x40000004 EAX bit 9',
    formula: 'plain: time(auto) < time(page); APICv: injected(auto) = 0, time(auto) > time(page)',
    over: { rate: [20_000, 100_000], era: ['2012', '2020'] },
    against: [
      { method: 'mmio' },
      { method: 'auto' },
      { method: 'mmio', hardware: 'apicv' },
      { method: 'auto', hardware: 'apicv' },
    ],
    holds: (page, auto, pageHelped, autoHelped) =>
      auto.metrics.eoiExits === 0 &&
      auto.metrics.cyclesPerInterrupt < page.metrics.cyclesPerInterrupt &&
      autoHelped.metrics.posted === 0 &&
      pageHelped.metrics.posted === pageHelped.metrics.interrupts &&
      autoHelped.metrics.cyclesPerInterrupt > pageHelped.metrics.cyclesPerInterrupt,
  },
  'lazy-ends-the-storm': {
    sentence:
      'A 32-bit guest that keeps its level in memory has less than a fifth of the exits for it: that is what Server 2003 SP2 gained.',
    source: TPR,
    formula: '5 · level exits(in memory) < level exits(in the APIC page)',
    seeds: [46],
    over: { locks: [4, 8, 32], rate: [5000, 20_000], era: ERAS },
    against: [XP, LAZY],
    holds: (xp, lazy) =>
      5 * lazy.metrics.levelExits * xp.metrics.interrupts < xp.metrics.levelExits * lazy.metrics.interrupts,
  },
  'flexpriority-ends-it-too': {
    sentence:
      'FlexPriority takes all exits of the task priority from the unchanged guest but those below the threshold.',
    source: `${TPR}; ${SDM}`,
    formula: 'level exits = threshold exits',
    over: { level: ['page'], locks: [0, 8, 32], dpc: [false, true], era: ERAS },
    against: [{ hardware: 'flex' }, { hardware: 'plain' }],
    holds: (flex, plain) =>
      flex.metrics.levelExits === flex.metrics.thresholdExits &&
      plain.metrics.levelExits === plain.metrics.levelAccesses,
  },
  'lazy-needless-then': {
    sentence: 'Where the processor keeps the priority, keeping it in memory spares no further exit.',
    source: SDM,
    formula: 'exits(lazy) = exits(page)',
    over: { hardware: ['flex', 'apicv'], locks: [8, 32], era: ['2012', '2020'] },
    against: [{ level: 'page' }, { level: 'lazy' }],
    holds: (page, lazy) => page.metrics.levelExits === lazy.metrics.levelExits,
  },
  'cr8-is-free': {
    sentence:
      'A 64-bit guest writes its level to CR8 as often as XP wrote its own to the page, next to never with an exit.',
    source: 'Xen, “svm: Greatly reduce total number of CR8 intercepts” (10 000 000 to 6 000 in a boot); SDM',
    formula: 'exits for the level = threshold exits < accesses / 10',
    over: { level: ['cr8'], locks: [8, 32], era: ERAS },
    holds: ({ metrics }) =>
      metrics.levelExits === metrics.thresholdExits && metrics.thresholdExits * 10 < metrics.levelAccesses,
  },
  'careless-delays': {
    sentence:
      'If every EOI were declared needless, interrupts that wait would wait for the next thing to happen.',
    source: TLFS,
    formula: 'wait(careless) > 5 · wait(correct)',
    over: { method: ['assist'], together: [2, 4], era: ERAS },
    against: [{ rule: 'correct' }, { rule: 'careless' }],
    holds: (correct, careless) => careless.metrics.meanWait > 5 * correct.metrics.meanWait,
  },
};
