/** The snippets by concept, in reading order; those of the library itself at the end. */
import { bootIdeFilter } from './boot-ide-filter.ts';
import { clockRead } from './clock-read.ts';
import { generations } from './generations.ts';
import { guestServices } from './guest-services.ts';
import { integrationComponents } from './integration-components.ts';
import { interruptEnd } from './interrupt-end.ts';
import { ipi } from './ipi.ts';
import { library } from './library.ts';
import { ringTransitions } from './ring-transitions.ts';
import { spinLock } from './spin-lock.ts';
import { timeSync } from './time-sync.ts';
import { timersAndIdle } from './timers-and-idle.ts';
import { tlbFlush } from './tlb-flush.ts';
import { twoRoads } from './two-roads.ts';
import type { SnippetIs } from './types.ts';
import { vspVsc } from './vsp-vsc.ts';
import { whoIsEnlightened } from './who-is-enlightened.ts';

export const SNIPPETS: Readonly<Record<string, readonly SnippetIs[]>> = {
  'two-roads': twoRoads,
  'ring-transitions': ringTransitions,
  'vsp-vsc': vspVsc,
  'tlb-flush': tlbFlush,
  'clock-read': clockRead,
  'spin-lock': spinLock,
  'interrupt-end': interruptEnd,
  ipi: ipi,
  'timers-and-idle': timersAndIdle,
  'who-is-enlightened': whoIsEnlightened,
  'time-sync': timeSync,
  'guest-services': guestServices,
  'boot-ide-filter': bootIdeFilter,
  generations: generations,
  'integration-components': integrationComponents,
  library: library,
};
