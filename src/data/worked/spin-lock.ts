import type { WorkedIs } from './types.ts';

/** Number of the root's first VP in a trace. */
const ROOT = 1000;

/** How a holder loses its processor; how a waiter gives its own away, to be completed. */
export const spinLock: WorkedIs = {
  worked: {
    line: 'spin-lock',
    title: 'A virtual processor loses its processor: every step, and what it is for',
    from: { on: 'sched.wake', who: ROOT },
    rows: 6,
    goals: [
      {
        goal: 'Say that there is work',
        why: 'The root has its own work: disks, networks, timers. It asks for a processor as any partition does.',
        steps: [{ on: 'sched.wake', who: ROOT, says: 'a virtual processor of the root is ready' }],
      },
      {
        goal: 'Take a processor for it',
        why: 'All are busy, so somebody is stopped, in the middle of what it does. The hypervisor cannot know whether that one holds a lock.',
        steps: [
          { on: 'sched.dispatch', who: ROOT, says: 'the processor changes over to the root' },
          { on: 'sched.preempt', says: 'a virtual processor of a guest is stopped where it stands' },
        ],
      },
      {
        goal: 'Do the work',
        why: 'Short. If only the one that was stopped came next.',
        steps: [{ on: 'root.work', says: 'the root’s kernel works' }],
      },
      {
        goal: 'Give the processor to whoever has waited longest',
        why: 'That is fair, and it is somebody else. The one that was stopped stands at the end of the queue, and all who want its lock spin.',
        steps: [
          { on: 'sched.dispatch', says: 'the processor changes over to another virtual processor' },
          { on: 'sched.block', who: ROOT, says: 'the root has nothing more to do' },
        ],
      },
    ],
  },
  faded: {
    line: 'spin-lock?help=hint&time=10',
    title: 'One that waits gives its processor away: complete it',
    from: { on: 'hypercall' },
    rows: 3,
    goals: [
      {
        goal: 'Say that one waits in vain',
        why: 'After so many tries the guest takes it that the holder does not run, and tells the one who could change that.',
        steps: [{ on: 'hypercall', says: 'a hypercall: I have been spinning for long' }],
      },
      {
        goal: 'Let somebody run who can go on',
        why: 'Perhaps it is the holder, perhaps somebody who will make way for it. Either is better than spinning.',
        steps: [
          {
            on: 'sched.dispatch',
            says: 'the processor changes over to another virtual processor of this guest',
          },
          { on: 'sched.spin', says: 'the one that called waits in the queue' },
        ],
      },
    ],
    blanks: [
      {
        kind: 'step',
        goal: 0,
        step: 0,
        question: 'How does the hypervisor hear that somebody spins?',
        because:
          'The guest counts its tries and calls. Processors that notice a pause loop by themselves are the other way.',
        wrong: [
          {
            text: 'it finds out by looking at the lock',
            why: 'The lock is a word in the guest’s memory like any other. The hypervisor does not know it.',
          },
          {
            text: 'each PAUSE is an exit',
            why: 'Only where the processor watches for pause loops, and then not each of them.',
          },
        ],
      },
      {
        kind: 'step',
        goal: 1,
        step: 0,
        question: 'And what does it do with that?',
        because:
          'One that waited for a processor gets this one. The guest is given a chance that its holder runs.',
        wrong: [
          {
            text: 'the hypervisor gives the lock to the caller',
            why: 'It cannot: the lock is held, in the middle of a change, by somebody who does not run.',
          },
          { text: 'the caller gets a longer slice of time', why: 'It would only spin longer.' },
        ],
      },
      {
        kind: 'number',
        goal: 1,
        question: 'How many exits does giving way cost the caller, this once?',
        unit: 'exits',
        answer: (life) => life.goals[0].rows,
        because: 'The call. The change of processors is work, not an exit of the guest.',
        mistakes: [
          { is: (life) => life.rows, why: 'Those are all steps; the hypervisor’s own are no exits.' },
          {
            is: (_, run) => Number(run.params.tries),
            why: 'Those are the tries before the call. Spinning costs time, not exits.',
          },
        ],
      },
    ],
  },
};
