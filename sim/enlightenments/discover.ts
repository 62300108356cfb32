/**
 * How a guest finds out what it is offered: the steps of TLFS, "Feature and Interface Discovery", as a program for a simulated processor.
 *
 *     const found = yield* discover(cpu, ENLIGHTENMENTS);
 *     if (found.should('cluster-ipi')) ...
 *
 * Two tests, and a guest must make both: it may not use what it lacks the privilege for, and what it may use is not always wise.
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import type { CpuidResult } from '../machine/seam.ts';
import { HV_INTERFACE_SIGNATURE, HYPERV_CPUID, HYPERVISOR_PRESENT_BIT } from '../wire/cpuid.ts';
import type { Discovery, Enlightenment } from './enlightenment.ts';

/** "Never": a number of retries that is no number. */
const NEVER = 0xffff_ffff;
/** The lowest value of leaf 40000000 EAX that the interface promises. */
const LEAST_LEAF = HYPERV_CPUID.IMPLEMENT_LIMITS;

/** What a guest has found. */
export interface Found {
  /** True when the interface is the one of TLFS. */
  readonly hyperv: boolean;
  /** Highest leaf; 0 without the interface. */
  readonly highestLeaf: number;
  /** Leaves as read. Each read was an exit. */
  readonly leaves: ReadonlyMap<number, CpuidResult>;
  /** Whether the guest may use it: every privilege and feature bit is set. */
  may(id: EnlightenmentId): boolean;
  /** Whether it may and should: every hint is set as well. */
  should(id: EnlightenmentId): boolean;
}

/** Asks the processor. A program for an enlightened guest; an unmodified one never runs it. */
export function* discover(cpu: Cpu, enlightenments: readonly Enlightenment[]): Program<Found> {
  const leaves = new Map<number, CpuidResult>();
  const highestLeaf = yield* highest(cpu);
  const wanted = new Set(enlightenments.flatMap((one) => one.discovery.map(({ leaf }) => leaf)));
  for (const leaf of [...wanted].sort((a, b) => a - b)) {
    if (leaf <= highestLeaf) leaves.set(leaf, yield* cpu.cpuid(leaf));
  }
  const byId = new Map(enlightenments.map((one) => [one.id as string, one]));
  const holds = (id: string, which: (one: Enlightenment) => boolean): boolean => {
    const one = byId.get(id);
    return one !== undefined && which(one);
  };
  return {
    hyperv: highestLeaf > 0,
    highestLeaf,
    leaves,
    may: (id) => holds(id, (one) => mayUse(one, leaves)),
    should: (id) => holds(id, (one) => shouldUse(one, leaves)),
  };
}

/** Highest leaf of a hypervisor that speaks TLFS; 0 for bare metal, for another interface, and for one that promises too little. */
function* highest(cpu: Cpu): Program<number> {
  const { ecx } = yield* cpu.cpuid(1);
  if ((ecx & HYPERVISOR_PRESENT_BIT) === 0) return 0;
  const { eax: max } = yield* cpu.cpuid(HYPERV_CPUID.VENDOR_AND_MAX_FUNCTIONS);
  if (max < LEAST_LEAF) return 0;
  const { eax: signature } = yield* cpu.cpuid(HYPERV_CPUID.INTERFACE);
  return signature === HV_INTERFACE_SIGNATURE ? max : 0;
}

/** Whether the leaves allow it: all privileges and features; a hint alone stands for both. Nothing to discover: a guest may anyway. */
export function mayUse(one: Enlightenment, leaves: ReadonlyMap<number, CpuidResult>): boolean {
  const needed = one.discovery.filter(({ kind }) => kind !== 'hint');
  return (needed.length > 0 ? needed : one.discovery).every((bit) => isSet(bit, leaves));
}

/** Whether the leaves allow and recommend it. */
export function shouldUse(one: Enlightenment, leaves: ReadonlyMap<number, CpuidResult>): boolean {
  return one.discovery.every((bit) => isSet(bit, leaves));
}

/** A bit is set, or a number is one that can be used. */
function isSet({ leaf, register, bit }: Discovery, leaves: ReadonlyMap<number, CpuidResult>): boolean {
  const value = leaves.get(leaf)?.[register] ?? 0;
  if (bit === undefined) return value !== 0 && value !== NEVER;
  return ((value >>> bit) & 1) !== 0;
}
