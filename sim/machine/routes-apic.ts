/** Routes of accesses to the local APIC where processors help, and of x2APIC mode. */
import type { Route } from './route.ts';
import { guest, inHypervisor } from './route.ts';

/** The processor answers by itself: no crossing. */
const served: Route = {
  id: 'apic-hardware',
  title: 'APIC access that the processor serves',
  stages: [
    guest('Access to the APIC'),
    {
      id: 'serve',
      at: 'hardware',
      title: 'The processor uses its virtual APIC page',
      cost: 'apic.virtual',
    },
    { id: 'on', at: 'guest-kernel', title: 'The guest goes on' },
  ],
  serviceAfter: 1,
};

/** Exits and other ways of the local APIC, by name. */
export const APIC_ROUTES = {
  'apic-hardware': served,
  'hypervisor-x2apic': inHypervisor(
    'hypervisor-x2apic',
    'x2APIC register',
    'RDMSR or WRMSR 800h to 8FFh',
    'Serve the register',
    'hv.light',
  ),
  'hypervisor-tpr-threshold': inHypervisor(
    'hypervisor-tpr-threshold',
    'TPR below threshold',
    'Task priority falls below what waits',
    'Find the interrupt that may be taken now',
    'hv.light',
  ),
  'hypervisor-eoi-level': inHypervisor(
    'hypervisor-eoi-level',
    'EOI of a level-triggered interrupt',
    'EOI',
    'Tell the I/O APIC',
    'hv.light',
  ),
  'hypervisor-apic-write': inHypervisor(
    'hypervisor-apic-write',
    'APIC page, store already decoded',
    'MOV to the APIC page',
    'Do what the store means',
    'hv.light',
  ),
} satisfies Readonly<Record<string, Route>>;
