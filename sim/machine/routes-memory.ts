/**
 * The routes of memory management. Those of shadow tables never leave the hypervisor; with second-level translation only an address
 * behind which there is nothing is left, and devices in memory, which take the routes of devices.
 */
import type { Route } from './route.ts';
import { inHypervisor } from './route.ts';

export const MEMORY_ROUTES = {
  'shadow-fill': inHypervisor(
    'shadow-fill',
    'First touch of a page under shadow tables',
    'Load or store: the shadow tables have no entry, #PF',
    'Walk the guest’s tables, write the shadow entry',
    'shadow.work',
  ),
  'shadow-reflect': inHypervisor(
    'shadow-reflect',
    'A page fault that is the guest’s own',
    'Load or store: #PF',
    'Walk the guest’s tables, find the fault, hand it on',
    'shadow.work',
  ),
  'shadow-write': inHypervisor(
    'shadow-write',
    'Store to a page table that is shadowed',
    'Store: the page is write-protected, #PF',
    'Emulate the store, drop what hung on the entry',
    'shadow.work',
  ),
  'shadow-invlpg': inHypervisor(
    'shadow-invlpg',
    'INVLPG under shadow tables',
    'INVLPG',
    'Decode, drop the shadow entry',
    'shadow.work',
  ),
  'shadow-cr': inHypervisor(
    'shadow-cr',
    'MOV to CR3 or CR4 under shadow tables',
    'MOV CR3 or CR4',
    'Take another shadow root',
    'hv.light',
  ),
  'slat-violation': inHypervisor(
    'slat-violation',
    'A page table where there is no memory',
    'Load or store: the walk leaves memory',
    'Find nothing at the address',
    'hv.light',
  ),
} satisfies Readonly<Record<string, Route>>;
