import type { WorkedIs } from './types.ts';

/** HV_X64_MSR_EOI and _ICR, and the first page that changes. */
const [EOI, ICR, PAGE] = [0x40000070, 0x40000071, 0x40000000] as const;

/** Two pages are withdrawn from two processors by interrupts; the same by one hypercall, to be completed. */
export const tlbFlush: WorkedIs = {
  worked: {
    line: 'tlb-flush?rounds=1&changed=2&touched=4&reach=remote&vps=2',
    title: 'Two pages are withdrawn on two processors, under shadow tables: every step, and what it is for',
    goals: [
      {
        goal: 'Leave a list for the other',
        why: 'The entries have been changed by ordinary stores. What is to be forgotten is now written down where the other processor will read it.',
        steps: [
          {
            on: 'shadow.fill',
            just: 1,
            says: 'writes the list of addresses; the first touch of that page is an exit',
          },
        ],
      },
      {
        goal: 'Call the other processor',
        why: 'Nobody but a processor itself can make it forget. So it must be interrupted.',
        steps: [
          { on: 'msr.write', a: ICR, says: 'writes the interrupt command' },
          { on: 'irq.take', who: 1, says: 'the other processor is interrupted' },
        ],
      },
      {
        goal: 'Let both forget',
        why: 'Under shadow tables each INVLPG is an exit: the hypervisor must drop its copy of the entry. The sender waits until the other has said that it is done.',
        steps: [
          { on: 'shadow.invlpg', who: 0, just: 1, says: 'the sender invalidates the first page' },
          { on: 'msr.write', a: EOI, who: 1, says: 'the other ends its interrupt' },
          { on: 'shadow.invlpg', who: 1, just: 1, says: 'the other invalidates the first page' },
          { on: 'shadow.invlpg', who: 0, just: 1, says: 'the sender invalidates the second page' },
          { on: 'shadow.invlpg', who: 1, just: 1, says: 'the other invalidates the second page' },
        ],
      },
      {
        goal: 'Use the pages again',
        why: 'The new entries are not in the hypervisor’s tables yet. The first touch of each page is an exit that copies one.',
        steps: [{ on: 'shadow.fill', a: [PAGE, PAGE + 0x1000], says: 'touches a page that has changed' }],
      },
    ],
  },
  faded: {
    line: 'tlb-flush?rounds=1&changed=2&touched=4&reach=remote&vps=2&how=hypercall',
    title: 'The same two pages, flushed by one hypercall: complete it',
    goals: [
      {
        goal: 'Say which addresses are to be forgotten, and by whom',
        why: 'The hypervisor owns the tables that the processors walk, and it knows which processors run. It can make all of them forget.',
        steps: [{ on: 'hypercall', says: 'one hypercall, with a list of addresses and a set of processors' }],
      },
      {
        goal: 'Say that the flush is through',
        why: 'A word that the threads on other processors look at. It has nothing to do with the way of flushing.',
        early: 'Not yet. First the old translations have to go.',
        steps: [
          {
            on: 'shadow.fill',
            just: 1,
            says: 'writes that this round is through; the first touch of that page is an exit',
          },
        ],
      },
      {
        goal: 'Use the pages again',
        why: 'As before: a call forgets, it does not fetch. Each first touch is an exit.',
        early: 'Not yet. Nobody knows yet what has changed.',
        steps: [{ on: 'shadow.fill', a: [PAGE, PAGE + 0x1000], says: 'touches a page that has changed' }],
      },
    ],
    blanks: [
      {
        kind: 'step',
        goal: 0,
        step: 0,
        question: 'What takes the place of the interrupt and of all the INVLPG?',
        because:
          'One exit, however many pages and processors there are. Those processors that do not run need not even be interrupted.',
        wrong: [
          {
            text: 'one hypercall for each processor',
            why: 'The call takes a set of processors. Nobody has to be called one by one.',
          },
          {
            text: 'MOV CR3 on both processors',
            why: 'That would throw everything away, on both, and each would still have to be interrupted to do it.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 0,
        question: 'How many exits does the flush itself take?',
        unit: 'exits',
        answer: (_, run) => run.metrics.flushExits,
        because: 'The call and nothing else. By interrupts it was several for each processor.',
        mistakes: [
          {
            is: () => 2,
            why: 'That would be one for each processor, or one for each page. The call takes both as lists.',
          },
          {
            is: () => 0,
            why: 'A hypercall is an exit. On hardware with a second level INVLPG is none, and then the call for oneself does not pay.',
          },
          {
            is: (life) => life.rows,
            why: 'That counts the first touches as well; those come after any flush.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 2,
        question: 'How many of the changed pages cost an exit when they are used again?',
        unit: 'pages',
        answer: (life) => life.goals[2].rows,
        because: 'All of them. The call spares the flush, not the fetching.',
        mistakes: [
          {
            is: () => 0,
            why: 'The hypervisor dropped its copies. It does not know the new entries before somebody needs them.',
          },
          {
            is: (_, run) => Number(run.params.touched),
            why: 'The other pages were not on the list; their translations are still there. MOV CR3 would have thrown them away.',
          },
        ],
      },
    ],
  },
};
