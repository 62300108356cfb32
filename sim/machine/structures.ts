/**
 * Other ways to build a hypervisor, as routes: to compare where each crosses rings, and what that costs on the same machine.
 *
 * A structure replaces some routes of Hyper-V's. Everything else of the simulation stays: the same guest, the same devices, the same
 * bytes, other clocks and counters.
 */

import type { Route, RouteId, Stage } from './routes.ts';
import { HYPER_V_ROUTES } from './routes.ts';

/** Names of the structures. */
export type StructureId = 'microkernelised' | 'user-mode-vsp' | 'monolithic' | 'hosted';

/** A way to build a hypervisor: what runs where, and the route that every exit takes therefore. */
export interface Structure {
  readonly id: StructureId;
  readonly title: string;
  /** What runs where, in a sentence. */
  readonly doc: string;
  readonly routes: Readonly<Record<RouteId, Route>>;
}

/** Service providers in the worker process, as OpenVMM builds all of them and Hyper-V the ones for video and input. */
const userModeVsp: Partial<Record<RouteId, Route>> = {
  'signal-to-root': {
    ...HYPER_V_ROUTES['signal-to-root'],
    stages: [
      ...HYPER_V_ROUTES['signal-to-root'].stages,
      {
        id: 'wake',
        at: 'root-user',
        title: 'The provider’s thread wakes',
        cost: 'thread.switch',
        switches: { thread: 1, addressSpace: 1 },
      },
      {
        id: 'sleep',
        at: 'root-kernel',
        title: 'The thread waits again',
        cost: 'ring.hop',
        aside: true,
        switches: { thread: 1, addressSpace: 1 },
      },
    ],
    serviceAfter: 3,
  },
  'root-signal': {
    ...HYPER_V_ROUTES['root-signal'],
    stages: [
      { id: 'decide', at: 'root-user', title: 'The service provider signals' },
      { id: 'ioctl', at: 'root-kernel', title: 'ioctl to the bus driver', cost: 'ring.hop' },
      ...HYPER_V_ROUTES['root-signal'].stages.slice(1),
      { id: 'ioctl-return', at: 'root-user', title: 'The ioctl returns', cost: 'ring.hop' },
    ],
    serviceAfter: 3,
  },
};

/** Device models and drivers inside the hypervisor: an access never leaves it, and a bug there is a bug in everything. */
function monolithicPort(id: RouteId, title: string, instruction: string, decode?: Stage['cost']): Route {
  const before: Stage[] = [
    { id: 'instruction', at: 'guest-kernel', title: instruction },
    { id: 'exit', at: 'hypervisor', title: 'VM exit', cost: 'vm.exit' },
    { id: 'decode', at: 'hypervisor', title: 'Find the device', cost: 'hv.light' },
  ];
  if (decode)
    before.push({
      id: 'emulate',
      at: 'hypervisor',
      title: 'Decode and emulate the instruction',
      cost: decode,
    });
  before.push({ id: 'device', at: 'hypervisor', title: 'The device model runs' });
  return {
    id,
    title,
    stages: [...before, { id: 'entry', at: 'guest-kernel', title: 'VM entry', cost: 'vm.entry' }],
    serviceAfter: before.length - 1,
  };
}

/** Work that stays where it is: no crossing, no cost of its own. */
function stays(id: RouteId, at: Stage['at'], title: string): Route {
  return { id, title, stages: [{ id: 'work', at, title }], serviceAfter: 0 };
}

const monolithic: Partial<Record<RouteId, Route>> = {
  'port-worker': monolithicPort('port-worker', 'Port access to a device in the hypervisor', 'IN or OUT'),
  'port-string-worker': monolithicPort(
    'port-string-worker',
    'String port access to a device in the hypervisor',
    'REP INS or REP OUTS',
    'hv.emulate',
  ),
  'mmio-worker': monolithicPort(
    'mmio-worker',
    'Memory access to a device in the hypervisor',
    'MOV to or from a device',
    'hv.emulate',
  ),
  'port-root-kernel': monolithicPort(
    'port-root-kernel',
    'Port access to a device in the hypervisor',
    'IN or OUT',
  ),
  'irq-assert': stays('irq-assert', 'hypervisor', 'The device model sets the bit in the virtual APIC'),
  'backend-io': stays('backend-io', 'hypervisor', 'The hypervisor’s own driver takes the request'),
  'signal-to-root': stays('signal-to-root', 'hypervisor', 'The hypervisor’s own driver serves the ring'),
  'root-signal': stays('root-signal', 'hypervisor', 'The hypervisor sets the event flag'),
};

/** A kernel module and a user process of an ordinary operating system: no other partition, so no partition switch. */
function hostedPort(id: RouteId, title: string, instruction: string, decode?: Stage['cost']): Route {
  const before: Stage[] = [
    { id: 'instruction', at: 'guest-kernel', title: instruction },
    { id: 'exit', at: 'root-kernel', title: 'VM exit into the host’s kernel', cost: 'vm.exit' },
    { id: 'module', at: 'root-kernel', title: 'The kernel module cannot answer', cost: 'hosted.kernel' },
    { id: 'return', at: 'root-user', title: 'The ioctl returns to the process', cost: 'ring.hop' },
    { id: 'dispatch', at: 'root-user', title: 'Find the device', cost: 'hosted.dispatch' },
  ];
  if (decode)
    before.push({
      id: 'emulate',
      at: 'root-user',
      title: 'Decode and emulate the instruction',
      cost: decode,
    });
  before.push({ id: 'device', at: 'root-user', title: 'The device model runs' });
  const after: Stage[] = [
    { id: 'ioctl', at: 'root-kernel', title: 'ioctl: run the VP', cost: 'ring.hop' },
    { id: 'entry', at: 'guest-kernel', title: 'VM entry', cost: 'vm.entry' },
  ];
  return { id, title, stages: [...before, ...after], serviceAfter: before.length - 1 };
}

/** An exit that the kernel module answers. */
function hostedKernel(id: RouteId): Route {
  const { title, stages, serviceAfter } = HYPER_V_ROUTES[id];
  return {
    id,
    title,
    serviceAfter,
    stages: stages.map((stage) => (stage.at === 'hypervisor' ? { ...stage, at: 'root-kernel' } : stage)),
  };
}

const hosted: Partial<Record<RouteId, Route>> = {
  'port-worker': hostedPort('port-worker', 'Port access to the process of a hosted hypervisor', 'IN or OUT'),
  'port-string-worker': hostedPort(
    'port-string-worker',
    'String port access to the process',
    'REP INS or REP OUTS',
    'hv.emulate',
  ),
  'mmio-worker': hostedPort(
    'mmio-worker',
    'Memory access to the process',
    'MOV to or from a device',
    'hv.emulate',
  ),
  'port-root-kernel': monolithicInHost(),
  'port-hypervisor': hostedKernel('port-hypervisor'),
  'hypervisor-cpuid': hostedKernel('hypervisor-cpuid'),
  'hypervisor-msr': hostedKernel('hypervisor-msr'),
  'hypervisor-hypercall': hostedKernel('hypervisor-hypercall'),
  'hypervisor-signal': hostedKernel('hypervisor-signal'),
  'hypervisor-apic': hostedKernel('hypervisor-apic'),
  'hypervisor-eoi': hostedKernel('hypervisor-eoi'),
  'hypervisor-halt': hostedKernel('hypervisor-halt'),
  'hypervisor-idle': hostedKernel('hypervisor-idle'),
  'hypervisor-x2apic': hostedKernel('hypervisor-x2apic'),
  'hypervisor-tpr-threshold': hostedKernel('hypervisor-tpr-threshold'),
  'hypervisor-eoi-level': hostedKernel('hypervisor-eoi-level'),
  'hypervisor-apic-write': hostedKernel('hypervisor-apic-write'),
  'irq-assert': {
    id: 'irq-assert',
    title: 'The process asserts an interrupt',
    stages: [
      { id: 'decide', at: 'root-user', title: 'The device model raises its line' },
      { id: 'ioctl', at: 'root-kernel', title: 'ioctl: set the bit in the virtual APIC', cost: 'ring.hop' },
      { id: 'return', at: 'root-user', title: 'The ioctl returns', cost: 'ring.hop', aside: true },
    ],
    serviceAfter: 1,
  },
  'signal-to-root': {
    id: 'signal-to-root',
    title: 'A kernel thread of the host wakes',
    stages: [
      {
        id: 'wake',
        at: 'root-kernel',
        title: 'The backend’s thread wakes',
        cost: 'thread.switch',
        switches: { thread: 1 },
      },
    ],
    serviceAfter: 0,
  },
  'root-signal': stays('root-signal', 'root-kernel', 'The backend’s thread sets the event flag'),
  'signal-to-guest': hostedKernel('signal-to-guest'),
  'monitor-scan': hostedKernel('monitor-scan'),
};

function monolithicInHost(): Route {
  return {
    id: 'port-root-kernel',
    title: 'Port access to the kernel module of a hosted hypervisor',
    stages: [
      { id: 'instruction', at: 'guest-kernel', title: 'IN or OUT' },
      { id: 'exit', at: 'root-kernel', title: 'VM exit into the host’s kernel', cost: 'vm.exit' },
      { id: 'module', at: 'root-kernel', title: 'The kernel module answers', cost: 'hosted.kernel' },
      { id: 'entry', at: 'guest-kernel', title: 'VM entry', cost: 'vm.entry' },
    ],
    serviceAfter: 2,
  };
}

function structure(
  id: StructureId,
  title: string,
  doc: string,
  routes: Partial<Record<RouteId, Route>>,
): Structure {
  return { id, title, doc, routes: { ...HYPER_V_ROUTES, ...routes } };
}

/** The structures by name. */
export const STRUCTURES: Readonly<Record<StructureId, Structure>> = {
  microkernelised: structure(
    'microkernelised',
    'Hyper-V: microkernelised type 1',
    'Device models in a user-mode process of the root, service providers in its kernel, no driver in the hypervisor.',
    {},
  ),
  'user-mode-vsp': structure(
    'user-mode-vsp',
    'Type 1 with service providers in user mode',
    'As Hyper-V, but the service providers live in the worker process, too.',
    userModeVsp,
  ),
  monolithic: structure(
    'monolithic',
    'Monolithic type 1',
    'Device models and drivers are part of the hypervisor.',
    monolithic,
  ),
  hosted: structure(
    'hosted',
    'Hosted, type 2',
    'The hypervisor is a module of the host’s kernel, device models are in a user process, the host is no partition.',
    hosted,
  ),
};
