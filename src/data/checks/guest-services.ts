import type { CheckData } from '../../truth/types.ts';

/** The questions of `guest-services`. */
export const guestServices: readonly CheckData[] = [
  {
    id: 'beat',
    question: 'A guest’s heartbeat is steady. What does the host know?',
    options: [
      {
        text: 'That its services answer.',
        why: 'With a daemon that hangs {guest-services?service=kvp&trouble=hung&after=0 beatsAnswered} beats came back, and {guest-services?service=kvp&trouble=hung&after=0 good} questions for keys were answered well.',
      },
      {
        text: 'That its kernel takes interrupts.',
        right: true,
        why: 'The driver adds one in its interrupt handler and sends the buffer back. No program has to run for that.',
      },
      {
        text: 'That its disk can be backed up.',
        why: 'A backup asks a daemon. The beat knows nothing of it.',
      },
    ],
  },
  {
    id: 'thirty',
    question: 'A question for a key comes back as "failed" after thirty seconds. Who gave up?',
    options: [
      {
        text: 'The host.',
        why: 'Then there would be no answer at all. Here one came, with a status.',
      },
      {
        text: 'The guest’s kernel, on its daemon.',
        right: true,
        why: 'The driver waits thirty seconds for the daemon and then answers for it: {guest-services?service=kvp&trouble=hung&after=0 longest} s in the run.',
      },
      {
        text: 'The daemon.',
        why: 'A daemon that answers "no such key" does so at once. This one said nothing.',
      },
    ],
  },
  {
    id: 'thaw',
    question: 'The daemon has frozen the file systems and dies. The host sends its thaw. What happens?',
    options: [
      {
        text: 'The kernel thaws them.',
        why: 'The kernel only passes thaws on. Without a daemon it answers "failed".',
      },
      {
        text: 'They stay frozen.',
        right: true,
        why: 'After {guest-services?service=vss&trouble=gone&after=2 thaws} thaws they are as frozen as before. Somebody inside the guest has to thaw them, or start the daemon again.',
      },
      {
        text: 'They thaw after fifteen minutes.',
        why: 'Fifteen minutes is how long a freeze may take before the kernel calls it failed. Nothing watches over what follows.',
      },
    ],
  },
];
