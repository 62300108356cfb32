/** Ways of clocks: a device model inside the hypervisor, and the system call of a program that must ask its kernel for the time. */
import type { Route } from './route.ts';
import { ENTRY, EXIT, guest } from './route.ts';

const inHypervisor: Route = {
  id: 'port-hypervisor',
  title: 'Port access to a device in the hypervisor',
  stages: [
    guest('IN or OUT'),
    EXIT,
    { id: 'device', at: 'hypervisor', title: 'Find the device; its model runs', cost: 'hv.light' },
    ENTRY,
  ],
  serviceAfter: 2,
};

const intoKernel: Route = {
  id: 'clock-syscall',
  title: 'A program asks its kernel for the time',
  stages: [
    { id: 'call', at: 'guest-user', title: 'The program cannot read this clock' },
    {
      id: 'kernel',
      at: 'guest-kernel',
      title: 'System call: the kernel’s clock code',
      cost: 'clock.syscall',
    },
  ],
  serviceAfter: 1,
};

const backToProgram: Route = {
  id: 'clock-sysret',
  title: 'The kernel returns to the program',
  stages: [
    { id: 'return', at: 'guest-kernel', title: 'The kernel has the time' },
    { id: 'program', at: 'guest-user', title: 'Return: the program goes on', cost: 'clock.syscall' },
  ],
  serviceAfter: 1,
};

/** By name. */
export const CLOCK_ROUTES = {
  'port-hypervisor': inHypervisor,
  'clock-syscall': intoKernel,
  'clock-sysret': backToProgram,
} satisfies Readonly<Record<string, Route>>;
