/**
 * Takes the published totals of an era apart into the stages of a route. The same way for every era, so that eras differ by their
 * totals only. Nobody published the inner split of an intercept on Hyper-V: where arithmetic ends, the rest is divided in equal
 * parts and the row says so.
 */

import type { CostName, CostRow } from './rows.ts';
import { remainder, rest, share } from './rows.ts';

export type TotalName = Extract<CostName, `total.${string}`>;
export type PartName =
  | 'vm.exit'
  | 'vm.entry'
  | 'hv.light'
  | 'hv.msr'
  | 'hv.apic'
  | 'hv.signal'
  | 'partition.switch'
  | 'root.vid'
  | 'ring.hop'
  | 'worker.dispatch'
  | 'worker.mmio'
  | 'irq.inject'
  | 'hosted.kernel'
  | 'hosted.dispatch';

type Totals = Readonly<Record<TotalName, CostRow>>;

/** Share of the VM exit in exit + entry: Core 2, page-fault exit 1 186 and entry 937 cycles. */
const EXIT_SHARE = 0.56;

/** The parts of an era's totals. `wake` is the extra cost of an interrupt that finds the VP halted. */
export function partsOf(totals: Totals, wake: CostRow): Record<PartName, CostRow> {
  const hop = share(
    'One way between user and kernel mode',
    totals['total.syscall'],
    0.5,
    'Both ways are taken as equal.',
  );
  return {
    ...hypervisorParts(totals),
    ...rootParts(totals, hop),
    ...interruptParts(totals, wake),
    ...hostedParts(totals, hop),
    'ring.hop': hop,
  };
}

function exitOf(totals: Totals): CostRow {
  const why = `Share of the exit: 1 186 / (1 186 + 937) on Core 2.`;
  return share('VM exit by the processor', totals['total.exit-entry'], EXIT_SHARE, why, [
    'vmexit-pf-core2',
    'vmentry-core2',
  ]);
}

function hypervisorParts(
  totals: Totals,
): Pick<Record<PartName, CostRow>, 'vm.exit' | 'vm.entry' | 'hv.light' | 'hv.msr' | 'hv.apic' | 'hv.signal'> {
  const both = totals['total.exit-entry'];
  const exit = exitOf(totals);
  const handling = (what: string, name: TotalName): CostRow =>
    remainder(what, totals[name], [[both, 1]], 'Total less VM exit and entry.');
  return {
    'vm.exit': exit,
    'vm.entry': rest('VM entry by the processor', both, exit),
    'hv.light': handling('The hypervisor decodes a light intercept and answers it', 'total.light'),
    'hv.msr': handling('The hypervisor decodes and serves a synthetic MSR', 'total.msr'),
    'hv.apic': handling('The hypervisor decodes an access to the APIC page and emulates it', 'total.eoi'),
    'hv.signal': handling('The hypervisor serves SIGNAL_EVENT', 'total.signal'),
  };
}

/** What is known of a trip to the root's kernel: exit, entry, two light pieces of hypervisor work, and the exit of the root's own hypercall. */
function knownOfRootTrip(totals: Totals): (readonly [CostRow, number])[] {
  const { 'hv.light': light } = hypervisorParts(totals);
  return [
    [totals['total.exit-entry'], 1],
    [exitOf(totals), 1],
    [light, 2],
  ];
}

function rootParts(
  totals: Totals,
  hop: CostRow,
): Pick<Record<PartName, CostRow>, 'partition.switch' | 'root.vid' | 'worker.dispatch' | 'worker.mmio'> {
  const known = knownOfRootTrip(totals);
  const kernel = totals['total.root-kernel'];
  const left = remainder('The root takes the interrupt; VID reads the message', kernel, known, '');
  const move = partitionSwitch(left);
  return {
    'partition.switch': move,
    'root.vid': {
      ...remainder(left.what, left, [[move, 2]], 'What is left beside two switches.'),
      basis: 'assumed',
    },
    'worker.dispatch': remainder(
      "The worker's dispatch thread wakes, finds the device and later hands the answer back",
      totals['total.worker'],
      [
        [kernel, 1],
        [hop, 2],
      ],
      'Trip to the worker less trip to the root kernel less one system call.',
    ),
    'worker.mmio': remainder(
      'The worker decodes and emulates the memory instruction',
      totals['total.worker-mmio'],
      [[totals['total.worker'], 1]],
      'Trip for a memory access less trip for a port access.',
    ),
  };
}

/**
 * One of the two partition switches of the trip. Nobody has published it for Hyper-V: equal shares of what is left of the total for
 * the way in, the work of the root and the way back are our split. A switch between two VMs took 4 812 to 10 534 cycles on KVM and Xen.
 */
function partitionSwitch(left: CostRow): CostRow {
  const third = (n: number): number => Math.round(n / 3);
  const value = third(left.value);
  return {
    ...left,
    what: 'Another partition takes over the processor',
    value,
    low: third(left.low),
    high: third(left.high),
    basis: 'assumed',
    note: `${value} = ${left.value} / 3; ${left.note} Equal shares for the way in, the work of the root, the way back.`,
    calibration: [...left.calibration, 'vm-switch'],
  };
}

function interruptParts(totals: Totals, wake: CostRow): Pick<Record<PartName, CostRow>, 'irq.inject'> {
  const parts = [
    [totals['total.eoi'], 1],
    [wake, 1],
  ] as const;
  return {
    'irq.inject': remainder(
      'An interrupt is injected and the guest enters its handler',
      totals['total.interrupt'],
      parts,
      'Total less EOI less wake-up.',
    ),
  };
}

function hostedParts(
  totals: Totals,
  hop: CostRow,
): Pick<Record<PartName, CostRow>, 'hosted.kernel' | 'hosted.dispatch'> {
  return {
    'hosted.kernel': remainder(
      'A hosted hypervisor in the host kernel decodes a port access',
      totals['total.hosted-kernel'],
      [[totals['total.exit-entry'], 1]],
      '',
    ),
    'hosted.dispatch': remainder(
      'The user process of a hosted hypervisor finds the device',
      totals['total.hosted-worker'],
      [
        [totals['total.hosted-kernel'], 1],
        [hop, 2],
      ],
      '',
    ),
  };
}
