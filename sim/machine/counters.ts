/**
 * What happened, in numbers. Passages are counted by route; the five kinds of switch and the ring transitions are worked out from
 * them when somebody reads, because a passage of a route always crosses the same rings.
 */

import type { RouteId, SwitchKind } from './routes.ts';
import {
  DEVICE_ROUTES,
  HYPERVISOR_ROUTES,
  ROUTE,
  ROUTE_IDS,
  ringTransitions,
  SWITCH_KINDS,
  switchCounts,
  WORK_ROUTES,
} from './routes.ts';
import type { Structure } from './structures.ts';

/**
 * Where a processor copied bytes. `pio`: between a device's buffer and guest memory, by port instructions. `dma`: the same, by the
 * device model itself. `send-buffer`, `receive-buffer`: shared buffers of the network. `image`: between device model and image file.
 */
export type CopyHop = 'pio' | 'dma' | 'send-buffer' | 'receive-buffer' | 'image';

/** All hops, in the order of a table. */
export const COPY_HOPS: readonly CopyHop[] = ['pio', 'dma', 'send-buffer', 'receive-buffer', 'image'];

/** Events that are no passage of a route of their own. */
export type Tally = 'interrupts' | 'signals' | 'messages' | 'eois' | 'halts' | 'timers' | 'faults' | 'posted';

/** `posted`: interrupts taken without an exit, of `interrupts`. `signals`: SIGNAL_EVENT by the guest. `messages`: POST_MESSAGE by the guest. `interrupts`: vectors the guest took. */
export const TALLIES: readonly Tally[] = [
  'interrupts',
  'signals',
  'messages',
  'eois',
  'halts',
  'timers',
  'faults',
  'posted',
];

const TALLY = Object.fromEntries(TALLIES.map((tally, index) => [tally, index])) as Readonly<
  Record<Tally, number>
>;

/** Counters at one moment, as plain data. */
export interface CounterSnapshot {
  readonly routes: Readonly<Record<RouteId, number>>;
  readonly tallies: Readonly<Record<Tally, number>>;
  readonly bytesCopied: Readonly<Record<CopyHop, number>>;
  readonly switches: Readonly<Record<SwitchKind, number>>;
  /** Exits that a device in the root answered. */
  readonly deviceIntercepts: number;
  /** Exits that the hypervisor answered by itself. */
  readonly hypervisorExits: number;
  /** Crossings between rings and between guest and hypervisor. */
  readonly ringTransitions: number;
}

export class Counters {
  /** Passages by route number. Hot paths add to it directly. */
  readonly passages: Float64Array = new Float64Array(ROUTE_IDS.length);
  private readonly tallies = new Float64Array(TALLIES.length);
  private readonly copied = new Float64Array(COPY_HOPS.length);
  private readonly structure: Structure;

  constructor(structure: Structure) {
    this.structure = structure;
  }

  /** Counts one passage, or several, of a route. */
  pass(route: RouteId, times = 1): void {
    this.passages[ROUTE[route]] += times;
  }

  tally(what: Tally, times = 1): void {
    this.tallies[TALLY[what]] += times;
  }

  copy(hop: CopyHop, bytes: number): void {
    this.copied[COPY_HOPS.indexOf(hop)] += bytes;
  }

  /** Passages of a route so far. */
  passed(route: RouteId): number {
    return this.passages[ROUTE[route]];
  }

  /** Events of a kind so far. */
  total(what: Tally): number {
    return this.tallies[TALLY[what]];
  }

  bytesCopied(hop?: CopyHop): number {
    if (hop) return this.copied[COPY_HOPS.indexOf(hop)];
    return this.copied.reduce((sum, bytes) => sum + bytes, 0);
  }

  get deviceIntercepts(): number {
    return DEVICE_ROUTES.reduce((sum, route) => sum + this.passed(route), 0);
  }

  get hypervisorExits(): number {
    return HYPERVISOR_ROUTES.reduce((sum, route) => sum + this.passed(route), 0);
  }

  /** All exits of the guest but those of idling (HLT). */
  get exits(): number {
    return this.deviceIntercepts + this.hypervisorExits;
  }

  get ringTransitions(): number {
    return WORK_ROUTES.reduce(
      (sum, id) => sum + this.passed(id) * ringTransitions(this.structure.routes[id]),
      0,
    );
  }

  /** The five kinds of switch, apart; without those of idling. */
  switches(): Record<SwitchKind, number> {
    const totals: Record<SwitchKind, number> = {
      privilege: 0,
      vmTransition: 0,
      partition: 0,
      thread: 0,
      addressSpace: 0,
    };
    for (const id of WORK_ROUTES) {
      const one = switchCounts(this.structure.routes[id]);
      for (const kind of SWITCH_KINDS) totals[kind] += one[kind] * this.passed(id);
    }
    return totals;
  }

  /** Goes on counting where others stopped: those of the same machine on another host. */
  goOnFrom({ passages, tallies, copied }: Counters): void {
    this.passages.set(passages);
    this.tallies.set(tallies);
    this.copied.set(copied);
  }

  snapshot(): CounterSnapshot {
    return {
      routes: record(ROUTE_IDS, (id) => this.passed(id)),
      tallies: record(TALLIES, (tally) => this.total(tally)),
      bytesCopied: record(COPY_HOPS, (hop) => this.bytesCopied(hop)),
      switches: this.switches(),
      deviceIntercepts: this.deviceIntercepts,
      hypervisorExits: this.hypervisorExits,
      ringTransitions: this.ringTransitions,
    };
  }
}

/** What was counted between two snapshots. */
export function countersBetween(from: CounterSnapshot, to: CounterSnapshot): CounterSnapshot {
  return {
    routes: record(ROUTE_IDS, (id) => to.routes[id] - from.routes[id]),
    tallies: record(TALLIES, (tally) => to.tallies[tally] - from.tallies[tally]),
    bytesCopied: record(COPY_HOPS, (hop) => to.bytesCopied[hop] - from.bytesCopied[hop]),
    switches: record(SWITCH_KINDS, (kind) => to.switches[kind] - from.switches[kind]),
    deviceIntercepts: to.deviceIntercepts - from.deviceIntercepts,
    hypervisorExits: to.hypervisorExits - from.hypervisorExits,
    ringTransitions: to.ringTransitions - from.ringTransitions,
  };
}

function record<K extends string>(keys: readonly K[], value: (key: K) => number): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, number>;
}
