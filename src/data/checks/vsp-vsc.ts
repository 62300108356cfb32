import type { CheckData } from '../../truth/types.ts';

/** The questions of `vsp-vsc`. */
export const vspVsc: readonly CheckData[] = [
  {
    id: 'empty',
    question:
      'The reader becomes ten times slower, the sender stays as it is. What happens to the number of signals?',
    options: [
      {
        text: 'It grows: a slow reader must be reminded.',
        why: 'A reader that is still at work needs no reminding. It looks at the ring by itself before it sleeps.',
      },
      {
        text: 'It stays or falls.',
        right: true,
        why: 'A slow reader is more often still awake when the next burst comes: {vsp-vsc?drain=20000 signals} signals instead of {vsp-vsc signals} with a reader ten times slower.',
      },
      {
        text: 'It stays the same: the sender decides.',
        why: 'The sender decides by what it sees in the ring, and that depends on the reader.',
      },
    ],
  },
  {
    id: 'recheck',
    question:
      'A reader drains the ring, finds it empty, clears the interrupt mask and goes to sleep. What is missing?',
    options: [
      {
        text: 'It should clear the mask before it drains.',
        why: 'Then every packet during the draining may bring a needless signal. That costs exits, but loses nothing.',
      },
      {
        text: 'It must look at the ring once more after clearing the mask.',
        right: true,
        why: 'A packet that came between its last look and the clearing brought no signal. Nobody else will fetch it.',
      },
      {
        text: 'It must send the sender a signal.',
        why: 'The sender does not wait for anything; it believes that the reader is awake.',
      },
    ],
  },
  {
    id: 'eight',
    question: 'A ring has 16 KiB of data. Why can it never hold 16 384 bytes of packets?',
    options: [
      {
        text: 'Because the control page takes its share.',
        why: 'The control page lies before the data and is not counted.',
      },
      {
        text: 'Because equal indices mean empty.',
        right: true,
        why: 'If the writer filled the last bytes, its index would equal the reader’s, and the full ring would look empty.',
      },
      {
        text: 'Because packets must not cross the end.',
        why: 'They may: a packet that reaches the end goes on at the start.',
      },
    ],
  },
];
