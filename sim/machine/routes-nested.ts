/**
 * Exits of guests that run guests of their own, and of RDTSC while it is emulated. L0 is our hypervisor, L1 the one in the partition,
 * L2 its guest. The processor knows one level only: every exit of L2 comes to L0, and each entry of L2 by L1 is an exit to L0.
 */
import type { Route, Stage } from './route.ts';
import { ENTRY, EXIT, guest, inHypervisor } from './route.ts';

const REFLECT: Stage = {
  id: 'reflect',
  at: 'hypervisor',
  title: 'Find that the exit is L1’s, write its VMCS, load L1’s state',
  cost: 'nested.switch',
};
const MERGE: Stage = {
  id: 'merge',
  at: 'hypervisor',
  title: 'Merge L1’s VMCS with our own, load L2’s state',
  cost: 'nested.switch',
};

/** Nested guests, and RDTSC. */
export const NESTED_ROUTES = {
  'hypervisor-rdtsc': inHypervisor(
    'hypervisor-rdtsc',
    'RDTSC while it is emulated',
    'RDTSC',
    'Compute the count at the old rate',
    'hv.light',
  ),
  'nested-exit': {
    id: 'nested-exit',
    title: 'An exit of L2 is reflected to L1',
    stages: [guest('L2 exits'), EXIT, REFLECT, ENTRY],
    serviceAfter: 2,
  },
  'nested-entry': {
    id: 'nested-entry',
    title: 'L1 enters L2',
    stages: [guest('VMRESUME by L1'), EXIT, MERGE, ENTRY],
    serviceAfter: 2,
  },
  'nested-vmaccess': inHypervisor(
    'nested-vmaccess',
    'VMREAD or VMWRITE by L1',
    'VMREAD or VMWRITE',
    'Emulate the access to the VMCS',
    'hv.light',
  ),
  'nested-direct': inHypervisor(
    'nested-direct',
    'An exit of L2 that L0 answers itself',
    'L2 exits',
    'Serve it for L1',
    'hv.light',
  ),
} satisfies Readonly<Record<string, Route>>;
