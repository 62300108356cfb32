/** The parameters of `clock-read`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

/** In the order of the declaration: clock, rate, reader, place, move, rule, length, era. */
export const clockParams = {
  source: choice(
    {
      pit: 'timer/counter (PIT)',
      'pm-timer': 'ACPI timer',
      rtc: 'real-time clock',
      'reference-counter': 'reference counter',
      'tsc-page': 'reference TSC page',
    },
    'pm-timer',
    {
      label: 'Clock',
      why: 'Where the time comes from decides how often the guest stops to read it.',
    },
  ),
  rate: count({
    label: 'Readings a second',
    why: 'An idle system reads its clock a thousand times a second, a profiler a hundred thousand times.',
    unit: '/s',
    min: 10,
    max: 200_000,
    step: 10,
    scale: 'log2',
    default: 100_000,
  }),
  reader: choice({ kernel: 'the kernel', user: 'a program' }, 'kernel', {
    label: 'Read by',
    why: 'A program that cannot read the clock itself pays a system call on top.',
  }),
  placement: choice(
    { worker: 'worker process', 'root-kernel': 'root’s kernel', hypervisor: 'hypervisor' },
    'worker',
    {
      label: 'Device model in',
      why: 'The same register of the same device, reached by seven transitions, five or two.',
    },
  ),
  move: flag(false, {
    label: 'Move to another host',
    why: 'Half way the machine goes on, on a host whose TSC has five sixths of the rate.',
  }),
  rule: choice({ correct: 'the protocol’s rules', 'no-sequence': 'never look at the sequence' }, 'correct', {
    label: 'Rules',
    why: 'A reader that takes scale and offset once saves a load, until the machine is moved.',
  }),
  duration: count({
    label: 'For',
    why: 'Long enough for a slow clock to tick.',
    unit: 'ms',
    min: 1,
    max: 1000,
    step: 1,
    scale: 'log2',
    default: 5,
  }),
  era: choice(ERA_OPTIONS, '2020', {
    label: 'Hardware',
    why: 'What an exit costs; and the host of 2008 offers no page.',
  }),
};
