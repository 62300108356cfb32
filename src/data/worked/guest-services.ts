import type { WorkedIs } from './types.ts';

/** Which work of the root a row stands for: a reply has come, a heartbeat is due, a question of the services. */
const [WOKEN, BEAT] = [0, 4] as const;
/** Vectors: the synthetic interrupt, and the guest's timer. */
const [SINT, TIMER] = [0xf3, 0xed] as const;

/** A question that needs a program in the guest; a heartbeat, to be completed. */
export const guestServices: WorkedIs = {
  worked: {
    line: 'guest-services?requests=1',
    title: 'The host asks a guest for a value: every step, and what it is for',
    until: { on: 'root.work', a: BEAT },
    goals: [
      {
        goal: 'Ask',
        why: 'The host speaks first, on a channel of its own for each service.',
        steps: [
          { on: 'root.work', says: 'the service writes its question into the ring' },
          { on: 'ic.request', says: 'the question, with a number that belongs to the ring' },
          { on: 'root.signal', says: 'the root signals the guest' },
        ],
      },
      {
        goal: 'Wake the driver',
        why: 'A synthetic interrupt, as for a disk. Up to here every guest with the driver takes part.',
        steps: [
          { on: 'irq.take', a: SINT, says: 'the interrupt of the channel' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
          { on: 'apic.write', says: 'the guest ends it' },
        ],
      },
      {
        goal: 'Pass it on, and set an alarm',
        why: 'The kernel does not know the value; a program does. If that never answers, the kernel will have to, so it starts a clock.',
        steps: [
          { on: 'msr.read', just: 1, says: 'reads the time' },
          { on: 'msr.write', just: 1, says: 'sets a timer' },
          { on: 'msr.read', just: 1, says: 'reads the time again, for the second' },
          { on: 'msr.write', just: 1, says: 'sets the timer to the earlier of the two' },
        ],
      },
      {
        goal: 'Hear from the program',
        why: 'This is where the time goes. All the rest together is a small part of it.',
        steps: [
          { on: 'irq.take', a: TIMER, says: 'a timer: the program has had its time and answers' },
          { on: 'apic.write', says: 'the guest ends the interrupt' },
          { on: 'msr.read', says: 'reads the time' },
          { on: 'msr.write', says: 'sets its timer anew' },
        ],
      },
      {
        goal: 'Reply',
        why: 'The answer goes back by the way the question came.',
        steps: [
          { on: 'hypercall', says: 'a hypercall signals the root' },
          { on: 'root.interrupt', says: 'a synthetic interrupt of the root' },
          { on: 'root.work', a: WOKEN, says: 'the service reads the reply' },
          { on: 'ic.answer', says: 'the question is answered' },
        ],
      },
    ],
  },
  faded: {
    line: 'guest-services?service=heartbeat',
    title: 'One heartbeat: complete it',
    until: { on: 'root.work', a: BEAT },
    goals: [
      {
        goal: 'Ask',
        why: 'The same kind of question: are you there?',
        steps: [
          { on: 'root.work', says: 'the service writes its question into the ring' },
          { on: 'ic.request', says: 'the question' },
          { on: 'root.signal', says: 'the root signals the guest' },
        ],
      },
      {
        goal: 'Wake the driver',
        why: 'The same interrupt.',
        early: 'Not yet. Nobody has asked.',
        steps: [
          { on: 'irq.take', a: SINT, says: 'the interrupt of the channel' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
          { on: 'apic.write', says: 'the guest ends it' },
        ],
      },
      {
        goal: 'Reply',
        why: 'The kernel answers by itself, and at once. So a heartbeat says that the kernel lives, and nothing about any program.',
        early: 'Not yet. The driver has not heard the question.',
        steps: [
          { on: 'hypercall', says: 'a hypercall signals the root' },
          { on: 'root.interrupt', says: 'a synthetic interrupt of the root' },
          { on: 'root.work', a: WOKEN, says: 'the service reads the reply' },
          { on: 'ic.answer', says: 'the beat is answered' },
        ],
      },
    ],
    blanks: [
      {
        kind: 'next',
        goal: 1,
        question: 'The question lies in the ring and the root has signalled. What comes next?',
      },
      {
        kind: 'step',
        goal: 2,
        step: 0,
        question: 'What does the guest do with the question?',
        because: 'The kernel knows the answer: it runs. There is nobody to be asked and no alarm to be set.',
        wrong: [
          {
            text: 'wakes a program that answers',
            why: 'That is data exchange. A heartbeat needs none, and proves nothing about one.',
          },
          {
            text: 'nothing: a heartbeat is a one-way message',
            why: 'The host asks, the guest answers; a missing answer is what the host notices.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 2,
        question: 'How many of the goals of the longer question are not needed here?',
        unit: 'goals',
        answer: (life) => guestServices.worked.goals.length - life.goals.length,
        because: 'Passing it on and hearing from the program. That is why a dead program goes unnoticed.',
        mistakes: [
          { is: () => 0, why: 'Compare with the worked example: there the kernel had to ask a program.' },
          { is: () => 1, why: 'Passing it on is one. And waiting for the program?' },
        ],
      },
    ],
  },
};
