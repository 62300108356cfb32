/**
 * The reference TSC page: with it a guest computes the partition's reference time from RDTSC, without an exit.
 * Source: TLFS, "Timers": time = ((tsc * scale) >> 64) + offset, valid while the sequence is neither 0 nor changing.
 */
import { HV_CLOCK_HZ } from '../wire/synic-constants.ts';
import { PAGE_SIZE } from './memory.ts';

/** The page for a TSC of `hz`. Not valid: sequence 0, which sends the guest to the reference counter. */
export function referenceTscPage(hz: number, valid: boolean): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE);
  const view = new DataView(page.buffer);
  view.setUint32(0, valid ? 1 : 0, true);
  view.setBigUint64(8, ((BigInt(HV_CLOCK_HZ) << 64n) + BigInt(hz) - 1n) / BigInt(hz), true);
  view.setBigInt64(16, 0n, true);
  return page;
}
