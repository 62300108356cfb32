import type { WorkedIs } from './types.ts';

/** Ports of the interrupt controller: command, and mask. EOI of the APIC. */
const [COMMAND, MASK, EOI] = [0x20, 0x21, 0xb0] as const;

/** One tick of the timer/counter in an idle guest; one of a synthetic timer, to be completed. */
export const timersAndIdle: WorkedIs = {
  worked: {
    line: 'timers-and-idle?vms=1&vps=1&time=100',
    title: 'One tick of the timer/counter, in a guest that has nothing to do: every step, and what it is for',
    from: { on: 'irq.take' },
    until: { on: 'irq.take' },
    goals: [
      {
        goal: 'Wake up',
        why: 'The virtual processor had gone to sleep. Somebody must give it a processor again before it can hear of anything.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor brings the interrupt' },
          { on: 'sched.wake', says: 'the virtual processor is ready' },
          { on: 'sched.dispatch', says: 'it gets a processor' },
        ],
      },
      {
        goal: 'Keep this line quiet',
        why: 'While one tick is served the next must not come. The interrupt controller is a device of the worker, so each access goes there and back.',
        steps: [
          { on: 'io.in', a: MASK, says: 'reads which lines are masked' },
          { on: 'io.out', a: MASK, says: 'masks the line of the timer as well' },
        ],
      },
      {
        goal: 'End the interrupt',
        why: 'The controller holds back everything of this priority until it is told.',
        steps: [{ on: 'io.out', a: COMMAND, says: 'writes the end of this interrupt' }],
      },
      {
        goal: 'Listen to the line again',
        why: 'This is where the tick is over. Nothing of it was the guest’s own work.',
        steps: [{ on: 'io.out', a: MASK, says: 'takes the mask away' }],
      },
      {
        goal: 'Sleep again',
        why: 'There is nothing to do. HLT is an exit, so that the processor can go to others.',
        steps: [
          { on: 'halt', says: 'executes HLT' },
          { on: 'sched.block', says: 'the virtual processor gives its processor back' },
        ],
      },
    ],
  },
  faded: {
    line: 'timers-and-idle?vms=1&vps=1&time=100&source=message',
    title: 'One tick of a synthetic timer: complete it',
    from: { on: 'irq.take' },
    until: { on: 'irq.take' },
    goals: [
      {
        goal: 'Wake up',
        why: 'As before; and the timer has left a message in a page, with the time when it was due.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor brings the interrupt' },
          { on: 'synic.message', says: 'the message of the timer lies in its slot' },
          { on: 'sched.wake', says: 'the virtual processor is ready' },
          { on: 'sched.dispatch', says: 'it gets a processor' },
        ],
      },
      {
        goal: 'End the interrupt',
        why: 'At the APIC, and on this hardware the processor serves that by itself.',
        early: 'Not yet. The virtual processor does not run.',
        steps: [{ on: 'apic.served', a: EOI, says: 'the guest writes EOI; no exit' }],
      },
      {
        goal: 'Sleep again',
        why: 'The same HLT.',
        early: 'Not yet. An interrupt that is not ended keeps the next ones away.',
        steps: [
          { on: 'halt', says: 'executes HLT' },
          { on: 'sched.block', says: 'the virtual processor gives its processor back' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 1, question: 'The guest runs and has heard of the tick. What must it do?' },
      {
        kind: 'step',
        goal: 0,
        step: 1,
        question: 'How does this guest learn which timer it was, and when?',
        because:
          'The message names the timer and carries two times: when it was due and when it was delivered.',
        wrong: [
          {
            text: 'it reads the mask of the interrupt controller',
            why: 'That was the other tick. A synthetic timer has no line at that controller.',
          },
          {
            text: 'it asks the worker',
            why: 'The timer is the hypervisor’s own. No process of the root takes part.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 2,
        question: 'How many exits does one such tick cost the guest?',
        unit: 'exits',
        answer: (_, run) => run.metrics.perTick,
        because: 'Only going to sleep. The interrupt controller with its four accesses is not needed.',
        mistakes: [
          {
            is: () => 5,
            why: 'That is the tick of the timer/counter: four accesses to its controller, and HLT.',
          },
          {
            is: () => 2,
            why: 'The end of the interrupt was one once. On this hardware the processor serves it.',
          },
          { is: () => 0, why: 'HLT is an exit: the hypervisor must hear that the processor is free.' },
        ],
      },
    ],
  },
};
