import type { WorkedIs } from './types.ts';

/** Number of the root's VP in a trace. Vectors: the synthetic interrupt, and the guest's tick. */
const [ROOT, SINT, TICK] = [1000, 0xf3, 0xee] as const;

/** One time message to a guest that is alone; the same among four others, to be completed. */
export const timeSync: WorkedIs = {
  worked: {
    line: 'time-sync?others=0&time=10',
    title:
      'One message with the time, to a guest that has the processor for itself: every step, and what it is for',
    from: { on: 'sched.dispatch', who: ROOT },
    rows: 20,
    goals: [
      {
        goal: 'Give the root the processor',
        why: 'The service that knows the time runs in the root, and the root is a guest of this processor like the others.',
        steps: [
          { on: 'sched.dispatch', who: ROOT, says: 'the processor changes over to the root' },
          { on: 'sched.wake', says: 'its virtual processor was ready' },
          { on: 'sched.preempt', says: 'the guest is stopped' },
        ],
      },
      {
        goal: 'Write down what time it is',
        why: 'From this moment the message ages. Whatever it waits from here on is an error of the clock that is set by it.',
        steps: [
          { on: 'root.work', says: 'the service writes the message into the ring' },
          { on: 'ic.request', says: 'this is the time that it carries' },
          { on: 'root.signal', says: 'the root signals the guest' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
        ],
      },
      {
        goal: 'Give the guest the processor',
        why: 'A message can be read only by somebody who runs.',
        steps: [
          { on: 'sched.dispatch', says: 'the processor changes over to the guest' },
          { on: 'sched.block', says: 'the root has nothing more to do' },
        ],
      },
      {
        goal: 'Read the message',
        why: 'The driver compares, and sets the clock or not: that is the guest’s own policy.',
        steps: [
          { on: 'irq.take', a: SINT, says: 'the interrupt of the channel' },
          { on: 'apic.write', says: 'the guest ends it' },
        ],
      },
      {
        goal: 'Answer',
        why: 'Every message of the host gets its reply, also this one.',
        steps: [
          { on: 'hypercall', says: 'a hypercall signals the root' },
          { on: 'root.interrupt', says: 'a synthetic interrupt of the root' },
          { on: 'sched.wake', says: 'its virtual processor is ready' },
          { on: 'sched.dispatch', who: ROOT, says: 'the processor changes over to the root' },
          { on: 'sched.preempt', says: 'the guest is stopped' },
          { on: 'root.work', says: 'the service reads the reply' },
          { on: 'sched.dispatch', says: 'the processor changes back to the guest' },
          { on: 'ic.answer', says: 'the message counts as answered' },
          { on: 'sched.block', says: 'the root has nothing more to do' },
        ],
      },
    ],
  },
  faded: {
    line: 'time-sync?time=10',
    title: 'The same message, when four others want the processor: complete it',
    from: { on: 'sched.dispatch', who: ROOT },
    rows: 21,
    goals: [
      {
        goal: 'Give the root the processor',
        why: 'It has to wait for its turn, but it has not written anything yet, so nothing ages.',
        steps: [
          { on: 'sched.dispatch', who: ROOT, says: 'the processor changes over to the root' },
          { on: 'sched.preempt', says: 'somebody else’s virtual processor is stopped' },
        ],
      },
      {
        goal: 'Write down what time it is',
        why: 'The same as before.',
        early: 'Not yet. The service does not run.',
        steps: [
          { on: 'root.work', says: 'the service writes the message into the ring' },
          { on: 'ic.request', says: 'this is the time that it carries' },
          { on: 'root.signal', says: 'the root signals the guest' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
        ],
      },
      {
        goal: 'Give the guest the processor',
        why: 'Whoever stands before it in the queue makes the message older. This time nobody did.',
        early: 'Not yet. There is no message that it could read.',
        steps: [
          { on: 'sched.dispatch', says: 'the processor changes over to the guest' },
          { on: 'sched.block', says: 'the root has nothing more to do' },
        ],
      },
      {
        goal: 'Read the message',
        why: 'And on the way, take the tick that came while the guest did not run: one, however many were due.',
        early: 'Not yet. The guest does not run.',
        steps: [
          { on: 'irq.take', a: SINT, says: 'the interrupt of the channel' },
          { on: 'apic.write', says: 'the guest ends it' },
        ],
      },
      {
        goal: 'Answer',
        why: 'As before.',
        early: 'Not yet. The message has not been read.',
        steps: [
          { on: 'hypercall', says: 'a hypercall signals the root' },
          { on: 'root.interrupt', says: 'a synthetic interrupt of the root' },
          { on: 'irq.take', a: TICK, says: 'a tick that waited is taken' },
          { on: 'apic.write', says: 'and ended' },
          { on: 'sched.wake', says: 'the root’s virtual processor is ready' },
          { on: 'sched.dispatch', who: ROOT, says: 'the processor changes over to the root' },
          { on: 'sched.preempt', says: 'the guest is stopped' },
          { on: 'root.work', says: 'the service reads the reply' },
          { on: 'sched.dispatch', says: 'the processor changes back to the guest' },
          { on: 'ic.answer', says: 'the message counts as answered' },
          { on: 'sched.block', says: 'the root has nothing more to do' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 2, question: 'The message lies in the ring. What must happen before it helps?' },
      {
        kind: 'step',
        goal: 4,
        step: 2,
        question: 'Something comes in between that did not in the quiet machine. What?',
        because:
          'While the guest did not run its timer went on. What was due then comes now, as soon as it runs.',
        wrong: [
          {
            text: 'a second message of the host',
            why: 'The next one comes a period later. This is something that the guest ordered by itself.',
          },
          {
            text: 'an exit to the worker process',
            why: 'Nothing of this goes to a process. Time messages are the kernel’s.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 4,
        question:
          'How often does the processor change from one virtual processor to another, from the message to its answer?',
        unit: 'changes',
        answer: (life) =>
          life.goals
            .flatMap(({ steps }) => steps)
            .filter(({ says }) => says.startsWith('the processor changes')).length,
        because:
          'To the root, to the guest, to the root for the answer, and back. In a machine that is shared each of them can mean waiting.',
        mistakes: [
          { is: () => 2, why: 'There and back once. The answer has to be read as well.' },
          { is: () => 1, why: 'The message has to be written by one and read by another, and answered.' },
          {
            is: (_, run) => Number(run.params.others),
            why: 'The others want the processor, but they are not part of this life.',
          },
        ],
      },
    ],
  },
};
