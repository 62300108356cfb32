/** Boots a guest with integration services, lets the host ask one of them, and something go wrong. */

import type { FileCopyGuest } from '../guest/drivers/hv-fcopy.ts';
import { HEARTBEAT_DEFAULTS } from '../host/vsp/heartbeat.ts';
import type { KvpResult } from '../host/vsp/kvp.ts';
import type { BackupStep } from '../host/vsp/vss.ts';
import type { Findings, Series } from '../lab/experiment.ts';
import { ServicedMachine } from '../lab/integration.ts';
import type { Lab } from '../lab/lab.ts';
import type { Values } from '../lab/params.ts';
import { PAGE_SIZE } from '../machine/memory.ts';
import { FCOPY_MAX, fcopyOperations, KVP_POOL, vssOperations } from '../wire/ic-codes.ts';
import type { ServicesMetric } from './guest-services-metrics.ts';
import {
  askFile,
  askMemory,
  DIRECTORY,
  FILE_NAME,
  fileMetrics,
  memoryMetrics,
  movedOf,
  OLD_FILE,
  START_MIB,
} from './guest-services-more.ts';
import type { servicesParams } from './guest-services-params.ts';

export type ServicesParams = Values<typeof servicesParams>;

/** Seconds between questions, and from the start until the first. */
const PACE = 2;
const SETTLED = 1;
/** A hang begins this much before the next question. */
const BEFORE = 0.5;
/** Whatever happens, no question is waited for longer; and a run goes on for a while when all is said, so that late answers are seen. */
const HORIZON = 2400;
const AFTERMATH = 10;
const SNAPSHOT = 10;
const FIRST_REPORT = 46;
const MIB = 1024 * 1024;
const KEYS = [
  'OSName',
  'OSVersion',
  'ProcessorArchitecture',
  'FullyQualifiedDomainName',
  'NetworkAddressIPv4',
];

/** What was seen of the service under test. */
export interface Seen {
  done: boolean;
  asked: number;
  good: number;
  failed: number;
  unanswered: number;
  mistaken: number;
  torn: number;
  /** Name and length of each wait. */
  readonly waits: { readonly label: string; readonly seconds: number }[];
  /** What each question about memory moved. */
  readonly moved: { readonly label: string; readonly mib: number }[];
}

/** Runs the experiment. */
export function simulateServices(params: ServicesParams, lab: Lab): Findings<ServicesMetric> {
  const { service, trouble, after, patience } = params;
  const memory = service === 'memory';
  const machine = lab.machine({ era: '2020', ...(memory ? { memory: 2 * START_MIB * MIB } : {}) });
  const seen: Seen = {
    done: false,
    asked: 0,
    good: 0,
    failed: 0,
    unanswered: 0,
    mistaken: 0,
    torn: 0,
    waits: [],
    moved: [],
  };
  const one = new ServicedMachine(machine, {
    heartbeat: { onBeat: (roundTrip) => service === 'heartbeat' && beat(one, seen, roundTrip) },
    ...(service === 'shutdown' ? { shutdown: true } : {}),
    ...(service === 'kvp' ? { kvp: { patience } } : {}),
    ...(service === 'vss' ? { vss: true } : {}),
    ...(service === 'file-copy' ? { fcopy: { patience } } : {}),
    ...(memory ? { memory: { startPages: (START_MIB * MIB) / PAGE_SIZE, patience } } : {}),
  });
  const conduct = {
    seconds: 0.01,
    after,
    late: params.duration,
    ...(trouble === 'none' || trouble === 'frozen' ? {} : { trouble }),
  };
  one.boot({ kvp: conduct, vss: conduct, fcopy: conduct, files: guestFiles(params) });
  // The driver leaves its first reports out; a host that looks at them first waits for so long.
  const lead = memory ? FIRST_REPORT : 0;
  const hangAt = lead + SETTLED + PACE * after - BEFORE;
  one.live(trouble === 'frozen' ? () => one.services.hangAfter(hangAt, params.duration) : undefined);
  one.runFor(lead + SETTLED / 2);
  machine.startMeasuring();
  const started = one.seconds;
  one.runFor(SETTLED / 2);
  const thawing = new FrozenTime(one);
  const before = { ...one.heartbeat?.counts };
  ask(one, params, seen);
  while (!seen.done && one.seconds - started < HORIZON) one.runFor(1);
  one.runFor(AFTERMATH + stillToCome(params, one.seconds - started));
  if (service === 'vss') readSteps(one, seen, one.vss?.report?.steps, vssOperations);
  if (service === 'file-copy') readSteps(one, seen, one.fcopy?.report?.steps, fcopyOperations);
  const beats = one.heartbeat?.counts;
  return {
    metrics: {
      asked: seen.asked,
      good: seen.good,
      failed: seen.failed,
      unanswered: seen.unanswered,
      late: lateOf(one.memory ?? one.fcopy ?? one.kvp ?? one.vss ?? one.shutdown ?? one.heartbeat),
      mistaken: seen.mistaken,
      longest: rounded(Math.max(0, ...seen.waits.map((wait) => wait.seconds))),
      beats: (beats?.sent ?? 0) - (before.sent ?? 0),
      beatsAnswered: (beats?.answered ?? 0) - (before.answered ?? 0),
      contactLost: one.heartbeat?.lost ?? 0,
      contact: one.heartbeat?.contact === 'ok' ? 1 : 0,
      ...powerOf(one),
      snapshots: one.vss?.report?.snapshots ?? 0,
      torn: seen.torn,
      thaws: one.vss?.report?.thawsSent ?? 0,
      frozenSeconds: rounded(thawing.total()),
      frozenAtEnd: one.services.vss?.fileSystems.frozen ? 1 : 0,
      ...fileMetrics(one, params),
      ...memoryMetrics(one),
      exits: machine.measured().hypervisorExits,
      interrupts: machine.measured().tallies.interrupts,
      time: rounded(one.seconds - started),
    },
    series: memory ? [movedOf(seen), waitsOf(seen)] : [waitsOf(seen)],
    ...(service === 'vss' && params.thaw === 'never' ? { wrongRule: 'the host forgets the thaw' } : {}),
  };
}

/** Answers to any question given up: to the last one, and to those before. */
const lateOf = (
  service: { readonly counts: { readonly late: number; readonly stray: number } } | undefined,
): number => (service ? service.counts.late + service.counts.stray : 0);

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/** Seconds until the last late reply has come, or the kernel goes on. */
function stillToCome({ trouble, duration, after }: ServicesParams, now: number): number {
  if (trouble === 'late') return duration;
  return trouble === 'frozen' ? Math.max(0, SETTLED + PACE * after + duration - now) : 0;
}

/** How long the file systems were frozen. */
class FrozenTime {
  private sum = 0;
  private since: number | undefined;
  private readonly one: ServicedMachine;

  constructor(one: ServicedMachine) {
    this.one = one;
    const systems = one.services.vss?.fileSystems;
    if (!systems) return;
    systems.onChange = (frozen) => {
      if (frozen) this.since = one.seconds;
      else this.stop();
    };
  }

  private stop(): void {
    if (this.since !== undefined) this.sum += this.one.seconds - this.since;
    this.since = undefined;
  }

  /** Until now. */
  total(): number {
    return this.sum + (this.since === undefined ? 0 : this.one.seconds - this.since);
  }
}

/** Begins with the questions of one service; `done` is set when they have ended. */
function ask(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  if (params.service === 'kvp') askKeys(one, params, seen);
  else if (params.service === 'shutdown') askShutdown(one, params, seen);
  else if (params.service === 'vss') askBackup(one, params, seen);
  else if (params.service === 'file-copy') askFile(one, params, seen);
  else if (params.service === 'memory') askMemory(one, params, seen);
  else {
    one.runFor(PACE * params.requests);
    seen.done = true;
  }
}

/** A beat has ended, one way or the other. Those before the run began count too: there is one. */
function beat(one: ServicedMachine, seen: Seen, roundTrip: number | undefined): void {
  seen.asked++;
  if (roundTrip === undefined) seen.unanswered++;
  else seen.good++;
  const waited = roundTrip === undefined ? HEARTBEAT_DEFAULTS.period : roundTrip / one.machine.costs.hz;
  seen.waits.push({ label: 'beat', seconds: waited });
}

function askKeys(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  for (let i = 0; i < params.requests; i++) {
    const key = KEYS[i % KEYS.length];
    one.kvp?.exchange({ operation: 'get', pool: KVP_POOL.AUTO, key }, (result) => {
      hear(one, params, seen, key, result);
      seen.done = seen.asked === params.requests;
    });
    one.runFor(PACE);
  }
}

function hear(
  one: ServicedMachine,
  { patience }: ServicesParams,
  seen: Seen,
  key: string,
  result: KvpResult,
): void {
  seen.asked++;
  const answered = result.kind === 'done' || result.kind === 'failed';
  const { hz } = one.machine.costs;
  seen.waits.push({ label: key, seconds: answered ? (one.kvp?.lastRoundTrip ?? 0) / hz : patience });
  if (result.kind === 'done') {
    seen.good++;
    const expected = one.services.kvp?.pools.value(KVP_POOL.AUTO, key);
    if (!('text' in result.value) || result.value.text !== expected) seen.mistaken++;
  } else if (result.kind === 'failed') seen.failed++;
  else seen.unanswered++;
}

function askShutdown(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  const { shutdown } = one;
  if (shutdown?.request({ timeoutSeconds: params.patience }) !== 'sent') return;
  while (shutdown.endedAt < 0) one.runFor(1);
  const { hz } = one.machine.costs;
  const { askedAt, answeredAt, endedAt } = shutdown;
  const answered = answeredAt >= 0;
  seen.asked = 1;
  seen.good = answered ? 1 : 0;
  seen.unanswered = 1 - seen.good;
  seen.waits.push({ label: 'answer', seconds: ((answered ? answeredAt : endedAt) - askedAt) / hz });
  if (answered) seen.waits.push({ label: 'until it is off', seconds: (endedAt - answeredAt) / hz });
  seen.done = true;
}

function askBackup(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  const started = one.vss?.backUp(
    {
      snapshotSeconds: SNAPSHOT,
      forgetThaw: params.thaw === 'never',
      onSnapshot: () => {
        if (!one.services.vss?.fileSystems.frozen) seen.torn++;
      },
    },
    () => {
      seen.done = true;
    },
  );
  // A service that never became ready has nothing to tell.
  if (!started) seen.done = true;
}

/** Every question of a service that asks several in a row. */
function readSteps(
  one: ServicedMachine,
  seen: Seen,
  steps: readonly BackupStep[] = [],
  names: { nameOf(operation: number): string },
): void {
  for (const { operation, end, cycles } of steps) {
    seen.asked++;
    if (end === 'answer') seen.good++;
    else if (end === 'failed') seen.failed++;
    else seen.unanswered++;
    const label = names.nameOf(operation).toLowerCase().replace('_', ' ');
    seen.waits.push({ label, seconds: cycles / one.machine.costs.hz });
  }
}

/** What the guest's disk is like before a file comes. */
function guestFiles({ place, requests }: ServicesParams): FileCopyGuest {
  return {
    ...(place === 'full' ? { capacity: Math.floor((requests * FCOPY_MAX.PIECE) / 2) } : {}),
    files: place === 'taken' || place === 'replace' ? { [`${DIRECTORY}${FILE_NAME}`]: OLD_FILE } : {},
  };
}

function powerOf({
  shutdown,
}: ServicedMachine): Pick<Record<ServicesMetric, number>, 'answeredFirst' | 'off' | 'turnedOff'> {
  const off = shutdown?.outcome === 'off';
  return {
    answeredFirst: off && shutdown.answeredAt >= 0 && shutdown.answeredAt < shutdown.endedAt ? 1 : 0,
    off: off ? 1 : 0,
    turnedOff: shutdown?.outcome === 'turned-off' || shutdown?.outcome === 'unanswered' ? 1 : 0,
  };
}

function waitsOf({ waits }: Seen): Series {
  return {
    id: 'waits',
    title: 'How long the host waited for each answer',
    unit: 's',
    labels: waits.map(({ label }, i) => `${i + 1} ${label}`),
    values: waits.map((wait) => rounded(wait.seconds)),
  };
}
