/**
 * Routes: the way of an exit, a signal or an interrupt through the rings, as data.
 *
 * A route is a list of stages. The same list charges the clock, counts the switches, opens the trace spans and draws the diagram.
 * Its costs are names of rows in the profile of the era; its ring transitions follow from the places of consecutive stages.
 */
import type { CostName } from './costs.ts';
import type { Place } from './places.ts';
import { PLACES } from './places.ts';

/**
 * Five things that are all called "context switch".
 * `privilege`: between user and kernel mode of one partition. `vmTransition`: VM exit or VM entry. `partition`: the processor goes on
 * with a VP of another partition. `thread`: the root's scheduler picks another thread. `addressSpace`: CR3 is loaded.
 */
export type SwitchKind = 'privilege' | 'vmTransition' | 'partition' | 'thread' | 'addressSpace';

/** The five kinds, in the order of a table. */
export const SWITCH_KINDS: readonly SwitchKind[] = [
  'privilege',
  'vmTransition',
  'partition',
  'thread',
  'addressSpace',
];

/** One stretch of a route: code in one place. */
export interface Stage {
  readonly id: string;
  readonly at: Place;
  readonly title: string;
  /** What the stage costs; nothing when absent: the instruction itself or work that the device model charges. */
  readonly cost?: CostName;
  /** Where control comes from when it is not the stage before: two processors part here. */
  readonly from?: Place;
  /** True when the guest does not wait for this stage: it happens beside it, on the root's time. */
  readonly aside?: boolean;
  /** Switches that the places do not show. Privilege switches and VM transitions follow from the places. */
  readonly switches?: Partial<Record<SwitchKind, number>>;
}

/** The way of one kind of exit, as data: the same list charges the clock, opens the spans of the trace and draws the diagram. */
export interface Route {
  readonly id: string;
  readonly title: string;
  readonly stages: readonly Stage[];
  /** Index of the stage in which the device or the handler runs: what comes before it is charged before, the rest after. */
  readonly serviceAfter: number;
}

/** Names of the routes. */
export type RouteId =
  | 'port-worker'
  | 'port-string-worker'
  | 'mmio-worker'
  | 'port-root-kernel'
  | 'hypervisor-cpuid'
  | 'hypervisor-msr'
  | 'hypervisor-hypercall'
  | 'hypervisor-signal'
  | 'hypervisor-apic'
  | 'hypervisor-eoi'
  | 'hypervisor-halt'
  | 'irq-assert'
  | 'backend-io'
  | 'signal-to-root'
  | 'root-signal'
  | 'signal-to-guest'
  | 'monitor-scan';

/** Every route has a number: the index of its counter and of its costs. */
export const ROUTE_IDS: readonly RouteId[] = [
  'port-worker',
  'port-string-worker',
  'mmio-worker',
  'port-root-kernel',
  'hypervisor-cpuid',
  'hypervisor-msr',
  'hypervisor-hypercall',
  'hypervisor-signal',
  'hypervisor-apic',
  'hypervisor-eoi',
  'hypervisor-halt',
  'irq-assert',
  'backend-io',
  'signal-to-root',
  'root-signal',
  'signal-to-guest',
  'monitor-scan',
];

/** The number of a route. */
export const ROUTE = Object.fromEntries(ROUTE_IDS.map((id, index) => [id, index])) as Readonly<
  Record<RouteId, number>
>;

/** Exits that a device in the root answers. */
export const DEVICE_ROUTES: readonly RouteId[] = [
  'port-worker',
  'port-string-worker',
  'mmio-worker',
  'port-root-kernel',
];

/** Exits that the hypervisor answers by itself. */
export const HYPERVISOR_ROUTES: readonly RouteId[] = [
  'hypervisor-cpuid',
  'hypervisor-msr',
  'hypervisor-hypercall',
  'hypervisor-signal',
  'hypervisor-apic',
  'hypervisor-eoi',
];

/**
 * Passages that do not count as work: a guest that waits for a device halts or runs another of its threads, and which of the two
 * says nothing about the device. Their time is charged and they have counters of their own.
 */
export const IDLE_ROUTES: readonly RouteId[] = ['hypervisor-halt'];

/** Passages whose switches are added up. */
export const WORK_ROUTES: readonly RouteId[] = ROUTE_IDS.filter((id) => !IDLE_ROUTES.includes(id));

const guest = (title: string): Stage => ({ id: 'instruction', at: 'guest-kernel', title });
const EXIT: Stage = { id: 'exit', at: 'hypervisor', title: 'VM exit', cost: 'vm.exit' };
const ENTRY: Stage = { id: 'entry', at: 'guest-kernel', title: 'VM entry', cost: 'vm.entry' };

/** An exit that never leaves the hypervisor: two transitions. */
function inHypervisor(id: RouteId, title: string, instruction: string, work: string, cost: CostName): Route {
  const serve: Stage = { id: 'serve', at: 'hypervisor', title: work, cost };
  return { id, title, stages: [guest(instruction), EXIT, serve, ENTRY], serviceAfter: 2 };
}

/** To the root's kernel: the hypervisor stops the VP and sends the intercept as a message. */
const TO_ROOT: readonly Stage[] = [
  EXIT,
  {
    id: 'intercept',
    at: 'hypervisor',
    title: 'Find the intercept, suspend the VP, write the message',
    cost: 'hv.light',
  },
  {
    id: 'switch-in',
    at: 'root-kernel',
    title: 'A VP of the root runs and takes the interrupt',
    cost: 'partition.switch',
    switches: { partition: 1 },
  },
  { id: 'vid', at: 'root-kernel', title: 'VID takes the message', cost: 'root.vid' },
];

/** And back: one hypercall sets the registers and lets the VP go; its return to the root happens beside the guest's entry. */
const FROM_ROOT: readonly Stage[] = [
  { id: 'complete', at: 'hypervisor', title: 'The root’s hypercall exits', cost: 'vm.exit' },
  { id: 'release', at: 'hypervisor', title: 'Set the registers, clear the suspension', cost: 'hv.light' },
  {
    id: 'root-return',
    at: 'root-kernel',
    title: 'The hypercall returns to the root',
    cost: 'vm.entry',
    aside: true,
  },
  {
    id: 'switch-out',
    at: 'hypervisor',
    from: 'hypervisor',
    title: 'The guest’s VP is run again',
    cost: 'partition.switch',
    switches: { partition: 1 },
  },
  ENTRY,
];

const DISPATCH: readonly Stage[] = [
  {
    id: 'return',
    at: 'root-user',
    title: 'The blocked ioctl returns',
    cost: 'ring.hop',
    switches: { thread: 1, addressSpace: 1 },
  },
  { id: 'dispatch', at: 'root-user', title: 'Find the device', cost: 'worker.dispatch' },
];

const COMPLETE: Stage = {
  id: 'ioctl',
  at: 'root-kernel',
  title: 'ioctl: complete this message, wait for the next',
  cost: 'ring.hop',
  switches: { thread: 1, addressSpace: 1 },
};

/** An exit that the user-mode worker answers: seven transitions. `extra` is work of the worker before the device runs. */
function toWorker(id: RouteId, title: string, instruction: string, extra: readonly Stage[] = []): Route {
  const service: Stage = { id: 'device', at: 'root-user', title: 'The device model runs' };
  const before = [guest(instruction), ...TO_ROOT, ...DISPATCH, ...extra, service];
  return { id, title, stages: [...before, COMPLETE, ...FROM_ROOT], serviceAfter: before.length - 1 };
}

const rootKernelPort: Route = {
  id: 'port-root-kernel',
  title: 'Port access to a device in the root’s kernel',
  stages: [guest('IN or OUT'), ...TO_ROOT, ...FROM_ROOT],
  serviceAfter: TO_ROOT.length,
};

const irqAssert: Route = {
  id: 'irq-assert',
  title: 'The worker asserts an interrupt',
  stages: [
    { id: 'decide', at: 'root-user', title: 'The device model raises its line' },
    { id: 'ioctl', at: 'root-kernel', title: 'ioctl to VID', cost: 'ring.hop' },
    { id: 'hypercall', at: 'hypervisor', title: 'The root’s hypercall exits', cost: 'vm.exit' },
    { id: 'request', at: 'hypervisor', title: 'Set the bit in the virtual APIC', cost: 'hv.light' },
    { id: 'root-return', at: 'root-kernel', title: 'The hypercall returns', cost: 'vm.entry', aside: true },
    { id: 'ioctl-return', at: 'root-user', title: 'The ioctl returns', cost: 'ring.hop', aside: true },
  ],
  serviceAfter: 3,
};

const backendIo: Route = {
  id: 'backend-io',
  title: 'The worker reads or writes the image file',
  stages: [
    { id: 'call', at: 'root-user', title: 'NtReadFile or NtWriteFile' },
    { id: 'kernel', at: 'root-kernel', title: 'The file system takes the request', cost: 'ring.hop' },
    { id: 'return', at: 'root-user', title: 'The call returns, the disk works on', cost: 'ring.hop' },
  ],
  serviceAfter: 1,
};

const signalToRoot: Route = {
  id: 'signal-to-root',
  title: 'A SINT interrupts the root',
  stages: [
    { id: 'interrupted', at: 'root-kernel', title: 'The root runs or idles' },
    { id: 'inject', at: 'hypervisor', title: 'The hypervisor raises the SINT', cost: 'root.wake' },
    {
      id: 'handler',
      at: 'root-kernel',
      title: 'Interrupt handler of the bus driver',
      switches: { partition: 1 },
    },
  ],
  serviceAfter: 2,
};

const rootSignal: Route = {
  id: 'root-signal',
  title: 'The root signals the guest by a hypercall',
  stages: [
    { id: 'call', at: 'root-kernel', title: 'The service provider signals' },
    EXIT,
    { id: 'flag', at: 'hypervisor', title: 'Set the event flag', cost: 'hv.signal' },
    { id: 'return', at: 'root-kernel', title: 'The hypercall returns', cost: 'vm.entry' },
  ],
  serviceAfter: 2,
};

const signalToGuest: Route = {
  id: 'signal-to-guest',
  title: 'A SINT interrupts the guest',
  stages: [
    { id: 'interrupted', at: 'guest-kernel', title: 'The guest runs or idles' },
    { id: 'inject', at: 'hypervisor', title: 'The hypervisor injects the vector' },
    { id: 'handler', at: 'guest-kernel', title: 'Interrupt handler of the guest' },
  ],
  serviceAfter: 1,
};

const monitorScan: Route = {
  id: 'monitor-scan',
  title: 'The hypervisor looks at the monitor page',
  stages: [{ id: 'scan', at: 'hypervisor', title: 'Read the armed triggers' }],
  serviceAfter: 0,
};

const EMULATE: Stage = {
  id: 'emulate',
  at: 'root-user',
  title: 'Emulate the string instruction',
  cost: 'hv.emulate',
};
const DECODE: Stage = {
  id: 'decode',
  at: 'root-user',
  title: 'Decode and emulate the memory instruction',
  cost: 'worker.mmio',
};

/** Hyper-V: a microkernelised type 1 hypervisor; devices in a user-mode worker, service providers in the root's kernel. */
export const HYPER_V_ROUTES: Readonly<Record<RouteId, Route>> = {
  'port-worker': toWorker('port-worker', 'Port access to the worker', 'IN or OUT'),
  'port-string-worker': toWorker(
    'port-string-worker',
    'String port access to the worker',
    'REP INS or REP OUTS',
    [EMULATE],
  ),
  'mmio-worker': toWorker('mmio-worker', 'Memory access to the worker', 'MOV to or from a device', [DECODE]),
  'port-root-kernel': rootKernelPort,
  'hypervisor-cpuid': inHypervisor('hypervisor-cpuid', 'CPUID', 'CPUID', 'Look up the leaf', 'hv.light'),
  'hypervisor-msr': inHypervisor(
    'hypervisor-msr',
    'Synthetic MSR',
    'RDMSR or WRMSR',
    'Serve the register',
    'hv.msr',
  ),
  'hypervisor-hypercall': inHypervisor(
    'hypervisor-hypercall',
    'Hypercall',
    'VMCALL',
    'Check and serve the call',
    'hv.light',
  ),
  'hypervisor-signal': inHypervisor(
    'hypervisor-signal',
    'SIGNAL_EVENT',
    'VMCALL',
    'Set the event flag of the port',
    'hv.signal',
  ),
  'hypervisor-apic': inHypervisor(
    'hypervisor-apic',
    'APIC page',
    'MOV to the APIC page',
    'Decode and emulate the access',
    'hv.apic',
  ),
  'hypervisor-eoi': inHypervisor(
    'hypervisor-eoi',
    'APIC register by MSR',
    'WRMSR EOI, ICR or TPR',
    'Serve the register',
    'hv.light',
  ),
  'hypervisor-halt': inHypervisor('hypervisor-halt', 'HLT', 'HLT', 'Put the VP aside', 'hv.light'),
  'irq-assert': irqAssert,
  'backend-io': backendIo,
  'signal-to-root': signalToRoot,
  'root-signal': rootSignal,
  'signal-to-guest': signalToGuest,
  'monitor-scan': monitorScan,
};

/** Ring transitions from one stage to the next: changes of place, counted as in the literature, one for each crossing. */
export function ringTransitions(route: Route): number {
  const counts = switchCounts(route);
  return counts.privilege + counts.vmTransition;
}

/** The five kinds of switch of one passage of a route. */
export function switchCounts(route: Route): Record<SwitchKind, number> {
  const counts: Record<SwitchKind, number> = {
    privilege: 0,
    vmTransition: 0,
    partition: 0,
    thread: 0,
    addressSpace: 0,
  };
  route.stages.forEach((stage, index) => {
    const from = stage.from ?? route.stages[index - 1]?.at ?? stage.at;
    const crossing = crossingKind(from, stage.at);
    if (crossing) counts[crossing]++;
    for (const kind of SWITCH_KINDS) counts[kind] += stage.switches?.[kind] ?? 0;
  });
  return counts;
}

/** What it is called to go from one place to another; undefined when both are the same or one of them is hardware. */
export function crossingKind(from: Place, to: Place): 'privilege' | 'vmTransition' | undefined {
  const [a, b] = [PLACES[from], PLACES[to]];
  if (from === to || a.side === 'hardware' || b.side === 'hardware') return undefined;
  return a.side === b.side ? 'privilege' : 'vmTransition';
}
