/** The ways of a guest that has nothing to do, but HLT. */
import type { Route } from './route.ts';
import { inHypervisor } from './route.ts';

/** Reading GUEST_IDLE: an exit like any other read of an MSR, and then the VP stands still. */
export const IDLE_STATE_ROUTES = {
  'hypervisor-idle': inHypervisor(
    'hypervisor-idle',
    'Idle state',
    'RDMSR of GUEST_IDLE',
    'Put the VP aside until an interrupt is pending',
    'hv.msr',
  ),
} satisfies Readonly<Record<string, Route>>;
