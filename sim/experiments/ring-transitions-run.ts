/** Executes one instruction on a machine that is built one way or another, and follows it through the rings. */
import type { Program } from '../core/program.ts';
import { detectHypervisor, Hyperv } from '../guest/drivers/hv.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import type { Findings, Metric, Series } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import type { Machine } from '../lab/machines.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import type { RouteData } from '../lab/recording.ts';
import { routeData } from '../lab/recording.ts';
import type { CostName, CostProfile } from '../machine/costs.ts';
import { COST_NAMES } from '../machine/costs.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { RouteId } from '../machine/routes.ts';
import { HVCALL } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { IDE_CHANNELS, MMIO } from '../wire/ports.ts';
import type { ringParams } from './ring-transitions-params.ts';

export type RingParams = Values<typeof ringParams>;

/** The way that each instruction takes. */
const ROUTE_OF: Readonly<Record<RingParams['instruction'], RouteId>> = {
  out: 'port-worker',
  outs: 'port-string-worker',
  store: 'mmio-worker',
  cpuid: 'hypervisor-cpuid',
  msr: 'hypervisor-msr',
  hypercall: 'hypervisor-hypercall',
};

export const ringMetrics = {
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between a partition and the hypervisor.',
  ),
  vmTransitions: countMetric(
    'VM exits and entries',
    'Changes between a partition and the hypervisor, the root included.',
  ),
  privilegeSwitches: countMetric(
    'Privilege switches',
    'Changes between user and kernel mode of one partition.',
  ),
  partitionSwitches: countMetric('Partition switches', 'The processor goes on with another partition.'),
  threadSwitches: countMetric('Thread switches', 'The root’s scheduler picks another thread.'),
  addressSpaceSwitches: countMetric('Address-space switches', 'Loads of a page table in the root.'),
  deviceIntercepts: countMetric('Device intercepts', 'Exits that a device model had to answer.'),
  hypervisorExits: countMetric('Hypervisor exits', 'Exits that the hypervisor answered by itself.'),
  cycles: {
    label: 'Time',
    unit: 'cycles',
    better: 'lower',
    doc: 'Cycles until the guest executes its next instruction, for all repetitions.',
  },
  nanoseconds: {
    label: 'Time of one',
    unit: 'ns',
    better: 'lower',
    doc: 'The same for one repetition, on this hardware.',
  },
  hopShare: {
    label: 'Share of the ring-3 hops',
    unit: '%',
    better: 'neither',
    doc: 'Part of the time that the changes between the root’s kernel and its worker take.',
  },
  visitShare: {
    label: 'Share of the visit to ring 3',
    unit: '%',
    better: 'neither',
    doc: 'The same with the wake-up of the worker’s thread and its dispatch.',
  },
  partitionShare: {
    label: 'Share of the partition switches',
    unit: '%',
    better: 'neither',
    doc: 'Part of the time that stopping one partition and running another takes.',
  },
} satisfies Record<string, Metric>;

export type RingMetric = keyof typeof ringMetrics;

/** Runs the experiment. */
export function simulateRing(params: RingParams, lab: Lab): Findings<RingMetric> {
  const belief = params.belief === 'privilege-only';
  const costs = lab.costs(params.era);
  const machine = lab.machine({
    era: params.era,
    structure: params.structure,
    memory: 4 * GUEST_PAGES,
    ...(belief ? { costs: onlyRings(costs) } : {}),
  });
  machine.cpu.finish(bringUp(machine));
  machine.startMeasuring();
  const started = machine.cpu.now;
  machine.cpu.finish(repeat(machine.cpu, params));
  const cycles = machine.cpu.now - started;
  const route = routeData(machine.recorded.structure, machine.costs, ROUTE_OF[params.instruction]);
  return {
    metrics: metricsOf(machine, cycles, params.repeat, route),
    series: [stagesOf(route)],
    ...(belief ? { wrongRule: 'only a change of ring costs anything' } : {}),
  };
}

/** Every price but that of the hop between rings is struck out. */
function onlyRings(costs: CostProfile): CostProfile {
  return costs.with(
    Object.fromEntries(
      COST_NAMES.filter((name) => name !== 'ring.hop').map((name): [CostName, number] => [name, 0]),
    ),
  );
}

/** What must have happened before a hypercall may be made. */
function* bringUp(machine: Machine): Program {
  const { cpu } = machine;
  const info = yield* detectHypervisor(cpu);
  if (!info) return;
  const hyperv = new Hyperv(info, new PageAllocator(cpu.memory, GUEST_PAGES), machine.costs.hz / 1e6);
  yield* hyperv.enableHypercalls(cpu, LINUX_6_1.guestOsId);
}

function* repeat(cpu: Cpu, params: RingParams): Program {
  for (let i = 0; i < params.repeat; i++) yield* once(cpu, params.instruction);
}

/** Which drive: a register write that changes nothing on a disk. */
const SELECT_DRIVE_0 = 0xe0;
const FAST_CALL = 1n << 16n;

/** The instruction in question. Each is harmless: the machine is the same afterwards. */
function* once(cpu: Cpu, instruction: RingParams['instruction']): Program {
  const { command } = IDE_CHANNELS[0];
  switch (instruction) {
    case 'out':
      return yield* cpu.out8(command + 6, SELECT_DRIVE_0);
    case 'outs':
      return yield* cpu.outsw(command, 0, 256);
    case 'store':
      return yield* cpu.store32(MMIO.IOAPIC, 0);
    case 'cpuid':
      yield* cpu.cpuid(0x4000_0003);
      return;
    case 'msr':
      yield* cpu.rdmsr(HV_X64_MSR.TIME_REF_COUNT);
      return;
    case 'hypercall':
      yield* cpu.vmcall(BigInt(HVCALL.NOTIFY_LONG_SPIN_WAIT) | FAST_CALL, 0n, 0n);
  }
}

function metricsOf(
  machine: Machine,
  cycles: number,
  repeats: number,
  route: RouteData,
): Record<RingMetric, number> {
  const { switches, ringTransitions, deviceIntercepts, hypervisorExits } = machine.measured();
  return {
    ringTransitions,
    vmTransitions: switches.vmTransition,
    privilegeSwitches: switches.privilege,
    partitionSwitches: switches.partition,
    threadSwitches: switches.thread,
    addressSpaceSwitches: switches.addressSpace,
    deviceIntercepts,
    hypervisorExits,
    cycles,
    nanoseconds: Math.round(((cycles / repeats) * 1e10) / machine.costs.hz) / 10,
    hopShare: share(route, ['ring.hop']),
    visitShare: share(route, ['ring.hop', 'worker.dispatch', 'hosted.dispatch']),
    partitionShare: share(route, ['partition.switch']),
  };
}

/** Per cent of a path's cycles that some rows of the costs make up. */
function share(route: RouteData, costs: readonly CostName[]): number {
  if (route.cycles === 0) return 0;
  const part = route.stages
    .filter((stage) => costs.includes(stage.cost as CostName) && !stage.aside)
    .reduce((sum, stage) => sum + stage.cycles, 0);
  return Math.round((part / route.cycles) * 1000) / 10;
}

const stagesOf = (route: RouteData): Series => ({
  id: 'stages',
  title: `${route.title}, step by step`,
  unit: 'cycles',
  labels: route.stages.map((stage) => stage.title),
  values: route.stages.map((stage) => stage.cycles),
  places: route.stages.map((stage) => stage.place),
});
