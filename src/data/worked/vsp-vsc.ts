import type { WorkedIs } from './types.ts';

/** Which work of the root a row stands for: of what woke it, or the next packet while it is awake. */
const [WOKEN, NEXT] = [0, 4] as const;

/** A burst that shares one signal; the same through the monitor page, to be completed. */
export const vspVsc: WorkedIs = {
  worked: {
    line: 'vsp-vsc?packets=4&burst=4',
    title: 'One burst on its way to the host: every step, and what it is for',
    goals: [
      {
        goal: 'Say that there is something',
        why: 'The first packet of the burst finds the ring empty and the reader waiting. Only then is a signal owed, and the guest pays for it with one exit.',
        steps: [{ on: 'hypercall', says: 'a hypercall: signal the connection of this channel' }],
      },
      {
        goal: 'Wake the reader',
        why: 'The hypervisor sets a flag that both sides agreed on and interrupts a processor of the root.',
        steps: [{ on: 'root.interrupt', says: 'a synthetic interrupt of the root' }],
      },
      {
        goal: 'Take everything that is there',
        why: 'While it works the reader does not want to hear of more: packets that came in the meantime are simply found. That is what spares their signals.',
        steps: [
          { on: 'root.work', a: WOKEN, says: 'the provider masks the ring and takes the first packet' },
          { on: 'root.work', a: NEXT, says: 'takes the next one, without anybody having said so' },
        ],
      },
    ],
  },
  faded: {
    line: 'vsp-vsc?packets=4&burst=4&notify=monitor',
    title: 'The same burst through the monitor page: complete it',
    goals: [
      {
        goal: 'Leave a note',
        why: 'A bit in a page that guest and hypervisor share. Writing it is writing memory.',
        steps: [{ on: 'monitor.signal', says: 'the guest sets its bit in the monitor page' }],
      },
      {
        goal: 'Wake the reader',
        why: 'The hypervisor looks at the page from time to time, and interrupts the root when it finds a bit.',
        early: 'Not yet. Nobody has said that there is anything to do.',
        steps: [{ on: 'root.interrupt', says: 'a synthetic interrupt of the root' }],
      },
      {
        goal: 'Take everything that is there',
        why: 'Nothing changes here: a reader that is awake finds what there is.',
        early: 'Not yet. The reader sleeps.',
        steps: [
          { on: 'root.work', a: WOKEN, says: 'the provider masks the ring and takes the first packet' },
          { on: 'root.work', a: NEXT, says: 'takes the next one, without anybody having said so' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 0, question: 'The packets lie in the ring. What does the guest do first?' },
      {
        kind: 'step',
        goal: 2,
        step: 1,
        question: 'The first packet has been taken. What happens with the second?',
        because:
          'The reader looks at the ring again before it sleeps. A packet that it finds there needs no signal.',
        wrong: [
          {
            text: 'the guest signals for each of the other packets',
            why: 'Only a packet that finds the ring empty owes a signal. These found others before them.',
          },
          {
            text: 'it waits until the monitor page is looked at again',
            why: 'The page wakes a reader that sleeps. This one is awake.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 0,
        question: 'How many exits does the guest have for this burst?',
        unit: 'exits',
        answer: (_, run) => run.metrics.hypervisorExits,
        because:
          'A bit in shared memory is no exit. It is paid for with waiting, up to the latency of the page.',
        mistakes: [
          { is: () => 1, why: 'That is the hypercall of the other way. Here nothing is called.' },
          {
            is: (_, run) => run.metrics.packets,
            why: 'That would be a signal for every packet. Not even the hypercall needs that.',
          },
        ],
      },
    ],
  },
};
