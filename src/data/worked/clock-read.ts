import type { WorkedIs } from './types.ts';

/** Ports of the real-time clock and of the timer/counter. */
const [RTC_INDEX, RTC_DATA, PIT_DATA, PIT_COMMAND] = [0x70, 0x71, 0x40, 0x43] as const;

const rtc = (says: string) =>
  [
    { on: 'io.out', a: RTC_INDEX, just: 1, says: `chooses a register: ${says}` },
    { on: 'io.in', a: RTC_DATA, just: 1, says: 'reads it' },
  ] as const;

/** The date from the real-time clock; a count from the timer/counter, to be completed. */
export const clockRead: WorkedIs = {
  worked: {
    line: 'clock-read?source=rtc&rate=10&duration=100',
    title: 'One reading of the real-time clock: every step, and what it is for',
    goals: [
      {
        goal: 'Make sure that nothing is being updated',
        why: 'The clock changes its registers one after the other. Who reads in between gets a time that never was.',
        steps: rtc('status A, with the bit “update in progress”'),
      },
      {
        goal: 'Read the time of day',
        why: 'There is one port for the index and one for the data, so each register is two accesses, and each access is an exit.',
        steps: [...rtc('seconds'), ...rtc('minutes'), ...rtc('hours')],
      },
      {
        goal: 'Read the date',
        why: 'The same for three more.',
        steps: [...rtc('day'), ...rtc('month'), ...rtc('year')],
      },
      {
        goal: 'Make sure that nothing was updated meanwhile',
        why: 'Many accesses have gone by. If the bit is set now, all of it is read again.',
        steps: rtc('status A again'),
      },
    ],
  },
  faded: {
    line: 'clock-read?source=pit&rate=10&duration=100',
    title: 'One reading of the timer/counter: complete it',
    goals: [
      {
        goal: 'Hold the count still',
        why: 'The counter has sixteen bits and counts all the time; the port has eight. The latch keeps one value until both halves are read.',
        steps: [{ on: 'io.out', a: PIT_COMMAND, says: 'writes the latch command' }],
      },
      {
        goal: 'Fetch the lower half',
        why: 'The first read of the port gives the low byte of what was latched.',
        early: 'Not yet. Without the latch the two halves would be of two different counts.',
        steps: [{ on: 'io.in', a: PIT_DATA, just: 1, says: 'reads the low byte' }],
      },
      {
        goal: 'Fetch the upper half',
        why: 'The second read of the same port gives the high byte, and lets the latch go.',
        early: 'Not yet. The port gives the low byte first.',
        steps: [{ on: 'io.in', a: PIT_DATA, just: 1, says: 'reads the high byte' }],
      },
    ],
    blanks: [
      { kind: 'next', goal: 0, question: 'The counter counts all the time. What comes first?' },
      {
        kind: 'step',
        goal: 2,
        step: 0,
        question: 'How does the driver get at the rest of the count?',
        because:
          'The device remembers which half comes next. That is state, and so an emulator has to keep it too.',
        wrong: [
          {
            text: 'reads another port',
            why: 'Each counter has one port. Its two halves come one after the other.',
          },
          {
            text: 'reads sixteen bits at once',
            why: 'The device is of the time of eight-bit buses; a wider read is two reads.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 2,
        question: 'How many exits does one such reading take?',
        unit: 'exits',
        answer: (_, run) => run.metrics.exitsPerRead,
        because: 'Each access to a port is one. No step of this reading is anything else.',
        mistakes: [
          { is: () => 1, why: 'The ACPI timer takes one: its register is wide enough. This one is not.' },
          { is: () => 2, why: 'The two halves are two; and the latch?' },
          { is: () => 16, why: 'That is the real-time clock: eight registers, two accesses each.' },
        ],
      },
    ],
  },
};
