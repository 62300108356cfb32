/** Interrupts a guest that works, and counts what it takes to end each interrupt and to keep its interrupt level. */
import type { Issue } from '../core/errors.ts';
import { nsOfCycles } from '../core/units.ts';
import type { Findings, Metric } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Features } from '../machine/features.ts';
import { InterruptedGuest } from './interrupt-end-guest.ts';
import type { interruptEndParams } from './interrupt-end-params.ts';

export type InterruptEndParams = Values<typeof interruptEndParams>;

export const interruptEndMetrics = {
  interrupts: countMetric(
    'Interrupts taken',
    'Those of the sources, and those that the guest sends to itself.',
    'neither',
  ),
  ends: countMetric('Interrupts to end', 'Interrupts whose handler had to say that it was done.', 'neither'),
  eoiExits: countMetric('Exits to end them', 'Exits of the instructions that end an interrupt.'),
  spared: countMetric(
    'Ends without an exit',
    'Ends by the assist page or by the processor, and interrupts that end by themselves.',
    'higher',
  ),
  levelAccesses: countMetric(
    'Accesses to the task priority',
    'Reads and writes of the register by the guest.',
  ),
  levelExits: countMetric(
    'Exits for the level',
    'Exits for the task priority, and what a lazy level pays for an interrupt that came too early.',
  ),
  selfExits: countMetric('Exits to defer work', 'Exits of a guest that interrupts itself.'),
  thresholdExits: countMetric('Threshold exits', 'Of these: the task priority fell below what waited.'),
  deferred: countMetric('Sent back', 'Interrupts that came while a lazy level was theirs or higher.'),
  posted: countMetric(
    'Injected by the processor',
    'Interrupts that reached the guest without an exit.',
    'higher',
  ),
  hypervisorExits: countMetric('Hypervisor exits', 'Exits of the guest, all answered by the hypervisor.'),
  exitsPerInterrupt: {
    label: 'Exits per interrupt',
    unit: 'exits',
    better: 'lower',
    doc: 'Exits of the guest by interrupts of the sources.',
  },
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between guest and hypervisor.',
  ),
  cyclesPerInterrupt: {
    label: 'Time per interrupt',
    unit: 'cycles',
    better: 'lower',
    doc: 'Time that neither the guest’s work nor its handlers had, by interrupts of the sources: injection, end, level.',
  },
  overhead: {
    label: 'Processor time lost',
    unit: '%',
    better: 'lower',
    doc: 'The same as a share of the processor.',
  },
  meanWait: {
    label: 'Mean wait',
    unit: 'µs',
    better: 'lower',
    doc: 'From the moment a source has something to say until its handler begins, or until the end of the run.',
  },
  merged: countMetric('Merged', 'Times a source had something to say again before it was heard.'),
  unheard: countMetric('Unheard', 'Sources that still waited at the end.'),
} satisfies Record<string, Metric>;

export type InterruptEndMetric = keyof typeof interruptEndMetrics;

/** Combinations that no guest can be in. */
export function checkInterruptEnd({ method, level, dpc, locks }: InterruptEndParams): Issue[] {
  const issues: Issue[] = [];
  if (method === 'x2apic' && level !== 'none' && level !== 'cr8')
    issues.push({
      path: 'level',
      kind: 'impossible',
      message: `in x2APIC mode there is no APIC page, and this level (${level}) needs it`,
      hint: 'take level=cr8 or level=none, or another method',
    });
  if (level === 'none' && (dpc || locks > 0))
    issues.push({
      path: 'level',
      kind: 'impossible',
      message: 'a guest without an interrupt level neither raises one around locks nor defers work by it',
      hint: 'choose a level, or set locks=0 and dpc=off',
    });
  return issues;
}

/** Runs the experiment. */
export function simulateInterruptEnd(params: InterruptEndParams, lab: Lab): Findings<InterruptEndMetric> {
  const machine = lab.smp({ era: params.era, partitions: [{ vps: 1, features: featuresOf(params) }] });
  const [partition] = machine.partitions;
  const assist = partition.vps[0].apic.assist;
  if (assist) assist.careless = params.rule === 'careless';
  const guest = new InterruptedGuest(machine, params);
  guest.boot();
  machine.startMeasuring();
  const elapsed = guest.run();
  return {
    metrics: metricsOf(machine, guest, elapsed),
    series: [exitsByReason(guest, machine)],
    ...(params.rule === 'correct' ? {} : { wrongRule: '“no EOI required” whatever waits' }),
  };
}

function featuresOf({ hardware, method }: InterruptEndParams): Partial<Features> {
  return {
    flexPriority: hardware !== 'plain',
    apicv: hardware === 'apicv',
    x2apic: method === 'x2apic',
  };
}

function metricsOf(
  machine: SmpMachine,
  guest: InterruptedGuest,
  elapsed: number,
): Record<InterruptEndMetric, number> {
  const counted = machine.measured();
  const { hypervisorExits, routes, tallies } = counted;
  const lost = elapsed - guest.work;
  const sources = Math.max(1, guest.served);
  const hundredths = (value: number): number => Math.round(value * 100) / 100;
  return {
    interrupts: tallies.interrupts,
    ends: guest.ends,
    eoiExits: guest.eoiExits,
    spared: guest.ends + guest.selfEnding - guest.eoiExits,
    levelAccesses: guest.levelAccesses,
    levelExits: hypervisorExits - guest.eoiExits - guest.selfExits,
    selfExits: guest.selfExits,
    thresholdExits: routes['hypervisor-tpr-threshold'],
    deferred: guest.deferred,
    posted: tallies.posted,
    hypervisorExits,
    exitsPerInterrupt: hundredths(hypervisorExits / sources),
    ringTransitions: counted.ringTransitions,
    cyclesPerInterrupt: Math.round(lost / sources),
    overhead: hundredths((100 * lost) / elapsed),
    meanWait: hundredths(nsOfCycles(guest.waited / (sources + guest.unheard), machine.costs.hz) / 1000),
    merged: guest.merged,
    unheard: guest.unheard,
  };
}

function exitsByReason(guest: InterruptedGuest, machine: SmpMachine) {
  const { hypervisorExits, routes } = machine.measured();
  const threshold = routes['hypervisor-tpr-threshold'];
  return {
    id: 'exits-by-reason',
    title: 'Exits by reason',
    unit: 'exits',
    labels: ['end of interrupt', 'interrupt level', 'below the threshold', 'deferred work'],
    values: [
      guest.eoiExits,
      hypervisorExits - guest.eoiExits - guest.selfExits - threshold,
      threshold,
      guest.selfExits,
    ],
  };
}
