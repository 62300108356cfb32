/**
 * RDTSC. It does not exit on Hyper-V, but for a guest that has been moved and wants its old rate until it knows the new one.
 * Source: TLFS "Nested Virtualization", "TSC Emulation".
 */
import { traceKind } from '../core/trace.ts';
import type { Partition } from './partition.ts';
import type { Vp } from './vp.ts';

/** An RDTSC that exits: only while the TSC is emulated. */
export const RDTSC = traceKind('tsc.read', ['', 'count'], 'the guest reads the TSC, which is emulated');

/** The TSC as a guest reads it on `vp`. */
export function readTsc(partition: Partition, vp: Vp): number {
  const { reenlightenment } = partition.msrs;
  if (!reenlightenment.emulating) return reenlightenment.tscAt(vp.now);
  const kind = partition.trace.kind(RDTSC);
  return partition.exitBy(vp, 'hypervisor-rdtsc', kind, 0, () => reenlightenment.tscAt(vp.now)) ?? 0;
}
