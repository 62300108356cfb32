import type { CheckData } from '../../truth/types.ts';

/** The questions of `spin-lock`. */
export const spinLock: readonly CheckData[] = [
  {
    id: 'granted',
    question: 'What does a spin lock take for granted that a virtual machine does not have?',
    options: [
      {
        text: 'That interrupts are off inside the lock.',
        why: 'The guest can turn its interrupts off, and the hypervisor keeps to that. It takes the processor away all the same.',
      },
      {
        text: 'That whoever holds the lock is running.',
        right: true,
        why: 'A slice may end inside the lock. In the first run that happened {spin-lock held} times, and {spin-lock waiting} % of the time went into waiting.',
      },
      {
        text: 'That memory is shared by all processors.',
        why: 'It is: the VPs of one machine see the same memory, whether they run or not.',
      },
    ],
  },
  {
    id: 'helps',
    question:
      'A host has twice as many processors as its machines have VPs. What does the long-spin-wait hypercall save there?',
    options: [
      {
        text: 'Nothing: the holder runs anyway, and the wait is short.',
        right: true,
        why: 'With a machine of eight VPs on sixteen processors it was called {spin-lock?vms=1&processors=16&help=hint hints} times, and as many locks were taken.',
      },
      {
        text: 'The time that waiting VPs burn.',
        why: 'They burn next to none: a lock that is held for a microsecond is free again before the tries are spent.',
      },
      {
        text: 'The switches between machines.',
        why: 'There are none to save: every VP keeps its processor.',
      },
    ],
  },
  {
    id: 'order',
    question: 'Why does a lock that serves in order do worse when VPs must wait for processors?',
    options: [
      {
        text: 'Drawing a ticket costs more than setting a bit.',
        why: 'Both are one locked instruction.',
      },
      {
        text: 'It is held for longer.',
        why: 'It is held as long as the work in it takes, in either case.',
      },
      {
        text: 'It can be free and still not be taken: the next in order may have no processor.',
        right: true,
        why: 'Whoever runs must wait for that one. Three machines took it {spin-lock?vms=3 rate} times a second in order, and {spin-lock?vms=3&lock=tas rate} times without.',
      },
    ],
  },
];
