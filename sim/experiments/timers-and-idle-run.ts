/** Runs machines that tick, and counts what that takes and what gets lost. */
import type { Issue } from '../core/errors.ts';
import { cyclesOfNs } from '../core/units.ts';
import { isRtcRate } from '../enlightenments/tick-sources.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import { eraFeatures } from '../machine/features.ts';
import { ROUTE } from '../machine/routes.ts';
import { TickingGuest } from './timers-and-idle-guest.ts';
import type { timerParams } from './timers-and-idle-params.ts';

export type TimerParams = Values<typeof timerParams>;

const rate = (label: string, doc: string): Metric => ({ label, unit: '1/s', better: 'lower', doc });

export const timerMetrics = {
  exits: rate('Exits a second', 'Of all guests together, also those that only put a processor to sleep.'),
  perTick: {
    label: 'Exits a tick',
    unit: '',
    better: 'lower',
    doc: 'All exits, divided by the ticks or events that the guests took.',
  },
  wakes: rate('Wake-ups a second', 'Times that a sleeping VP was woken.'),
  share: {
    label: 'Processor time',
    unit: '%',
    better: 'lower',
    doc: 'What all guests and the root’s work for their ticks took, in per cent of one logical processor.',
  },
  taken: countMetric('Ticks taken', 'By all VPs; without a tick the events.', 'neither'),
  due: countMetric('Ticks due', 'What the rate promises in this time; without a tick the events.', 'neither'),
  lost: countMetric('Ticks lost', 'Ticks that were due and never came.'),
  late: countMetric(
    'Late ticks',
    'Ticks that came more than one and a half periods after the one before; the lost ones show here.',
  ),
  longest: {
    label: 'Longest time without a tick',
    unit: 'ms',
    better: 'lower',
    doc: 'Of any VP. Without a tick: between two events.',
  },
  behind: {
    label: 'Clock behind',
    unit: 'ms',
    better: 'lower',
    doc: 'How far the slowest guest is behind that counts its first VP’s ticks to know the time. A guest without a tick reads a counter.',
  },
  timeouts: countMetric(
    'False time-outs',
    'Machines that their own watchdog stopped, though every VP was well and only waited for a processor.',
  ),
  toWorker: countMetric('Exits to the worker', 'Accesses to emulated clocks and interrupt controllers.'),
  hypervisorExits: countMetric(
    'Hypervisor exits',
    'Exits that the hypervisor answered, those of sleeping not counted.',
  ),
  sleeps: countMetric('Sleeps', 'HLT or reads of the idle register; each is an exit.', 'neither'),
  asserted: countMetric('Interrupts from the worker', 'Each is four transitions in the root.'),
  switches: countMetric('Switches between VPs', 'Times that a logical processor went on with another VP.'),
} satisfies Record<string, Metric>;

export type TimerMetric = keyof typeof timerMetrics;

/** More ticks than this are not worth the waiting. */
const MOST_TICKS = 400_000;
const MOST_VPS = 128;
const MEMORY = 1024 * 1024;
/** Before anything is counted every VP has ticked a while, and has had its turn twice. */
const WARM_UP_MS = 120;
const MOST_WARM_UP_MS = 2000;

const issue = (path: string, message: string, hint: string): Issue => ({
  path,
  kind: 'not-there',
  message,
  hint,
});

/** What does not go together. */
export function checkTimers(params: TimerParams): Issue[] {
  const { source, hz, vms, vps, era, idle, watchdog, time, events } = params;
  const issues: Issue[] = [];
  const ofThePc = source === 'pit' || source === 'rtc';
  if (ofThePc && vps > 1)
    issues.push(
      issue('vps', 'this clock interrupts one processor', 'use vps=1 and more machines, or source=apic'),
    );
  if (source === 'rtc' && !isRtcRate(hz))
    issues.push(issue('hz', 'a real-time clock knows powers of two', 'use for example hz=64 or hz=1024'));
  const features = eraFeatures(era);
  if (source === 'direct' && !features.directTimers)
    issues.push(issue('source', `hosts of ${era} have no direct timers`, 'use source=message, or era=2020'));
  if (idle === 'guest-idle' && !features.guestIdle)
    issues.push(issue('idle', `hosts of ${era} have no idle register`, 'use idle=hlt, or a later era'));
  if (watchdog !== 'none' && (vps < 2 || source === 'tickless'))
    issues.push(
      issue('watchdog', 'it watches the ticks of other VPs', 'use vps=2 or more, and a source that ticks'),
    );
  if (vms * vps > MOST_VPS) issues.push(issue('vps', `${vms * vps} VPs in all`, `use at most ${MOST_VPS}`));
  const ticks = (vms * vps * (source === 'tickless' ? events : hz) * time) / 1000;
  if (ticks > MOST_TICKS)
    issues.push(
      issue('time', `${Math.round(ticks)} ticks would take too long`, 'use fewer of them or a shorter time'),
    );
  return issues;
}

/** Runs the experiment. */
export function simulateTimers(params: TimerParams, lab: Lab): Findings<TimerMetric> {
  const machine = build(params, lab);
  const { hypervisor } = machine;
  const guests = machine.cpus.map(
    (cpus, vm) => new TickingGuest(hypervisor, cpus, params, lab.rng(`vm ${vm}`)),
  );
  // Machines are not started all at once: their ticks come at any time of the period.
  const phases = lab.rng('phases');
  for (const guest of guests) {
    machine.runFor(phases.int(0, Math.ceil((2 * machine.costs.hz) / (params.hz * params.vms))));
    for (const cpu of guest.cpus) cpu.finish(guest.boot(cpu));
  }
  for (const guest of guests) for (const cpu of guest.cpus) cpu.run(guest.main(cpu));
  machine.runFor(cyclesOfNs(warmUp(params) * 1e6, machine.costs.hz));
  const before = guests.map((guest) => startOf(guest));
  machine.startMeasuring();
  const from = machine.engine.now;
  machine.runFor(cyclesOfNs(params.time * 1e6, machine.costs.hz));
  const outcome = {
    machine,
    guests,
    before,
    seconds: (machine.engine.now - from) / machine.costs.hz,
    params,
  };
  return { metrics: metricsOf(outcome), series: [ticksOf(outcome)] };
}

function warmUp({ vms, vps, processors, slice }: TimerParams): number {
  const turns = (2 * vms * vps * slice) / 1000 / processors;
  return Math.min(MOST_WARM_UP_MS, WARM_UP_MS + Math.ceil(turns));
}

function build(params: TimerParams, lab: Lab): SmpMachine {
  const { era, processors, slice, vms, vps } = params;
  const costs = lab.costs(era);
  // Hosts that advise against AutoEOI do so because their processors end interrupts by themselves.
  const partition = { vps, memory: MEMORY, features: { apicv: era === '2020' } };
  return lab.smp({
    era,
    logicalProcessors: processors,
    timeSlice: cyclesOfNs(slice * 1000, costs.hz),
    partitions: Array.from({ length: vms }, () => partition),
  });
}

/** A guest when the counting begins. */
interface Start {
  readonly taken: readonly number[];
  readonly runtime: number;
}

const runtimeOf = ({ cpus }: TickingGuest): number => cpus.reduce((sum, { vp }) => sum + vp.runtime, 0);

function startOf(guest: TickingGuest): Start {
  guest.arm();
  for (const beat of guest.beats) {
    beat.longest = 0;
    beat.late = 0;
  }
  return { taken: guest.beats.map(({ taken }) => taken), runtime: runtimeOf(guest) };
}

interface Outcome {
  readonly machine: SmpMachine;
  readonly guests: readonly TickingGuest[];
  readonly before: readonly Start[];
  readonly seconds: number;
  readonly params: TimerParams;
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
const hundredths = (value: number): number => Math.round(value * 100) / 100;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function metricsOf(outcome: Outcome): Record<TimerMetric, number> {
  const { machine, guests, before, seconds, params } = outcome;
  const { hz } = machine.costs;
  const counted = guests.map((_, vm) => machine.measured(vm));
  const routes = (...names: (keyof (typeof counted)[0]['routes'])[]): number =>
    sum(counted.map((of) => sum(names.map((name) => of.routes[name]))));
  const asserted = routes('irq-assert');
  const sleeps = routes('hypervisor-halt', 'hypervisor-idle');
  const toWorker = sum(counted.map(({ deviceIntercepts }) => deviceIntercepts));
  const hypervisorExits = sum(counted.map((of) => of.hypervisorExits));
  const ran = sum(guests.map((guest, vm) => runtimeOf(guest) - before[vm].runtime));
  const ticks = tickCounts(outcome);
  const beats = guests.flatMap((guest) => guest.beats);
  const exits = toWorker + hypervisorExits + sleeps;
  return {
    exits: Math.round(exits / seconds),
    perTick: hundredths(exits / Math.max(1, ticks.taken)),
    wakes: Math.round(sleeps / seconds),
    share: hundredths((100 * (ran + asserted * assertCycles(machine))) / (seconds * hz)),
    taken: ticks.taken,
    due: ticks.due,
    lost: ticks.lost,
    late: params.source === 'tickless' ? 0 : sum(beats.map(({ late }) => late)),
    longest: tenths((1000 * longestOf(guests, machine.engine.now)) / hz),
    behind: tenths(ticks.behind),
    timeouts: guests.filter(({ crashed }) => crashed).length,
    toWorker,
    hypervisorExits,
    sleeps,
    asserted,
    switches: routes('vp-switch', 'partition-switch'),
  };
}

/** What an interrupt from the worker takes of the root's time. */
function assertCycles(machine: SmpMachine): number {
  const { before, after } = machine.hypervisor.routeCosts;
  return before[ROUTE['irq-assert']] + after[ROUTE['irq-assert']];
}

/** A VP that has not ticked since counts as well, unless its machine has stopped. */
const longestOf = (guests: readonly TickingGuest[], now: number): number =>
  Math.max(
    ...guests.flatMap(({ beats, crashed }) =>
      beats.map(({ longest, last }) => Math.max(longest, crashed ? 0 : now - last)),
    ),
  );

/** Ticks taken, due and lost. One tick of a VP may be on its way at the end: it is not lost. */
function tickCounts({ guests, before, seconds, params }: Outcome): {
  taken: number;
  due: number;
  lost: number;
  behind: number;
} {
  const counts = { taken: 0, due: 0, lost: 0, behind: 0 };
  const due = Math.floor(seconds * params.hz);
  guests.forEach((guest, vm) => {
    guest.beats.forEach((beat, vp) => {
      const taken = beat.taken - before[vm].taken[vp];
      counts.taken += taken;
      const lost = params.source === 'tickless' || guest.crashed ? 0 : Math.max(0, due - 1 - taken);
      counts.due += params.source === 'tickless' || guest.crashed ? taken : due;
      counts.lost += lost;
      if (vp === 0) counts.behind = Math.max(counts.behind, (1000 * lost) / params.hz);
    });
  });
  return counts;
}

/** Ticks a second that each machine took. */
function ticksOf({ guests, before, seconds }: Outcome): Series {
  const taken = guests.map(({ beats }, vm) =>
    sum(beats.map((beat, vp) => beat.taken - before[vm].taken[vp])),
  );
  return {
    id: 'ticks',
    title: 'Ticks a second that each machine took',
    unit: '1/s',
    labels: guests.map((_, vm) => `machine ${vm + 1}`),
    values: taken.map((ticks) => Math.round(ticks / seconds)),
  };
}
