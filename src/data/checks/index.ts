/**
 * Three questions a page, each bound to one of its objectives. Every option says why. `{line metric}` becomes the number of that run
 * when the page is built, so an answer cannot go stale.
 */
import type { CheckData } from '../../truth/types.ts';
import { bootIdeFilter } from './boot-ide-filter.ts';
import { clockRead } from './clock-read.ts';
import { generations } from './generations.ts';
import { guestServices } from './guest-services.ts';
import { integrationComponents } from './integration-components.ts';
import { interruptEnd } from './interrupt-end.ts';
import { ipi } from './ipi.ts';
import { ringTransitions } from './ring-transitions.ts';
import { spinLock } from './spin-lock.ts';
import { timeSync } from './time-sync.ts';
import { timersAndIdle } from './timers-and-idle.ts';
import { tlbFlush } from './tlb-flush.ts';
import { twoRoads } from './two-roads.ts';
import { vspVsc } from './vsp-vsc.ts';
import { whoIsEnlightened } from './who-is-enlightened.ts';

/** By experiment. */
export const CHECKS: Readonly<Record<string, readonly CheckData[]>> = {
  'two-roads': twoRoads,
  'ring-transitions': ringTransitions,
  'vsp-vsc': vspVsc,
  'clock-read': clockRead,
  'interrupt-end': interruptEnd,
  'tlb-flush': tlbFlush,
  'spin-lock': spinLock,
  ipi,
  'timers-and-idle': timersAndIdle,
  'who-is-enlightened': whoIsEnlightened,
  'integration-components': integrationComponents,
  'time-sync': timeSync,
  'guest-services': guestServices,
  'boot-ide-filter': bootIdeFilter,
  generations,
};
