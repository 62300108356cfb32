/**
 * The routes of Hyper-V for exits, signals and interrupts of devices, and for the exits that the hypervisor answers by itself: devices
 * in a user-mode worker, service providers in the root's kernel.
 */
import type { Route, Stage } from './route.ts';
import { ENTRY, EXIT, guest, inHypervisor } from './route.ts';

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
function toWorker(id: string, title: string, instruction: string, extra: readonly Stage[] = []): Route {
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
export const IO_ROUTES = {
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
} satisfies Readonly<Record<string, Route>>;
