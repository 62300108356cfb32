/**
 * Where guests look: bits of CPUID by the names of `wire/cpuid.ts`. A contract lists them; the bit's number is worked out from the mask.
 */
import { HV_ACCESS, HV_FEATURE, HV_HINT, HV_NESTED, HV_PRIVILEGE, HYPERV_CPUID } from '../wire/cpuid.ts';
import type { Discovery } from './enlightenment.ts';

type Where = Pick<Discovery, 'leaf' | 'register' | 'kind'>;

const ACCESS: Where = { leaf: HYPERV_CPUID.FEATURES, register: 'eax', kind: 'privilege' };
const PRIVILEGE: Where = { leaf: HYPERV_CPUID.FEATURES, register: 'ebx', kind: 'privilege' };
const FEATURE: Where = { leaf: HYPERV_CPUID.FEATURES, register: 'edx', kind: 'feature' };
const HINT: Where = { leaf: HYPERV_CPUID.ENLIGHTMENT_INFO, register: 'eax', kind: 'hint' };
const NESTED: Where = { leaf: HYPERV_CPUID.NESTED_FEATURES, register: 'eax', kind: 'feature' };

const bitOf = (where: Where, mask: number, name: string): Discovery => ({
  ...where,
  bit: 31 - Math.clz32(mask),
  name,
});

/** A register that the partition may use: leaf 40000003 EAX. */
export const access = (key: keyof typeof HV_ACCESS, name: string): Discovery =>
  bitOf(ACCESS, HV_ACCESS[key], name);

/** A hypercall that the partition may make: leaf 40000003 EBX. */
export const privilege = (key: keyof typeof HV_PRIVILEGE, name: string): Discovery =>
  bitOf(PRIVILEGE, HV_PRIVILEGE[key], name);

/** Something that the hypervisor can do: leaf 40000003 EDX. */
export const feature = (key: keyof typeof HV_FEATURE, name: string): Discovery =>
  bitOf(FEATURE, HV_FEATURE[key], name);

/** Something that the guest should do: leaf 40000004 EAX. */
export const hint = (key: keyof typeof HV_HINT, name: string): Discovery => bitOf(HINT, HV_HINT[key], name);

/** Something that a hypervisor in the partition may use: leaf 4000000A EAX. */
export const nested = (key: keyof typeof HV_NESTED, name: string): Discovery =>
  bitOf(NESTED, HV_NESTED[key], name);

/** How often to try a lock before saying so: leaf 40000004 EBX. */
export const SPIN_RETRIES: Discovery = {
  leaf: HYPERV_CPUID.ENLIGHTMENT_INFO,
  register: 'ebx',
  kind: 'value',
  name: 'SpinlockRetries',
};
