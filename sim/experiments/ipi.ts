/** What does it cost to interrupt every other processor? One by one, by cluster, by shorthand, by one hypercall. */
import { defineExperiment } from '../lab/experiment.ts';
import { ipiClaims } from './ipi-claims.ts';
import { ipiParams } from './ipi-params.ts';
import type { IpiMetric } from './ipi-run.ts';
import { checkIpi, ipiMetrics, simulateIpi } from './ipi-run.ts';

export const ipi = defineExperiment<typeof ipiParams, IpiMetric>({
  id: 'ipi',
  title: 'Interrupts between processors',
  question: 'What does it cost to interrupt every other processor?',
  page: '/concepts/ipi',
  params: ipiParams,
  stages: [
    ['vps', 'method'],
    ['apic', 'guest'],
    ['idle', 'overcommit', 'rounds', 'era'],
  ],
  metrics: ipiMetrics,
  headline: ['targets', 'senderExits', 'sendCycles', 'targetCycles', 'allCycles', 'endExits'],
  presets: {
    memory: {
      title: 'One by one, in memory',
      sentence: 'Three accesses for each of fifteen targets, and the hypervisor decodes every one of them.',
      params: { rounds: 1 },
    },
    msr: {
      title: 'One by one, by MSR',
      sentence: 'x2APIC mode makes one write of three accesses; the targets are as many as before.',
      params: { apic: 'x2apic', rounds: 1 },
    },
    cluster: {
      title: 'By cluster',
      sentence: 'Sixteen processors to a destination: 64 of them are four writes.',
      params: { apic: 'x2apic', method: 'cluster', vps: 64, rounds: 1 },
    },
    call: {
      title: 'One hypercall',
      sentence: 'One exit for any number of targets; the way from one to the next remains.',
      params: { apic: 'x2apic', method: 'call', rounds: 1 },
    },
    beyond: {
      title: 'More than 64',
      sentence: 'A mask of 64 bits does not do any more: a set with two banks, still one exit.',
      params: { apic: 'x2apic', method: 'call', vps: 128, rounds: 1 },
    },
    sleeping: {
      title: 'Sleeping targets',
      sentence: 'The sender pays nothing for it; each target answers later by the time that waking takes.',
      params: { apic: 'x2apic', method: 'call', idle: true, rounds: 1 },
    },
    shared: {
      title: 'Two to a processor',
      sentence: 'Half of the targets do not run. Now the way of sending is the least of it.',
      params: { apic: 'x2apic', method: 'call', overcommit: 2, rounds: 1 },
    },
  },
  bets: [
    {
      question:
        'A guest with 16 processors interrupts the other 15, one after the other, by an APIC whose registers lie in memory. How many exits does the sender make?',
      params: {},
      answer: { kind: 'number', unit: 'exits', metric: 'senderExits', tolerance: 1 },
      misconceptions: [
        {
          answer: '15',
          belief:
            'One for each. But before each the kernel asks whether the last one is gone, and then names the destination.',
        },
        {
          answer: '1',
          belief: 'The first opens the door for all. Every access to the page is intercepted anew.',
        },
        { answer: '0', belief: 'The processors have wires of their own. A guest’s processors have none.' },
      ],
      explain: ({ metrics }) =>
        `${metrics.senderExits}: ${metrics.commands} commands of three accesses each. Every access is decoded by the hypervisor like a device’s.`,
    },
  ],
  claims: ipiClaims,
  goals: [
    {
      text: 'Interrupt 63 others with at most four exits of the sender, without the hypercall and without leaving anybody’s name out.',
      hint: 'How many processors can one destination name?',
      solution: { vps: 64, apic: 'x2apic', method: 'cluster' },
      met: ({ params, metrics }) =>
        metrics.targets === 63 &&
        metrics.senderExits <= 4 &&
        metrics.missing === 0 &&
        params.method === 'cluster' &&
        params.guest === 'set',
    },
  ],
  views: ['lanes', 'cycles', 'diagram'],
  limits: [
    'The sender waits until each target has answered, as for a function call on other processors; a real kernel often goes on.',
    'How the older systems group their targets was not looked up: one by one is assumed for all that do not know the call.',
    'The time from one target to the next is measured on KVM; Hyper-V’s own was not found.',
    'What the hypervisor does to find the targets of a command is the rest of a measured total on hardware of the 2020s, and assumed before.',
    'Processors that send interrupts without an exit (IPI virtualisation of 2022) are not modelled.',
    'Caches, and which processors share a core, make no difference here.',
  ],
  check: checkIpi,
  simulate: simulateIpi,
});
