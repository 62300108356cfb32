/** What must be true of interrupts between processors, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { Run } from '../lab/run.ts';
import type { IpiMetric, IpiParams } from './ipi-run.ts';

const ERAS = ['2008', '2012', '2020'] as const;
const SDM = 'Intel SDM volume 3, interrupt command register; Xen commit b1710040ca';
const TLFS = 'TLFS hypercalls/HvCallSendSyntheticClusterIpi; Linux arch/x86/hyperv/hv_apic.c';
const PV = 'W. Li, Linux commit 4180bf1b655a';

type IpiRun = Run<IpiMetric>;
const others = ({ params }: IpiRun): number => (params.vps as number) - 1;

export const ipiClaims: Readonly<Record<string, Claim<IpiParams, IpiMetric>>> = {
  'three-in-memory': {
    sentence: 'In memory an interrupt command takes three exits: is the last one gone, destination, command.',
    source: SDM,
    formula: 'exits = 3 · targets',
    over: { vps: [2, 8, 64], era: ERAS },
    holds: (run) => run.metrics.senderExits === 3 * others(run),
  },
  'one-by-msr': {
    sentence: 'By MSR, the hypervisor’s own or that of x2APIC mode, it takes one.',
    source: SDM,
    formula: 'exits = targets',
    over: { vps: [2, 8, 64], apic: ['synthetic', 'x2apic'], era: ['2012', '2020'] },
    holds: (run) => run.metrics.senderExits === others(run),
  },
  'sixteen-to-a-cluster': {
    sentence:
      'A logical destination of x2APIC mode names up to sixteen processors: one exit for each sixteen.',
    source: SDM,
    formula: 'exits = ⌈processors / 16⌉',
    over: { vps: [8, 16, 64, 128], method: ['cluster'], apic: ['x2apic'], era: ['2012', '2020'] },
    holds: ({ metrics, params }) => metrics.senderExits === Math.ceil((params.vps as number) / 16),
  },
  'one-call': {
    sentence: 'One hypercall names them all, also more than 64: one exit, however many processors there are.',
    source: TLFS,
    formula: 'exits = 1',
    over: { vps: [2, 16, 64, 128], method: ['call'], apic: ['xapic', 'x2apic'] },
    holds: ({ metrics }) => metrics.senderExits === 1,
  },
  'targets-pay-the-same': {
    sentence: 'Each target takes its interrupt and ends it, whichever way it was sent.',
    source: TLFS,
    formula: 'interrupts = ends = targets · rounds, none missing',
    over: {
      vps: [2, 16, 64],
      method: ['each', 'cluster', 'others', 'call'],
      apic: ['x2apic'],
      idle: [true, false],
    },
    holds: (run) => {
      const expected = others(run) * (run.params.rounds as number);
      const { reached, endExits, missing } = run.metrics;
      return reached === expected && endExits === expected && missing === 0;
    },
  },
  'not-the-delivery': {
    sentence:
      'A call does not make the targets fewer: the hypervisor goes from one to the next, and eight times the targets take the sender more than six times as long.',
    source: PV,
    formula: 'time(64 others) > 6 · time(8 others)',
    over: { method: ['call'] },
    against: [{ vps: 9 }, { vps: 65 }],
    holds: (few, many) => many.metrics.sendCycles > 6 * few.metrics.sendCycles,
  },
  'order-of-ways': {
    sentence: 'One by one in memory is slowest, one by one by MSR is faster, one call is fastest.',
    source: `${PV}; Xen commit 5500d265a2`,
    formula: 'time(memory) > time(MSR) > time(call)',
    over: { vps: [8, 32, 128] },
    against: [{ apic: 'xapic' }, { apic: 'x2apic' }, { apic: 'x2apic', method: 'call' }],
    holds: (memory, msr, call) =>
      memory.metrics.sendCycles > msr.metrics.sendCycles && msr.metrics.sendCycles > call.metrics.sendCycles,
  },
  'one-target': {
    sentence: 'For a single target the call spares no exit: one write to an MSR does as well.',
    source: TLFS,
    formula: 'exits(call) = exits(MSR) = 1',
    over: { vps: [2], apic: ['x2apic'] },
    against: [{ method: 'each' }, { method: 'call' }],
    holds: (msr, call) => msr.metrics.senderExits === 1 && call.metrics.senderExits === 1,
  },
  'shorthand-is-a-call': {
    sentence:
      'The command for all others takes as many exits in x2APIC mode as the call: the shorthand is as old as the APIC.',
    source: 'Xen commit 5500d265a2; Intel SDM volume 3',
    formula: 'exits(all others) = exits(call) = 1',
    over: { vps: [8, 64, 128], apic: ['x2apic'] },
    against: [{ method: 'others' }, { method: 'call' }],
    holds: (shorthand, call) => shorthand.metrics.senderExits === 1 && call.metrics.senderExits === 1,
  },
  'waiting-is-not-spared': {
    sentence:
      'A target whose processor runs somebody else answers when its turn comes: with two busy VPs to a processor all have answered a hundred times later, and the call changes nothing about it.',
    source: 'the scheduler of this model; TLFS recommends a hypercall for flushes because of it',
    formula: 'until all(2 : 1) > 100 · until all(1 : 1), call ≈ one by one',
    over: { vps: [16] },
    against: [
      { apic: 'x2apic', method: 'call' },
      { apic: 'x2apic', method: 'call', overcommit: 2 },
      { apic: 'x2apic', method: 'each', overcommit: 2 },
    ],
    holds: (alone, shared, each) =>
      shared.metrics.allCycles > 100 * alone.metrics.allCycles &&
      Math.abs(shared.metrics.allCycles / each.metrics.allCycles - 1) < 0.05,
  },
  'who-knows': {
    sentence:
      'On a host of the 2020s a system that knows the call sends one, an older one sends one command for each target.',
    source: 'the guest systems’ table; TLFS feature discovery',
    formula: 'exits(Windows 10, Linux today) = 1, exits(others) ≥ targets',
    over: { vps: [16, 64], apic: ['x2apic'] },
    against: [
      { guest: 'windows-10' },
      { guest: 'linux-today' },
      { guest: 'windows-7' },
      { guest: 'linux-3.4' },
    ],
    holds: (windows10, linux, windows7, linux3) =>
      windows10.metrics.senderExits === 1 &&
      linux.metrics.senderExits === 1 &&
      windows7.metrics.senderExits === others(windows7) &&
      linux3.metrics.senderExits === others(linux3),
  },
  'recommended-or-not': {
    sentence:
      'The same Windows 10 sends one command for each target on a host of 2012: knowing is not enough, the host must recommend it.',
    source: 'TLFS feature discovery',
    formula: 'exits(2012) = targets, exits(2020) = 1',
    over: { vps: [16, 64], guest: ['windows-10'] },
    against: [{ era: '2012' }, { era: '2020' }],
    holds: (before, after) =>
      before.metrics.senderExits === others(before) && after.metrics.senderExits === 1,
  },
};
