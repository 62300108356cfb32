/**
 * The hypercall page: code that the hypervisor lays over a page of the guest's choice. The guest calls its first byte; which
 * instruction stands there is no business of the guest's.
 */
import type { Vendor } from './cpuid.ts';
import { PAGE_SIZE } from './memory.ts';

/** VMCALL or VMMCALL, then a near return. */
const CODE: Readonly<Record<Vendor, readonly number[]>> = {
  intel: [0x0f, 0x01, 0xc1, 0xc3],
  amd: [0x0f, 0x01, 0xd9, 0xc3],
};

/** The page's bytes. An emulator that traps something else than VMCALL passes its own `code`. */
export function hypercallPage(vendor: Vendor, code: Uint8Array = Uint8Array.from(CODE[vendor])): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE);
  page.set(code);
  return page;
}
