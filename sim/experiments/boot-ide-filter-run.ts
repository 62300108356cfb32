/** Starts a machine of generation 1 from a disk image, and follows its disk from the BIOS to the crash dump. */
import { nsOfCycles } from '../core/units.ts';
import { bootProfile } from '../guest/boot/boot-files.ts';
import type { BootEnd } from '../guest/boot/boot-guest.ts';
import type { BootPhaseId } from '../guest/boot/phases.ts';
import { BOOT_PHASE_IDS, bootPhase } from '../guest/boot/phases.ts';
import { startAgain } from '../lab/boot-disk.ts';
import type { BootMachineOptions, PhaseRecord } from '../lab/boot-machine.ts';
import { BootMachine } from '../lab/boot-machine.ts';
import { restoreBoot, saveAt } from '../lab/boot-restore.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { bootFilterParams } from './boot-ide-filter-params.ts';

export type BootFilterParams = Values<typeof bootFilterParams>;

const ms = (label: string, doc: string): Metric => ({ label, unit: 'ms', better: 'lower', doc });
const bytes = (label: string, doc: string): Metric => ({ label, unit: 'bytes', better: 'neither', doc });
const perPiece = (label: string, doc: string): Metric => ({
  label,
  unit: 'per 64 KiB',
  better: 'lower',
  doc,
});
const speed = (label: string, doc: string): Metric => ({ label, unit: 'MB/s', better: 'higher', doc });

export const bootFilterMetrics = {
  up: countMetric('Started', '1 when the system runs at the end.', 'higher'),
  ending: countMetric(
    'Where it stopped',
    '0 it runs; 1 no boot code; 2 no file system; 3 a file is missing; 4 the kernel has no disk; 5 it lost its disk; 6 the power was cut.',
    'neither',
  ),
  emulatedShare: {
    label: 'By the emulated road',
    unit: '%',
    better: 'lower',
    doc: 'Share of all bytes of files and tables that were read through the emulated controller, up to run time.',
  },
  bytesEmulated: bytes(
    'Bytes by the emulated road',
    'What the host’s disk moved for the emulated controller.',
  ),
  bytesSynthetic: bytes('Bytes by VMBus', 'What it moved for the provider of VMBus.'),
  runEmulated: bytes(
    'Of these at run time',
    'Bytes by the emulated road after the hand-over, before the dump.',
  ),
  exitsBefore: perPiece(
    'Exits before',
    'Exits of any kind for each 64 KiB that the loader read through the BIOS.',
  ),
  exitsAfter: perPiece('Exits after', 'The same for what the system reads at run time.'),
  interceptsBefore: countMetric(
    'Device intercepts before',
    'Exits that a device model answered while boot manager and loader read.',
  ),
  interceptsAfter: countMetric('Device intercepts after', 'The same at run time.'),
  firmwareReads: countMetric(
    'Reads of the BIOS',
    'Requests that boot code and loader gave to the BIOS.',
    'neither',
  ),
  firmwareSectors: countMetric('Sectors of these', 'Sectors of 512 bytes that they asked for.', 'neither'),
  speedBefore: speed('Speed before', 'Of a read of 64 KiB by the BIOS, one at a time.'),
  speedAfter: speed('Speed after', 'Of a read of 64 KiB at run time, one at a time.'),
  probeExits: countMetric(
    'Exits of the ATA probe',
    'Exits of any kind while the kernel’s ATA driver looks for the disk.',
  ),
  connectExits: countMetric('Exits of connecting', 'Exits of any kind to find Hyper-V and connect to VMBus.'),
  handOverTime: ms(
    'Hand-over',
    'From the offer until the disk has its owner for good and the programs have their answers.',
  ),
  loadTime: ms('Before the kernel', 'Time until boot manager and loader have read their files.'),
  startTime: ms('Start', 'Time until the files of run time are read, too.'),
  handOvers: countMetric(
    'Hand-overs',
    'Times the disk went over to the channel under the filter.',
    'neither',
  ),
  drained: countMetric(
    'Drained',
    'Commands that the drive still had when the filter began to wait.',
    'neither',
  ),
  held: countMetric('Held meanwhile', 'Most requests that waited in the filter.', 'neither'),
  inFlight: countMetric(
    'In flight at the switch',
    'Commands that the drive still had when the channel took over.',
  ),
  pause: {
    label: 'Pause',
    unit: 'µs',
    better: 'lower',
    doc: 'Time during which the disk got no request from either side.',
  },
  overtaken: countMetric('Overtaken', 'Writes by the emulated road that landed after a later one by VMBus.'),
  fallBacks: countMetric('Went back', 'Times the filter went back to the emulated disk.', 'neither'),
  again: countMetric(
    'Sent again',
    'Requests that the channel had when it was taken away, and that were sent once more.',
    'neither',
  ),
  steps: countMetric(
    'Steps of the hand-over',
    'Exits of the guest and events of the host during the hand-over.',
    'neither',
  ),
  happened: countMetric('It happened', '1 when the incident came before the hand-over had ended.', 'neither'),
  acknowledged: countMetric('Writes acknowledged', 'Writes that were answered with success.', 'higher'),
  lost: countMetric('Acknowledged and lost', 'Sectors whose acknowledged content is not on the disk.'),
  foreign: countMetric('Strange sectors', 'Sectors that hold what nobody wrote there.'),
  restarted: countMetric(
    'Starts again',
    '1 when a machine starts from the disk that a power cut has left.',
    'neither',
  ),
  breaches: countMetric(
    'Breaches of the rule',
    'Times the disk had two owners, or was used by one who was none.',
  ),
  entries: countMetric(
    'Entries acknowledged',
    'Entries that two programs added to a list, each with success.',
    'neither',
  ),
  entriesLost: countMetric('Entries gone', 'Those of them that are not in the list afterwards.'),
  wrongBytes: countMetric('Wrong bytes', 'Bytes that did not arrive as they lie on the disk.'),
  sameName: countMetric(
    'Same name',
    '1 when the system calls the disk at run time what the BIOS saw.',
    'neither',
  ),
  sameVolume: countMetric(
    'Same volume',
    '1 when partition and file system are, at run time, the ones that the loader read: by them Windows knows a letter and Linux its root.',
    'higher',
  ),
  sameSerial: countMetric(
    'Same serial number',
    '1 when both roads give the same one; 0 also when only one was asked.',
    'neither',
  ),
  controlEmulated: countMetric(
    'Questions by ports',
    'Device intercepts of what the system asks the disk of itself: identity, power, and which volume it holds where that goes by ports too.',
    'neither',
  ),
  dumped: countMetric(
    'Sectors dumped by ports',
    'Sectors of the crash dump that went over the emulated drive.',
    'neither',
  ),
  dumpedReserved: countMetric(
    'Sectors dumped by VMBus',
    'Sectors of the crash dump that went by the reserved channel.',
    'neither',
  ),
  dumpIntercepts: countMetric(
    'Device intercepts of the dump',
    'Exits that a device model answered while the crash dump was written.',
  ),
  discBytes: bytes('Bytes of the disc', 'What the CD drive of the emulated controller read of its disc.'),
  discExits: perPiece(
    'Intercepts of the disc',
    'Device intercepts for each 64 KiB of the disc, to find it too.',
  ),
  savedBytes: bytes('Saved machine', 'Bytes of the machine as it was saved; 0 when it was not.'),
} satisfies Record<string, Metric>;

export type BootFilterMetric = keyof typeof bootFilterMetrics;

const ENDINGS: Readonly<Record<BootEnd, number>> = {
  up: 0,
  'no-boot-disk': 1,
  'no-boot-code': 1,
  'no-file-system': 2,
  'no-file': 3,
  'no-root': 4,
  'lost-root': 5,
  starting: 6,
};
const OWN_SYSTEM = {
  storflt: 'windows',
  'prefer-ms-hyperv': 'linux',
  veto: 'freebsd',
  none: 'windows',
} as const;
const PIECE = 64 * 1024;
const WRITES_AFTER = 4;
const LIST_ENTRIES = 16;
const DUMP_SECTORS = 128;
const BEFORE: readonly BootPhaseId[] = ['boot-sector', 'loader'];
/** Up to here a start is read from the disk; what follows are questions and the dump. */
const READING: readonly BootPhaseId[] = BOOT_PHASE_IDS.slice(0, BOOT_PHASE_IDS.indexOf('run') + 1);

/** Runs the experiment. */
export function simulateBootFilter(params: BootFilterParams, lab: Lab): Findings<BootFilterMetric> {
  const options = optionsOf(params, lab.seed);
  const { machine, happened, savedBytes } = runWithIncident(lab, options, params);
  const again =
    happened && params.incident === 'power-cut' ? startOnceMore(lab, options, machine) : undefined;
  const { breaches } = machine.owners;
  return {
    metrics: {
      ...outcomes(machine, happened),
      ...disc(machine),
      savedBytes,
      ...roads(machine),
      ...times(machine),
      ...handOver(machine),
      ...promises(machine, again),
    },
    series: seriesOf(machine),
    ...(params.rule !== 'one-owner' && breaches.length > 0
      ? { wrongRule: params.rule === 'no-drain' ? 'a filter that does not wait' : 'one disk with two owners' }
      : {}),
  };
}

function optionsOf(params: BootFilterParams, seed: number): BootMachineOptions {
  const { technique, system } = params;
  return {
    era: params.era,
    diskModel: params.disk,
    profile: bootProfile(system === 'own' ? OWN_SYSTEM[technique] : system),
    fileSystem: params.fs,
    divisor: Number(params.scale),
    drivers: params.drivers,
    damage: params.damage,
    seed,
    technique,
    rule: params.rule,
    int13: params.int13,
    ataMode: params.ata,
    writers: params.writers,
    writesAfter: WRITES_AFTER,
    listEntries: LIST_ENTRIES,
    dumpSectors: DUMP_SECTORS,
    dumpRoad: params.dump,
  };
}

/** A run: the machine at its end, and whether the incident came about. */
interface Outcome {
  readonly machine: BootMachine;
  readonly happened: boolean;
  readonly savedBytes: number;
}

/** Runs the machine, through its incident if that comes about. */
function runWithIncident(lab: Lab, options: BootMachineOptions, params: BootFilterParams): Outcome {
  const { incident, at } = params;
  const machine = new BootMachine(lab, options);
  if (incident === 'save') return saveAndGoOn(lab, options, machine, at);
  let happened = false;
  machine.run((step) => {
    if (step !== at || incident === 'none') return true;
    happened = true;
    if (incident !== 'power-cut') machine.rescind(incident === 're-offer');
    else machine.cutPower();
    return incident !== 'power-cut';
  });
  return { machine, happened, savedBytes: 0 };
}

/** Saves the machine at a step, and goes on with it on a new host. */
function saveAndGoOn(lab: Lab, options: BootMachineOptions, machine: BootMachine, at: number): Outcome {
  const saved = saveAt(machine, at);
  if (!saved) return { machine, happened: false, savedBytes: 0 };
  const restored = restoreBoot(lab, options, saved);
  restored.goOn();
  return { machine: restored, happened: true, savedBytes: saved.bytes.length };
}

/** The disc in the CD drive, and what reading it cost. */
function disc({ disc: { road, counted } }: BootMachine): Part<'discBytes' | 'discExits'> {
  const { bytesRead } = road.count;
  const exits = counted?.deviceIntercepts ?? 0;
  return { discBytes: bytesRead, discExits: bytesRead > 0 ? rounded((exits * PIECE) / bytesRead) : 0 };
}

/** Another machine starts from what the first has left. */
function startOnceMore(lab: Lab, options: BootMachineOptions, first: BootMachine): BootMachine {
  const next = new BootMachine(lab, { ...options, from: startAgain(first.boot) });
  next.run();
  return next;
}

const countIf = (condition: boolean): number => (condition ? 1 : 0);
const rounded = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

type Part<K extends BootFilterMetric> = Pick<Record<BootFilterMetric, number>, K>;

function outcomes(
  { guest, steps, machine, phases, disc: { counted } }: BootMachine,
  happened: boolean,
): Part<
  | 'up'
  | 'ending'
  | 'steps'
  | 'happened'
  | 'sameName'
  | 'sameVolume'
  | 'sameSerial'
  | 'controlEmulated'
  | 'dumped'
  | 'dumpedReserved'
  | 'dumpIntercepts'
> {
  const { end, names, kernel, volume } = guest;
  const asked = names.ata !== undefined && names.scsi !== undefined;
  const dump = phases.find(({ id }) => id === 'dump');
  return {
    up: countIf(end === 'up'),
    ending: ENDINGS[end],
    steps,
    happened: countIf(happened),
    sameName: countIf(kernel?.ata?.taken === true && machine.worker.ended === undefined),
    sameVolume: countIf(volume.run !== undefined && volume.run === volume.loader),
    sameSerial: countIf(asked && names.ata?.serial === names.scsi?.serial),
    controlEmulated:
      sum(phases, ['control'], ({ counters }) => counters.deviceIntercepts) -
      (counted?.deviceIntercepts ?? 0),
    dumped: (dump?.emulated ?? 0) / 512,
    dumpedReserved: (dump?.synthetic ?? 0) / 512,
    dumpIntercepts: dump?.counters.deviceIntercepts ?? 0,
  };
}

/** Adds up something over some phases. */
function sum(
  phases: readonly PhaseRecord[],
  ids: readonly BootPhaseId[],
  of: (phase: PhaseRecord) => number,
): number {
  return phases.filter(({ id }) => ids.includes(id)).reduce((total, phase) => total + of(phase), 0);
}

const moved = ({ emulated, synthetic }: PhaseRecord): number => emulated + synthetic;
const exitsOf = ({ counters }: PhaseRecord): number => counters.deviceIntercepts + counters.hypervisorExits;
const interceptsOf = ({ counters }: PhaseRecord): number => counters.deviceIntercepts;

function perPieceOf(phases: readonly PhaseRecord[], ids: readonly BootPhaseId[]): number {
  const total = sum(phases, ids, moved);
  return total > 0 ? rounded((sum(phases, ids, exitsOf) * PIECE) / total) : 0;
}

function roads({
  phases,
  emulated,
  synthetic,
  owners,
}: BootMachine): Part<
  | 'emulatedShare'
  | 'bytesEmulated'
  | 'bytesSynthetic'
  | 'runEmulated'
  | 'exitsBefore'
  | 'exitsAfter'
  | 'interceptsBefore'
  | 'interceptsAfter'
  | 'firmwareReads'
  | 'firmwareSectors'
  | 'probeExits'
  | 'connectExits'
> {
  const all = sum(phases, READING, moved);
  const byPorts = sum(phases, READING, (phase) => phase.emulated);
  const bytesOf = ({ count }: typeof emulated): number => count.bytesRead + count.bytesWritten;
  return {
    emulatedShare: all > 0 ? rounded((100 * byPorts) / all, 1) : 0,
    bytesEmulated: bytesOf(emulated),
    bytesSynthetic: bytesOf(synthetic),
    runEmulated: sum(phases, ['run', 'control'], (phase) => phase.emulated),
    exitsBefore: perPieceOf(phases, BEFORE),
    exitsAfter: perPieceOf(phases, ['run']),
    interceptsBefore: sum(phases, BEFORE, interceptsOf),
    interceptsAfter: sum(phases, ['run'], interceptsOf),
    firmwareReads: owners.commands.get('firmware') ?? 0,
    firmwareSectors: sum(phases, BEFORE, (phase) => phase.emulated / 512),
    probeExits: sum(phases, ['probe'], exitsOf),
    connectExits: sum(phases, ['vmbus'], exitsOf),
  };
}

function times(
  machine: BootMachine,
): Part<'speedBefore' | 'speedAfter' | 'handOverTime' | 'loadTime' | 'startTime'> {
  const { phases, largestReads } = machine;
  const { hz } = machine.machine.costs;
  const milli = (ids: readonly BootPhaseId[]): number =>
    rounded((sum(phases, ids, ({ cycles }) => cycles) * 1000) / hz, 3);
  const speedOf = (ids: readonly BootPhaseId[]): number => {
    const reads = ids.map((id) => largestReads[id] ?? { reads: 0, cycles: 0 });
    const cycles = reads.reduce((total, one) => total + one.cycles, 0);
    const count = reads.reduce((total, one) => total + one.reads, 0);
    return cycles > 0 ? rounded((count * PIECE) / (cycles / hz) / 1e6, 1) : 0;
  };
  return {
    speedBefore: speedOf(BEFORE),
    speedAfter: speedOf(['run']),
    handOverTime: milli(['hand-over']),
    loadTime: milli(['firmware', ...BEFORE]),
    startTime: milli(READING),
  };
}

function handOver({
  guest,
  overtaken,
  machine,
}: BootMachine): Part<
  'handOvers' | 'drained' | 'held' | 'inFlight' | 'pause' | 'overtaken' | 'fallBacks' | 'again'
> {
  const counts = guest.kernel?.filter?.counts;
  return {
    handOvers: counts?.handOvers ?? 0,
    drained: counts?.drained ?? 0,
    held: counts?.held ?? 0,
    inFlight: counts?.inFlight ?? 0,
    pause: rounded(nsOfCycles(counts?.pause ?? 0, machine.costs.hz) / 1000),
    overtaken,
    fallBacks: counts?.fallBacks ?? 0,
    again: guest.kernel?.stack.counts.again ?? 0,
  };
}

function promises(
  machine: BootMachine,
  again: BootMachine | undefined,
): Part<
  'acknowledged' | 'lost' | 'foreign' | 'restarted' | 'breaches' | 'entries' | 'entriesLost' | 'wrongBytes'
> {
  const runs = again ? [machine, again] : [machine];
  const total = (of: (one: BootMachine) => number): number => runs.reduce((all, one) => all + of(one), 0);
  const { list } = machine.guest;
  return {
    acknowledged: machine.bytes.acknowledged,
    lost: total((one) => one.judge().lost),
    foreign: total((one) => one.judge().foreign),
    restarted: countIf(again?.guest.end === 'up'),
    breaches: total((one) => one.owners.breaches.length),
    entries: list?.acknowledged ?? 0,
    entriesLost: list ? list.acknowledged - list.found : 0,
    wrongBytes: total((one) => one.bytes.wrong + one.wrongFileBytes + one.disc.wrong),
  };
}

/** Time, exits per 64 KiB, and bytes by each road, phase by phase; and what stood on the screen. */
function seriesOf(machine: BootMachine): Series[] {
  const { phases, screen } = machine;
  const { hz } = machine.machine.costs;
  const labels = phases.map(({ id }) => bootPhase(id).name);
  const series = (id: string, title: string, unit: string, of: (phase: PhaseRecord) => number): Series => ({
    id,
    title,
    unit,
    labels,
    values: phases.map(of),
  });
  return [
    series('time', 'Time in each phase', 'ms', ({ cycles }) => rounded((cycles * 1000) / hz, 3)),
    series('emulated', 'By the emulated road', 'KiB', ({ emulated }) => rounded(emulated / 1024, 1)),
    series('synthetic', 'By VMBus', 'KiB', ({ synthetic }) => rounded(synthetic / 1024, 1)),
    series('exits', 'Exits for each 64 KiB', 'exits', (phase) =>
      moved(phase) > 0 ? rounded((exitsOf(phase) * PIECE) / moved(phase), 1) : 0,
    ),
    {
      id: 'screen',
      title: 'On the screen, and when',
      unit: 'ms',
      labels: screen.map(({ text }) => text),
      values: screen.map(({ cycles }) => rounded((cycles * 1000) / hz, 3)),
    },
  ];
}
