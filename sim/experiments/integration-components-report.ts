/** What a run of `integration-components` leaves besides numbers: bars for each piece of work, and the device managers as tables. */
import type { TreeRow } from '../guest/setup/device.ts';
import type { SetupGuest } from '../guest/setup/guest.ts';
import type { InstallReport } from '../guest/setup/install.ts';
import type { ComponentsMachine } from '../lab/components.ts';
import type { Series, Table } from '../lab/experiment.ts';
import type { WorkReport } from './integration-components-work.ts';
import { PIECES } from './integration-components-work.ts';

/** Device intercepts by piece. */
export function bars(id: string, title: string, { pieces }: WorkReport): Series {
  return {
    id,
    title,
    unit: 'intercepts',
    labels: [...PIECES],
    values: PIECES.map((piece) => pieces[piece].deviceIntercepts),
  };
}

const STATES = {
  working: 'working',
  'no-driver': 'no driver',
  waits: 'waits for a restart',
  refused: 'cannot start',
  'left-alone': 'left alone',
} as const;

/** A device tree, a row for each device. */
export function treeTable(when: string, title: string, tree: readonly TreeRow[]): Table {
  return {
    id: `devices-${when}`,
    title,
    columns: ['depth', 'device', 'kind', 'id', 'driver', 'road', 'state'],
    rows: tree.map(({ depth, name, kind, id, driver, road, state }) => [
      String(depth),
      name,
      kind,
      id,
      driver,
      road,
      STATES[state],
    ]),
  };
}

/** Which versions were agreed on, and how. */
export function versionTable(m: ComponentsMachine, { synthetic }: SetupGuest): Table {
  const vmbus = synthetic.vmbus?.connection.version;
  const dotted = (major: number, minor: number): string => `${major}.${minor}`;
  const tried = synthetic.tried.map((code) => (code === 13 ? '0.13' : dotted(code >>> 16, code & 0xffff)));
  return {
    id: 'versions',
    title: 'Versions after',
    columns: ['protocol', 'version', 'how'],
    rows: [
      [
        'VMBus',
        vmbus ? tried[tried.length - 1] : 'none',
        tried.length > 0 ? `tried ${tried.join(', ')}` : 'not tried',
      ],
      ...synthetic.adapters.map(({ version, channel }) => [
        channel.offer.instanceGuid.startsWith('00000000') ? 'boot disk' : 'data disk',
        dotted(version >>> 8, version & 0xff),
        'QUERY_PROTOCOL_VERSION',
      ]),
      ...m.services.map((service) => [
        service.name,
        service.state === 'ready' ? dotted(service.version & 0xffff, service.version >>> 16) : 'none',
        service.state === 'failed' ? 'no version in common' : service.state,
      ]),
    ],
  };
}

/** What became of each driver of the package. */
export function installTable(report: InstallReport | undefined): Table {
  const rows = !report
    ? []
    : [
        ...report.copied.map((name) => [
          name,
          report.downgraded.includes(name) ? 'copied over a newer one' : 'copied',
        ]),
        ...report.kept.map((name) => [name, 'kept: what is there is as new or newer']),
        ...report.waiting.map(({ what, why }) => [
          what,
          why === 'filter' ? 'waits: its disk’s stack is built at the start' : 'waits: in use',
        ]),
        ...(report.refused === 'not-for-this-system'
          ? [['package', 'refused: not made for this system']]
          : []),
      ];
  return { id: 'installation', title: 'What the installer did', columns: ['driver', 'what'], rows };
}
