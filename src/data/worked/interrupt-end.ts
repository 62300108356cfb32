import type { WorkedIs } from './types.ts';

/** The EOI register: in the APIC page, and as a synthetic MSR. */
const [PAGE_EOI, MSR_EOI] = [0xb0, 0x40000070] as const;

/** Two interrupts at once, ended through the APIC page; the same with the assist page, to be completed. */
export const interruptEnd: WorkedIs = {
  worked: {
    line: 'interrupt-end?rounds=1&together=2',
    title: 'Two interrupts arrive together: every step, and what it is for',
    goals: [
      {
        goal: 'Bring the more urgent one',
        why: 'Both are pending. The hypervisor, which plays the APIC, injects the one of higher priority and keeps the other.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor injects the first interrupt' },
          { on: 'synic.event', says: 'both sources have set their flags' },
        ],
      },
      {
        goal: 'End it',
        why: 'Until the guest says that it is done, nothing of this priority or below may come. So this end is needed: somebody waits for it.',
        steps: [{ on: 'apic.write', a: PAGE_EOI, says: 'the guest writes the EOI register: an exit' }],
      },
      {
        goal: 'Bring the other one',
        why: 'The write was an exit, so the hypervisor could look what is pending, and inject it at once.',
        steps: [{ on: 'irq.take', says: 'the hypervisor injects the second interrupt' }],
      },
      {
        goal: 'End that as well',
        why: 'The same exit again, although nobody waits for it any more. This is the one that could be spared.',
        steps: [{ on: 'apic.write', a: PAGE_EOI, says: 'the guest writes the EOI register: another exit' }],
      },
    ],
  },
  faded: {
    line: 'interrupt-end?rounds=1&method=assist&together=2',
    title: 'The same two interrupts, and a page with one bit: complete it',
    goals: [
      {
        goal: 'Bring the more urgent one',
        why: 'As before; and because another one is pending, the bit “no EOI required” stays clear.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor injects the first interrupt' },
          { on: 'synic.event', says: 'both sources have set their flags' },
        ],
      },
      {
        goal: 'Look whether an end is needed',
        why: 'Reading the page is reading memory. The bit says: somebody waits.',
        early: 'Not yet. There is no interrupt to be ended.',
        steps: [{ on: 'eoi.assist', says: 'the guest looks at its assist page: the bit is clear' }],
      },
      {
        goal: 'End it',
        why: 'By the synthetic MSR, which is a cheaper exit than a write to the page of the APIC.',
        early: 'Not yet. Perhaps it need not be said at all: the guest looks first.',
        steps: [{ on: 'msr.write', a: MSR_EOI, says: 'the guest writes the EOI register: an exit' }],
      },
      {
        goal: 'Bring the other one',
        why: 'Nothing else is pending now, so the hypervisor sets the bit.',
        early: 'Not yet. The first one has not been ended.',
        steps: [{ on: 'irq.take', says: 'the hypervisor injects the second interrupt' }],
      },
      {
        goal: 'Look again, and be done',
        why: 'The bit is set. The guest clears it, and that was the end of the interrupt.',
        early: 'Not yet. The second interrupt has not come.',
        steps: [{ on: 'eoi.assist', says: 'the guest looks at its assist page: the bit is set' }],
      },
    ],
    blanks: [
      {
        kind: 'next',
        goal: 1,
        question: 'The first interrupt has been handled. What does this guest do next?',
      },
      {
        kind: 'step',
        goal: 4,
        step: 0,
        question: 'How does the second interrupt end?',
        because:
          'Nobody waits for this end, so the hypervisor need not hear of it. It finds out when it next runs.',
        wrong: [
          {
            text: 'the guest writes the EOI register once more',
            why: 'It would, without the page. The bit says that it need not.',
          },
          {
            text: 'the hypervisor ends it by itself when it injects it',
            why: 'That is AutoEOI, another method. Here the guest ends it, by clearing a bit.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 2,
        question: 'How many exits do the two ends take together?',
        unit: 'exits',
        answer: (_, run) => run.metrics.eoiExits,
        because:
          'The page spares the last end of each group that is pending together. The others are needed: the hypervisor must get the processor to inject the next one.',
        mistakes: [
          { is: () => 2, why: 'That is the number without the page. The second end found the bit set.' },
          {
            is: () => 0,
            why: 'With one interrupt alone that is right. Here a second one waited for the first to end.',
          },
        ],
      },
    ],
  },
};
