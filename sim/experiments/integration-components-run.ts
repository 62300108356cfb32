/** One guest, the same work before and after an installation: builds the machine, starts the guest, works, installs, restarts, works again. */

import { invariant } from '../core/errors.ts';
import type { TreeRow } from '../guest/setup/device.ts';
import type { SetupGuest } from '../guest/setup/guest.ts';
import { inTheBox } from '../guest/setup/guest.ts';
import type { InstallReport } from '../guest/setup/install.ts';
import { install } from '../guest/setup/install.ts';
import { packageById } from '../guest/setup/packages.ts';
import { setupSystem } from '../guest/setup/systems.ts';
import { ComponentsMachine } from '../lab/components.ts';
import type { Findings } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import type { Values } from '../lab/params.ts';
import { KVP_POOL } from '../wire/ic-codes.ts';
import type { ComponentsMetric } from './integration-components-metrics.ts';
import type { componentsParams } from './integration-components-params.ts';
import { bars, installTable, treeTable, versionTable } from './integration-components-report.ts';
import type { Piece, WorkReport } from './integration-components-work.ts';
import { PIECES, WORKLOADS, work } from './integration-components-work.ts';

export type ComponentsParams = Values<typeof componentsParams>;

/** Seconds for services to agree and to be asked. */
const SETTLE = 1;
const ASK = 1.2;

/** What a guest is like at one moment. */
interface Look {
  readonly report: WorkReport;
  readonly tree: readonly TreeRow[];
  readonly vmbus: number;
  readonly answering: number;
}

/** Runs the experiment. */
export function simulateComponents(params: ComponentsParams, lab: Lab): Findings<ComponentsMetric> {
  const system = setupSystem(params.profile);
  invariant(system, 'every guest that can be chosen is described');
  const chosen = packageById(params.package);
  const m = new ComponentsMachine(lab, params.era, params.hypervisor);
  const store = inTheBox(system);
  let guest = m.boot(system, store);
  let start = m.machine.measured().deviceIntercepts;
  const offers = m.machine.vmbus.channels.length;
  const before = look(m, guest, params, 1);
  const owners = [guest.owners];
  const report = chosen ? m.do(install(guest, chosen, params.force)) : undefined;
  const converts = params.rule === 'converts' && report?.refused === undefined && report !== undefined;
  if (converts) {
    m.do(guest.convertIde());
    m.removeIde();
  }
  if (params.reboot) {
    m.machine.startMeasuring();
    guest = m.boot(system, store);
    start = m.machine.measured().deviceIntercepts;
    owners.push(guest.owners);
  }
  const after = look(m, guest, params, 2);
  return {
    metrics: {
      ...workMetrics(before.report, after.report, m.machine.costs.hz),
      ...treeMetrics(before.tree, after.tree),
      ...installMetrics(report),
      startIntercepts: start,
      offers,
      vmbusBefore: readable(before.vmbus),
      vmbus: readable(after.vmbus),
      tried: guest.synthetic.tried.length,
      storage: storageVersion(guest),
      services: after.answering,
      servicesBefore: before.answering,
      framework: frameworkVersion(m),
      running: guest.state === 'running' ? 1 : 0,
      breaches: owners.reduce((sum, { breaches }) => sum + breaches.length, 0),
      intact: before.report.intact && after.report.intact ? 1 : 0,
    },
    series: [
      bars('before', 'Device intercepts before', before.report),
      bars('after', 'Device intercepts after', after.report),
    ],
    tables: [
      treeTable('before', 'Devices before', before.tree),
      treeTable('after', 'Devices after', after.tree),
      versionTable(m, guest),
      installTable(report),
    ],
    ...(converts ? { wrongRule: 'installing turns the emulated disk controller into a synthetic one' } : {}),
  };
}

/** Lets the services settle, asks them, then does the work. What is recorded is the work alone; of a guest that did not start, its start. */
function look(m: ComponentsMachine, guest: SetupGuest, params: ComponentsParams, round: number): Look {
  const runs = guest.state === 'running';
  if (runs) m.idle(SETTLE);
  const answering = runs ? ask(m) : 0;
  if (runs) m.machine.startMeasuring();
  const report = work(m, WORKLOADS[params.workload], params.requests, round);
  return { report, tree: guest.tree(), vmbus: guest.synthetic.vmbus?.connection.version ?? 0, answering };
}

/** Services that answer: the heartbeat beats, a key is told, the time is taken; the other two have agreed on a version. */
function ask(m: ComponentsMachine): number {
  let told = false;
  const { kvp, heartbeat, timesync, shutdown, vss } = m;
  if (kvp.state === 'ready')
    kvp.exchange({ operation: 'get', pool: KVP_POOL.AUTO, key: 'OSName' }, ({ kind }) => {
      told = kind === 'done';
    });
  m.idle(ASK);
  const answers = [
    heartbeat.contact === 'ok',
    timesync.state === 'ready' && timesync.counts.answered > 0,
    told,
    shutdown.state === 'ready',
    vss.state === 'ready',
  ];
  return answers.filter(Boolean).length;
}

/** 13 is 0.13; else the halves of the code as digits before and behind the point. */
const readable = (code: number): number =>
  code === 13 ? 0.13 : Math.round(((code >>> 16) + (code & 0xffff) / 10) * 10) / 10;

/** 0602h is 6.2. */
const storageVersion = ({ synthetic }: SetupGuest): number => {
  const code = synthetic.adapters[0]?.version ?? 0;
  return Math.round(((code >>> 8) + (code & 0xff) / 10) * 10) / 10;
};

const frameworkVersion = (m: ComponentsMachine): number =>
  Math.max(0, ...m.services.map(({ state, framework }) => (state === 'ready' ? framework & 0xffff : 0)));

type Metrics = Record<ComponentsMetric, number>;

function workMetrics(before: WorkReport, after: WorkReport, hz: number) {
  const sum = ({ pieces }: WorkReport, of: 'deviceIntercepts' | 'hypervisorExits' | 'cycles'): number =>
    PIECES.reduce((total, piece) => total + pieces[piece][of], 0);
  const microseconds = (report: WorkReport): number =>
    Math.round(((sum(report, 'cycles') - report.pieces.keys.cycles) / hz) * 1e8) / 100;
  const intercepts = ({ pieces }: WorkReport, piece: Piece): number => pieces[piece].deviceIntercepts;
  return {
    deviceInterceptsBefore: sum(before, 'deviceIntercepts'),
    deviceIntercepts: sum(after, 'deviceIntercepts'),
    hypervisorExitsBefore: sum(before, 'hypervisorExits'),
    hypervisorExits: sum(after, 'hypervisorExits'),
    microsecondsBefore: microseconds(before),
    microseconds: microseconds(after),
    bootDiskBefore: intercepts(before, 'boot disk'),
    bootDisk: intercepts(after, 'boot disk'),
    dataDisk: after.pieces['data disk'].done,
    control: intercepts(after, 'control commands'),
    clock: intercepts(after, 'clock'),
    keys: intercepts(after, 'keys'),
  } satisfies Partial<Metrics>;
}

function treeMetrics(before: readonly TreeRow[], after: readonly TreeRow[]) {
  const emulated = (tree: readonly TreeRow[]): number =>
    tree.filter(({ kind }) => kind === 'emulated').length;
  const synthetic = (tree: readonly TreeRow[]): number =>
    tree.filter(({ kind, state }) => kind === 'synthetic' && state === 'working').length;
  const unknown = (tree: readonly TreeRow[]): number =>
    tree.filter(({ state }) => state === 'no-driver').length;
  return {
    emulatedBefore: emulated(before),
    emulated: emulated(after),
    syntheticBefore: synthetic(before),
    synthetic: synthetic(after),
    unknownBefore: unknown(before),
    unknown: unknown(after),
  } satisfies Partial<Metrics>;
}

function installMetrics(report: InstallReport | undefined) {
  return {
    copied: report?.copied.length ?? 0,
    kept: report?.kept.length ?? 0,
    downgraded: report?.downgraded.length ?? 0,
    startedAtOnce: report?.started ?? 0,
    waiting: report?.waiting.length ?? 0,
    refused: report?.refused ? 1 : 0,
  } satisfies Partial<Metrics>;
}
