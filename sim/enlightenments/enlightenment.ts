/**
 * What an enlightenment is: a thing that a guest does otherwise because it knows that it runs on Hyper-V.
 *
 * Each file of this folder is one contract: how a guest finds out (bits of CPUID), what it then uses (a hypercall, an MSR, a shared
 * page), what it did before, and programs for a simulated processor that do it either way. The hypervisor's half is in `machine/`: what
 * a guest calls must answer whether or not somebody studies it.
 */
import type { Era } from '../machine/costs.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import type { Features } from '../machine/features.ts';

/** Where a guest learns of it: one bit, or a whole register, of a leaf of CPUID. */
export interface Discovery {
  /** Leaf, for example 0x40000003. */
  readonly leaf: number;
  readonly register: 'eax' | 'ebx' | 'ecx' | 'edx';
  /** Bit number; absent when the whole register is a number. */
  readonly bit?: number;
  /** `privilege`: the partition may. `feature`: the hypervisor can. `hint`: the guest should. `value`: a number. */
  readonly kind: 'privilege' | 'feature' | 'hint' | 'value';
  /** The field's name: TLFS, or the macro of Linux. */
  readonly name: string;
}

/** By what means guest and hypervisor meet. `cpuid`: the bit itself is all there is. */
export type Mechanism = 'cpuid' | 'hypercall' | 'msr' | 'shared-page' | 'guest-only';

/** The contract of one enlightenment, as data. */
export interface Enlightenment {
  /** Name in lines, profiles and pages: `remote-tlb-flush`. */
  readonly id: EnlightenmentId;
  /** Its row in the table of enlightenments, 1 to 24: the order on the site. */
  readonly row: number;
  readonly title: string;
  /** What it is in one sentence, for a reader who has not met it. */
  readonly what: string;
  readonly discovery: readonly Discovery[];
  readonly mechanisms: readonly Mechanism[];
  /** Synthetic MSRs that belong to it. */
  readonly msrs: readonly number[];
  /** Call codes that belong to it. */
  readonly hypercalls: readonly number[];
  /** What a guest does that does not use it. */
  readonly without: string;
  /** Exits of the guest's processor, as a formula in words: without it, with it. */
  readonly exits: readonly [without: string, with_: string];
  /** When it buys nothing, or does harm. */
  readonly caution: string;
  /** First era of this library whose host offers it. */
  readonly since: Era;
  /** Whether a partition with these features is offered it. */
  readonly offered: (features: Features) => boolean;
  /** `functional`: the simulator does it, bytes and all. `counts`: modelled at the level of exit counts only. */
  readonly depth: 'functional' | 'counts';
  /** Specification sections and repository paths. */
  readonly sources: readonly string[];
}

/** Declares an enlightenment: checks the types, changes nothing. */
export const defineEnlightenment = <const E extends Enlightenment>(declared: E): E => declared;
