import type { WorkedIs } from './types.ts';

/** Registers of the APIC page: interrupt command, its destination half, and EOI. */
const [COMMAND, DESTINATION, EOI] = [0x300, 0x310, 0xb0] as const;

/** One processor interrupts two others one by one; the same by a call, to be completed. */
export const ipi: WorkedIs = {
  worked: {
    line: 'ipi?vps=3&rounds=1',
    title: 'One processor interrupts two others, one by one: every step, and what it is for',
    goals: [
      {
        goal: 'Post the first letter',
        why: 'The APIC has one box. The guest looks whether the last letter has gone, writes whom it is for, and writes the command, which sends it.',
        steps: [
          { on: 'apic.read', a: COMMAND, says: 'reads the command register: has the last one gone?' },
          { on: 'apic.write', a: DESTINATION, says: 'writes the destination' },
          { on: 'apic.write', a: COMMAND, says: 'writes the command; the hypervisor delivers' },
        ],
      },
      {
        goal: 'Post the second while the first arrives',
        why: 'The sender does not wait. The first target takes its interrupt and ends it, while the sender goes through the same three accesses again.',
        steps: [
          { on: 'irq.take', who: 1, says: 'the first target is interrupted' },
          { on: 'apic.read', a: COMMAND, says: 'the sender reads the command register again' },
          { on: 'apic.write', a: DESTINATION, says: 'writes the other destination' },
          { on: 'apic.write', a: EOI, who: 1, says: 'meanwhile the first target ends its interrupt' },
          { on: 'apic.write', a: COMMAND, says: 'the sender writes the command' },
        ],
      },
      {
        goal: 'Let the second arrive',
        why: 'Each target pays for itself: one interrupt, one end.',
        steps: [
          { on: 'irq.take', who: 2, says: 'the second target is interrupted' },
          { on: 'apic.write', a: EOI, who: 2, says: 'it ends its interrupt' },
        ],
      },
    ],
  },
  faded: {
    line: 'ipi?vps=3&rounds=1&method=call',
    title: 'The same two targets, named in one call: complete it',
    goals: [
      {
        goal: 'Name all of them at once',
        why: 'A set of processors and a vector. The hypervisor goes from one to the next by itself.',
        steps: [{ on: 'hypercall', says: 'one hypercall with the set of targets' }],
      },
      {
        goal: 'Let them arrive',
        why: 'One after the other, as the hypervisor gets to them; the sender is still in its call.',
        early: 'Not yet. Nobody has said whom it is for.',
        steps: [
          { on: 'irq.take', who: 1, says: 'the first target is interrupted' },
          { on: 'irq.take', who: 2, says: 'the second target is interrupted' },
        ],
      },
      {
        goal: 'End them',
        why: 'What a call cannot spare: each target ends its own interrupt.',
        early: 'Not yet. There is nothing to be ended.',
        steps: [
          { on: 'apic.write', a: EOI, who: 1, says: 'the first target ends its interrupt' },
          { on: 'apic.write', a: EOI, who: 2, says: 'the second target ends its interrupt' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 0, question: 'The sender wants to reach both. What comes first?' },
      {
        kind: 'step',
        goal: 2,
        step: 1,
        question: 'The second target has handled its interrupt. And then?',
        because: 'An APIC’s interrupt is ended by the processor that took it, whoever sent it.',
        wrong: [
          {
            text: 'nothing: the call has ended it for all',
            why: 'The call sends. Ending is each target’s own business, at its own APIC.',
          },
          {
            text: 'the sender ends it for both',
            why: 'The sender has no access to another processor’s APIC.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 0,
        question: 'How many exits does the sender have?',
        unit: 'exits',
        answer: (_, run) => run.metrics.senderExits / Number(run.params.rounds),
        because: 'The call itself. One by one it was three for each target.',
        mistakes: [
          { is: () => 6, why: 'That is three for each of two targets: the way through the page.' },
          { is: () => 2, why: 'One for each target is the way by MSR. The call names a set.' },
          { is: (life) => life.rows, why: 'Those are the steps of all three processors together.' },
        ],
      },
    ],
  },
};
