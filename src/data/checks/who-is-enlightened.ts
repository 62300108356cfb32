import type { CheckData } from '../../truth/types.ts';

/** The questions of `who-is-enlightened`. */
export const whoIsEnlightened: readonly CheckData[] = [
  {
    id: 'means',
    question: '“Enlightenments are reached by hypercalls.” What is wrong with the sentence?',
    options: [
      {
        text: 'Nothing: that is how a guest talks to the hypervisor.',
        why: 'It is one way of four. Of the {who-is-enlightened?era=2020&system=linux-today inUse} that Linux uses on a host of today, {who-is-enlightened?era=2020&system=linux-today byCall} call.',
      },
      {
        text: 'Most are registers, shared pages, or rules that a guest follows by itself.',
        right: true,
        why: 'Of the {who-is-enlightened?era=2020&system=linux-today inUse} that Linux uses on a host of today, {who-is-enlightened?era=2020&system=linux-today noCall} need no hypercall. The cheapest are those that need no exit at all.',
      },
      {
        text: 'Hypercalls came later; in 2008 there were only registers.',
        why: 'The hypercall page is among the oldest: Server 2008 used {who-is-enlightened byCall} enlightenments that call.',
      },
    ],
  },
  {
    id: 'newer',
    question:
      'Server 2008 is moved from the host of 2008 to one of the 2020s. It now uses fewer enlightenments. Why is that no loss?',
    options: [
      {
        text: 'It is one: the new host no longer supports the old calls.',
        why: 'They still answer. The host no longer recommends them.',
      },
      {
        text: 'Where the processor does by itself what they were for, using them would cost exits.',
        right: true,
        why: 'Second-level tables and a virtual APIC spare those exits without the guest’s help. Time in exits goes from {who-is-enlightened exitShare} % to {who-is-enlightened?era=2020 exitShare} %.',
      },
      {
        text: 'Fewer enlightenments mean fewer exits.',
        why: 'An unmodified guest uses none, and has {who-is-enlightened?era=2020&system=unmodified exits} exits a second there; this one has {who-is-enlightened?era=2020 exits}.',
      },
    ],
  },
  {
    id: 'own',
    question:
      'Which enlightenment spared most exits of Server 2003 SP2, and what did the hypervisor have to do for it?',
    options: [
      {
        text: 'The disk on VMBus: the host needed a service provider.',
        why: 'That spares the dearest exits, but not the most. Without it there are {who-is-enlightened?system=windows-2003-sp2&without=synic-vmbus exits} a second instead of {who-is-enlightened?system=windows-2003-sp2 exits}.',
      },
      {
        text: 'Lazy task priority: nothing at all.',
        right: true,
        why: 'Without it there are {who-is-enlightened?system=windows-2003-sp2&without=lazy-tpr exits} exits a second instead of {who-is-enlightened?system=windows-2003-sp2 exits}. No bit in CPUID says so; it is a rule of the guest’s own.',
      },
      {
        text: 'The flush by hypercall: the host needed shadow tables.',
        why: 'Server 2003 does not know that call.',
      },
    ],
  },
];
