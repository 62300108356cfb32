/** Costs of reading a clock where no exit happens, and of the system call on the way to one that does. */
import type { CostRow, Era } from './rows.ts';
import { cycles } from './rows.ts';

/** Names of these rows. */
export type ClockCostName = 'clock.tsc-page-user' | 'clock.syscall';

const KUZNETSOV = 'V. Kuznetsov, linux-hyperv list, 21 August 2019, Windows Server 2016 host';
const USER = 'A program reads the clock through the reference TSC page';
const CALL = 'One way of the system call of a program that asks its kernel for the time, clock code included';
const AS_LATER = 'As in the 2020s: no exit, no system call.';

const call = (value: readonly [number, number, number], calibration: string): CostRow =>
  cycles(
    CALL,
    value,
    'assumed',
    'no source read',
    [calibration],
    'Half of a system call of the era and as much again for the code.',
  );

/** Rows of every era. */
export const CLOCK_COSTS: Readonly<Record<Era, Readonly<Record<ClockCostName, CostRow>>>> = {
  '2008': {
    'clock.tsc-page-user': cycles(
      USER,
      [131, 120, 150],
      'assumed',
      KUZNETSOV,
      ['clock-tscpage-user'],
      AS_LATER,
    ),
    'clock.syscall': call([250, 140, 600], 'syscall-2008'),
  },
  '2012': {
    'clock.tsc-page-user': cycles(
      USER,
      [131, 120, 150],
      'assumed',
      KUZNETSOV,
      ['clock-tscpage-user'],
      AS_LATER,
    ),
    'clock.syscall': call([140, 115, 500], 'syscall-2010-nopti'),
  },
  '2020': {
    'clock.tsc-page-user': cycles(USER, [131, 120, 150], 'measured', KUZNETSOV, ['clock-tscpage-user']),
    'clock.syscall': cycles(
      CALL,
      [1152, 950, 1370],
      'derived',
      KUZNETSOV,
      ['clock-msr-user', 'exit-msr-hyperv-ws2016'],
      '(5 664 - 3 361) / 2: what a program pays beyond the exit of its kernel. The ends take the ends of the first and the value of the second.',
    ),
  },
};
