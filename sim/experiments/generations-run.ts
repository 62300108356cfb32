/** Starts a machine of generation 1 or 2, lets its kernel read, and adds a disk while it runs. */

import { bootPhase } from '../guest/boot/phases.ts';
import type { BootEnding } from '../guest/boot/uefi-boot.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { FirmwareDoor, PhaseRecord } from '../lab/generation-boot.ts';
import { GenerationBoot } from '../lab/generation-boot.ts';
import type { Addition, DiskBus, Generation } from '../lab/generation-machine.ts';
import { GenerationMachine } from '../lab/generation-machine.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import { systemDisk } from './generations-image.ts';
import type { generationsParams } from './generations-params.ts';

export type GenerationsParams = Values<typeof generationsParams>;

const micro = (label: string, doc: string): Metric => ({ label, unit: 'µs', better: 'lower', doc });

export const generationsMetrics = {
  booted: countMetric('Started', '1 when a kernel runs and reads its disk.', 'higher'),
  ending: countMetric(
    'Where it stopped',
    '0 it runs; 1 no disk to start from; 2 no partition or file system; 3 no loader; 4 the system was not loaded.',
    'neither',
  ),
  reported: countMetric('Endings told to the host', 'Attempts to boot that the host was told of.', 'neither'),
  devices: countMetric('Emulated devices', 'Devices that the worker process plays, on ports or in memory.'),
  ports: countMetric('Ports answered', 'Ports behind which a device of the worker process listens.'),
  portAccesses: countMetric('Port accesses', 'How often the guest came to one of these, up to the end.'),
  deviceIntercepts: countMetric(
    'Device intercepts',
    'Exits that a device model had to answer, from power-on until the kernel has its disk.',
  ),
  hypervisorExits: countMetric(
    'Hypervisor exits',
    'Exits that the hypervisor answered by itself, in the same time.',
  ),
  firmwareTime: micro('Firmware', 'From power-on until the firmware knows its disks.'),
  loadTime: micro('Loading', 'Until loader, kernel and initial RAM disk are in memory.'),
  kernelTime: micro('Kernel to disk', 'From the kernel’s first instruction until it can read its disk.'),
  startTime: micro('Start', 'All three together.'),
  loadedBytes: {
    label: 'Bytes loaded',
    unit: 'bytes',
    better: 'neither',
    doc: 'Read by way of the firmware.',
  },
  loadReads: countMetric('Reads by the firmware', 'Requests that the firmware sent to the disk.', 'neither'),
  loadExits: countMetric('Exits while loading', 'Of either kind, while the firmware’s way was used.'),
  connections: countMetric(
    'Connections to VMBus',
    'Times that somebody in the guest agreed on a version with the host.',
    'neither',
  ),
  dataReads: countMetric('Reads by the kernel', 'Requests for the files of the running system.', 'neither'),
  dataExits: countMetric('Exits of those reads', 'Of either kind.'),
  dataSignals: countMetric('Signals of those reads', 'Hypercalls that told the host of a request.'),
  dataInterrupts: countMetric('Interrupts of those reads', 'Interrupts that told of an answer.'),
  dataTime: micro('Time of one such read', 'On average.'),
  disks: countMetric('Disks at the end', 'Disks that the kernel knows when the run ends.', 'neither'),
  added: countMetric('Taken while running', '1 when the machine took the second disk.', 'higher'),
  wrongBytes: countMetric('Wrong bytes', 'Bytes that did not arrive as they lie on the disk.'),
  owners: countMetric('Breaches of ownership', 'Times the disk had two owners, or was used by none.'),
} satisfies Record<string, Metric>;

export type GenerationsMetric = keyof typeof generationsMetrics;

/** Runs the experiment. */
export function simulateGenerations(params: GenerationsParams, lab: Lab): Findings<GenerationsMetric> {
  const generation = Number(params.generation) as Generation;
  const { disk, plan } = systemDisk(generation === 1 ? 'bios' : 'uefi', Number(params.scale), params.image);
  const machine = lab.adopt(
    new GenerationMachine(lab, {
      generation,
      era: params.era,
      disk,
      bus: busOf(params.bus),
      diskModel: params.model,
    }),
  );
  const { bios: biosMode } = params;
  const boot = new GenerationBoot(machine, { door: doorOf(params), biosMode, plan, disk });
  boot.start();
  const addition = add(boot, params);
  return {
    metrics: metricsOf(boot, addition),
    series: [times(boot), exits(boot), ...surface(machine)],
    ...wrongRule(params),
  };
}

const busOf = (bus: GenerationsParams['bus']): DiskBus | undefined => (bus === 'none' ? undefined : bus);

/** How the firmware reaches disks: a BIOS by ports, UEFI by VMBus; and otherwise when it is told so. */
function doorOf({ generation, firmware }: GenerationsParams): FirmwareDoor {
  if (firmware === 'shipped') return generation === '1' ? 'ports' : 'vmbus';
  return firmware === 'always' ? 'vmbus' : 'ports';
}

function wrongRule({ generation, firmware }: GenerationsParams): { readonly wrongRule?: string } {
  if (generation === '1' && firmware === 'always')
    return { wrongRule: 'a BIOS with drivers for VMBus, which no machine of generation 1 has' };
  if (generation === '2' && firmware === 'never')
    return { wrongRule: 'UEFI firmware without drivers for VMBus, as if it were a BIOS' };
  return {};
}

function add(boot: GenerationBoot, { add: bus }: GenerationsParams): Addition | undefined {
  if (bus === 'none' || boot.data === undefined) return undefined;
  const addition = boot.machine.addDisk(bus);
  boot.settle();
  return addition;
}

/** The endings by the number that the metric shows. */
const ENDINGS: readonly BootEnding[] = [
  'OS_LOADED',
  'NO_DEVICES',
  'NO_FILESYSTEM',
  'NO_LOADER',
  'OS_NOT_LOADED',
];

const LOADING: readonly string[] = ['boot-sector', 'loader'];

function metricsOf(boot: GenerationBoot, addition: Addition | undefined): Record<GenerationsMetric, number> {
  const { machine, phases, data } = boot;
  const us = (cycles: number): number => Math.round((cycles * 1e7) / machine.costs.hz) / 10;
  const sum = (of: readonly PhaseRecord[], what: Exclude<keyof PhaseRecord, 'id'>): number =>
    of.reduce((total, phase) => total + phase[what], 0);
  const firmware = phases.filter(({ id }) => id === 'firmware');
  const loading = phases.filter(({ id }) => LOADING.includes(id));
  const kernel = phases.filter(({ id }) => id === 'probe' || id === 'vmbus');
  const before = [...firmware, ...loading, ...kernel];
  const rows = machine.devices.rows();
  return {
    booted: data === undefined ? 0 : 1,
    ending: data === undefined ? ENDINGS.indexOf(boot.attempt.ending) : 0,
    reported: machine.uefi?.attempts.length ?? 0,
    devices: rows.length,
    ports: rows.reduce((all, { ports }) => all + ports, 0),
    portAccesses: rows.reduce((all, { accesses }) => all + accesses, 0),
    deviceIntercepts: sum(before, 'deviceIntercepts'),
    hypervisorExits: sum(before, 'hypervisorExits'),
    firmwareTime: us(sum(firmware, 'cycles')),
    loadTime: us(sum(loading, 'cycles')),
    kernelTime: us(sum(kernel, 'cycles')),
    startTime: us(sum(before, 'cycles')),
    loadedBytes: sum(loading, 'bytes'),
    loadReads: sum(loading, 'reads'),
    loadExits: sum(loading, 'deviceIntercepts') + sum(loading, 'hypervisorExits'),
    connections: connectionsOf(boot),
    dataReads: data?.reads ?? 0,
    dataExits: (data?.deviceIntercepts ?? 0) + (data?.hypervisorExits ?? 0),
    dataSignals: data?.signals ?? 0,
    dataInterrupts: data?.interrupts ?? 0,
    dataTime: data && data.reads > 0 ? us(data.cycles / data.reads) : 0,
    disks: boot.disksSeen,
    added: addition === 'added' ? 1 : 0,
    wrongBytes: boot.wrongBytes,
    owners: boot.owners.breaches.length,
  };
}

/** By firmware and kernel: each agreed on a version if it got so far. */
const connectionsOf = ({ firmware, kernel }: GenerationBoot): number =>
  [firmware, kernel].filter((one) => (one?.vmbus?.connection.version ?? 0) > 0).length;

const named = ({ id }: PhaseRecord): string => bootPhase(id).name;

function times({ phases, machine }: GenerationBoot): Series {
  return {
    id: 'times',
    title: 'Time by phase',
    unit: 'µs',
    labels: phases.map(named),
    values: phases.map(({ cycles }) => Math.round((cycles * 1e6) / machine.costs.hz)),
  };
}

function exits({ phases }: GenerationBoot): Series {
  return {
    id: 'exits',
    title: 'Exits by phase',
    unit: 'count',
    labels: phases.map(named),
    values: phases.map(({ deviceIntercepts, hypervisorExits }) => deviceIntercepts + hypervisorExits),
  };
}

/** What the worker process plays, and how often it was asked. */
function surface({ devices }: GenerationMachine): Series[] {
  const rows = devices.rows().filter(({ ports }) => ports > 0);
  const labels = rows.map(({ device }) => device);
  return [
    {
      id: 'surface',
      title: 'Ports behind which a device listens',
      unit: 'count',
      labels,
      values: rows.map(({ ports }) => ports),
    },
    {
      id: 'accesses',
      title: 'Port accesses by device',
      unit: 'count',
      labels,
      values: rows.map(({ accesses }) => accesses),
    },
  ];
}
