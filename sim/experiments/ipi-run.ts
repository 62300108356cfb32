/** One processor interrupts all the others and waits until each has answered. */
import type { Issue } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import { XAPIC_CLUSTER_PROCESSORS } from '../enlightenments/cluster-ipi.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import { countMetric, cyclesMetric } from '../lab/metrics.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { Cpu } from '../machine/cpu.ts';
import { eraFeatures } from '../machine/features.ts';
import type { IpiParams, Way } from './ipi-way.ts';
import { chooseWay, sendBy, startApic } from './ipi-way.ts';

export type { IpiParams } from './ipi-way.ts';

export const ipiMetrics = {
  targets: countMetric('Targets', 'Processors that are interrupted each time.', 'neither'),
  senderExits: countMetric('Exits of the sender', 'Exits that sending took, each time.'),
  sendCycles: cyclesMetric(
    'Time to send',
    'Until the sender’s next instruction after the last command, on average.',
  ),
  targetCycles: cyclesMetric('Time to send, for each target', 'The same, divided by the targets.'),
  allCycles: cyclesMetric(
    'Until all have answered',
    'From the first command to the last target’s answer, on average.',
  ),
  reached: countMetric('Interrupts taken', 'By all targets, in all rounds.', 'neither'),
  missing: countMetric('Interrupts missing', 'Targets that never answered, in all rounds.'),
  endExits: countMetric('Exits of the targets', 'Ends of interrupts that were exits, in all rounds.'),
  commands: countMetric('Interrupt commands', 'Commands to the APIC and hypercalls, each time.'),
  hypervisorExits: countMetric(
    'Hypervisor exits',
    'All exits of all processors but those of idling, in all rounds.',
  ),
  ringTransitions: countMetric('Ring transitions', 'Crossings between guest and hypervisor, in all rounds.'),
  vpSwitches: countMetric('VP switches', 'Times that a logical processor went on with another virtual one.'),
  answerCycles: cyclesMetric(
    'First answer',
    'From the first command to the first target’s answer, on average.',
  ),
} satisfies Record<string, Metric>;

export type IpiMetric = keyof typeof ipiMetrics;

const VECTOR = 0xfb;
/** Cycles between two looks of the sender at the answers. */
const LOOK = 200;
/** What a target’s handler does beside answering. */
const HANDLER_CYCLES = 500;
/** A target that is not idle computes; nothing but interrupts stops it. */
const LONG = 1e12;
/** Word of the answers in guest memory: one byte for each processor. */
const ANSWERS = 0x5000;
/** Virtual time in which all processors start, as a share of a second: 10 ms. */
const START_SHARE = 100;

/** A host of 2008 has no x2APIC to offer; only hosts of the 2020s take the call; clusters in memory name 60 processors. */
export function checkIpi({ guest, method, apic, era, vps }: IpiParams): Issue[] {
  const issues: Issue[] = [];
  const set = guest === 'set';
  if (apic === 'x2apic' && era === '2008')
    issues.push({
      path: 'apic',
      kind: 'not-offered',
      message: 'processors of 2008 have no x2APIC mode',
      hint: 'take registers in memory, or a later era',
    });
  if (set && method === 'call' && era !== '2020')
    issues.push({
      path: 'method',
      kind: 'not-offered',
      message: `a host of ${era} does not take this hypercall`,
      hint: 'take era=2020',
    });
  if (set && method === 'cluster' && apic !== 'x2apic' && vps > XAPIC_CLUSTER_PROCESSORS)
    issues.push({
      path: 'vps',
      kind: 'too-many',
      message: `clusters of four name ${XAPIC_CLUSTER_PROCESSORS} processors at most`,
      hint: 'take x2APIC, or fewer processors',
    });
  return issues;
}

/** Runs the experiment. */
export function simulateIpi(params: IpiParams, lab: Lab): Findings<IpiMetric> {
  const machine = build(params, lab);
  const [cpus] = machine.cpus;
  const way = bringUp(machine, params);
  const targets = cpus.slice(1).map((cpu) => cpu.index);
  const rounds = new Rounds(machine, cpus);
  for (const cpu of cpus.slice(1)) {
    cpu.onVector(VECTOR, () => rounds.answer(cpu));
    cpu.run(params.idle ? halting(cpu) : computing(cpu));
  }
  machine.runFor(machine.costs.hz / START_SHARE);
  machine.startMeasuring();
  const sender = cpus[0].run(rounds.all(params, way, targets));
  while (!sender.done && machine.engine.step());
  return findings(machine, params, way, rounds, targets.length);
}

function build(params: IpiParams, lab: Lab): SmpMachine {
  const { era, vps, overcommit, apic } = params;
  const features = { ...eraFeatures(era), x2apic: apic === 'x2apic' };
  const shared = overcommit > 1 ? { logicalProcessors: Math.ceil(vps / overcommit) } : {};
  return lab.smp({ era, partitions: [{ vps, features }], ...shared });
}

function bringUp(machine: SmpMachine, params: IpiParams): Way {
  const [cpus] = machine.cpus;
  const way = cpus[0].finish(chooseWay(cpus[0], params));
  for (const cpu of cpus) cpu.finish(startApic(cpu, way, cpus.length));
  return way;
}

function* halting(cpu: Cpu): Program {
  for (;;) yield* cpu.hlt();
}

function* computing(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(LONG);
}

/** What the sender measures, and what the targets answer into. */
class Rounds {
  sendCycles = 0;
  allCycles = 0;
  firstCycles = 0;
  missing = 0;
  readonly answers: number[] = [];
  private readonly machine: SmpMachine;
  private readonly cpus: readonly Cpu[];
  private answered = 0;
  private started = 0;
  private first = 0;
  private last = 0;

  constructor(machine: SmpMachine, cpus: readonly Cpu[]) {
    this.machine = machine;
    this.cpus = cpus;
  }

  /** The handler of a target. */
  *answer(cpu: Cpu): Program {
    yield* cpu.compute(HANDLER_CYCLES);
    cpu.memory.u8[ANSWERS + cpu.index]++;
    if (this.answered++ === 0) this.first = cpu.now;
    this.last = Math.max(this.last, cpu.now);
    this.answers.push(cpu.now - this.started);
    yield* cpu.eoi();
  }

  /** The sender's program: all rounds. */
  *all(params: IpiParams, way: Way, targets: readonly number[]): Program {
    const [sender] = this.cpus;
    for (let round = 0; round < params.rounds && targets.length > 0; round++) {
      this.begin(sender);
      yield* sendBy(sender, way, targets, VECTOR, this.cpus.length);
      this.sendCycles += sender.now - this.started;
      while (this.answered < targets.length) yield* sender.compute(LOOK);
      this.allCycles += this.last - this.started;
      this.firstCycles += this.first - this.started;
      yield* sender.compute(PAUSE);
    }
    const expected = targets.length * params.rounds;
    const heard = targets.reduce(
      (sum, target) => sum + this.machine.partitions[0].memory.u8[ANSWERS + target],
      0,
    );
    this.missing = expected - heard;
  }

  private begin(sender: Cpu): void {
    this.answered = 0;
    this.answers.length = 0;
    this.started = sender.now;
    this.first = 0;
    this.last = 0;
  }
}

/** Between two rounds: every target has ended its interrupt by then. */
const PAUSE = 50_000;

function findings(
  machine: SmpMachine,
  params: IpiParams,
  way: Way,
  rounds: Rounds,
  targets: number,
): Findings<IpiMetric> {
  const counted = machine.measured();
  const done = targets > 0 ? params.rounds : 0;
  const mean = (total: number): number => (done === 0 ? 0 : Math.round(total / done));
  const { tallies, routes } = counted;
  const senderExits = done === 0 ? 0 : (counted.hypervisorExits - tallies.eois) / done;
  return {
    metrics: {
      targets,
      senderExits,
      sendCycles: mean(rounds.sendCycles),
      targetCycles: targets === 0 ? 0 : Math.round(rounds.sendCycles / done / targets),
      allCycles: mean(rounds.allCycles),
      reached: tallies.interrupts,
      missing: rounds.missing,
      endExits: tallies.eois,
      commands: way.method !== 'call' && way.apic === 'mmio' ? senderExits / 3 : senderExits,
      hypervisorExits: counted.hypervisorExits,
      ringTransitions: counted.ringTransitions,
      vpSwitches: routes['vp-switch'] + routes['partition-switch'],
      answerCycles: mean(rounds.firstCycles),
    },
    series: [answersOf(rounds)],
  };
}

/** When each target had answered, in the last round: in the order of the answers. */
function answersOf({ answers }: Rounds): Series {
  return {
    id: 'answers',
    title: 'The last round: when each target has answered',
    unit: 'cycles',
    labels: answers.map((_, index) => `${index + 1}`),
    values: answers,
  };
}
