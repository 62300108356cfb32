/** About 2008: hardware virtualisation without second-level address translation. Core 2 or K8/K10 at 3.0 GHz. */
import { APIC_COSTS } from './apic.ts';
import { CLOCK_COSTS } from './clocks.ts';
import { ipiCosts } from './ipi.ts';
import { memoryCosts } from './memory.ts';
import { nestedCosts } from './nested.ts';
import { partsOf } from './parts.ts';
import type { EraCosts } from './rows.ts';
import { cycles, microseconds, perByte } from './rows.ts';
import { spinCosts } from './spin.ts';

const HZ = 3_000_000_000;
const OWN = 'no source read';

const totals = {
  'total.exit-entry': cycles(
    'VM exit and VM entry, hardware only',
    [1300, 1000, 2500],
    'assumed',
    OWN,
    ['exit-hw-penryn', 'exit-hw-merom'],
    'Recalled: 1 266 on Penryn, 1 579 on Merom.',
  ),
  'total.light': cycles(
    'Intercept that the hypervisor answers at once',
    [3300, 3000, 5000],
    'measured',
    'Xen commit f64b7618e1 (May 2007), null hypercall on Athlon 64 X2',
    ['hypercall-xen-amdx2', 'cpuid-exit-woodcrest'],
  ),
  'total.msr': cycles(
    'Read of a synthetic MSR',
    [4500, 3300, 6000],
    'assumed',
    OWN,
    ['hypercall-xen-amdx2', 'exit-msr-hyperv-ws2016'],
    'A light intercept and a decode.',
  ),
  'total.eoi': cycles(
    'EOI through the APIC page, no assist',
    [7800, 6500, 9000],
    'measured',
    'Xen commit 77ec53b686 (2009), access to the APIC page with instruction emulation',
    ['apic-access-exit-2009'],
  ),
  'total.root-kernel': cycles(
    'Exit to the kernel of the root and back',
    [20_000, 12_000, 40_000],
    'assumed',
    OWN,
    ['exit-root-kernel-hyperv'],
    'Not scaled down from 2018: scheduling and messages dominate, not the processor.',
  ),
  'total.worker': cycles(
    'Port access to the user-mode worker and back',
    [30_000, 20_000, 100_000],
    'assumed',
    OWN,
    ['pio-user-hyperv-2018', 'pio-user-xen-2006-us'],
    'Xen measured 95 us in 2006 for a separately scheduled domain: an upper bound.',
  ),
  'total.worker-mmio': cycles(
    'Memory access to the user-mode worker and back',
    [56_000, 39_000, 126_000],
    'assumed',
    OWN,
    ['mmio-user-hyperv-2018', 'emul-insn-2014-before'],
    '30 000 + 26 000 x 2 700 / 2 700, the cost of emulating an instruction being that of 2012.',
  ),
  'total.signal': cycles(
    'SIGNAL_EVENT hypercall',
    [3300, 3000, 5000],
    'assumed',
    OWN,
    ['vmbus-signal-cost', 'hypercall-xen-amdx2'],
    'As a light intercept.',
  ),
  'total.interrupt': cycles(
    'Interrupt: injection, entry to the handler, EOI, wake-up',
    [12_000, 9000, 18_000],
    'assumed',
    OWN,
    ['irq-inject-complete-virtioblk'],
  ),
  'total.syscall': cycles('System call and return', [250, 140, 330], 'assumed', OWN, [
    'syscall-2008',
    'syscall-2007-us',
  ]),
  'total.hosted-kernel': cycles(
    'Port access to the kernel part of a hosted hypervisor',
    [4000, 3300, 6000],
    'assumed',
    OWN,
    ['hypercall-xen-amdx2', 'io-kernel-kvm-2013'],
    'A light intercept and the dispatch in the kernel.',
  ),
  'total.hosted-worker': cycles(
    'Port access to the user process of a hosted hypervisor',
    [17_100, 11_000, 25_000],
    'assumed',
    OWN,
    ['userhop-type2'],
    '4 000 + 13 100, the way to a process measured in 2018.',
  ),
};

const wake = cycles(
  'An interrupt finds the VP halted',
  [2400, 1690, 3120],
  'assumed',
  OWN,
  ['hlt-wake-nested'],
  'As in the 2020s.',
);

export const ERA_2008: EraCosts = {
  era: '2008',
  title: '2008, shadow page tables',
  hz: HZ,
  rows: {
    ...totals,
    ...partsOf(totals, wake),
    ...APIC_COSTS['2008'],
    ...CLOCK_COSTS['2008'],
    ...memoryCosts('2008', HZ, totals['total.exit-entry']),
    ...ipiCosts('2008'),
    ...nestedCosts('2008', totals['total.exit-entry']),
    ...spinCosts('2008'),
    'hv.emulate': cycles(
      'Decode and emulate one instruction, as string I/O needs',
      [2700, 2300, 3200],
      'measured',
      'P. Bonzini, Linux commit 44583cba9188 (2014), before the series',
      ['emul-insn-2014-before'],
    ),
    'thread.switch': microseconds(
      'The processor changes to another process',
      HZ,
      [1.5, 1.1, 4.3],
      'assumed',
      OWN,
      ['ctxsw-2008-us'],
    ),
    'irq.wake': wake,
    'irq.target': cycles(
      'One more target of the same IPI or flush hypercall',
      [2500, 2000, 4000],
      'assumed',
      OWN,
      ['ipi-bcast-hypercall-per-target-ns'],
    ),
    'root.wake': microseconds(
      'A root VP starts to run the handler of a signal',
      HZ,
      [6, 2, 15],
      'assumed',
      OWN,
      ['vmbus-root-wake-us'],
      'As in the 2020s.',
    ),
    'ring.op': cycles('Put a small packet into a ring or take it out', [600, 400, 1000], 'assumed', OWN, [
      'ring-packet-vhost',
    ]),
    'copy.cold': perByte('Copy memory that is not in the cache', [0.8, 0.5, 1.5], 'assumed', OWN, [
      'copy-2008',
    ]),
    'copy.cached': perByte('Copy memory in the near caches', [0.12, 0.06, 0.25], 'assumed', OWN, [
      'copy-cached',
    ]),
    'clock.tsc-page': cycles(
      'Read the clock through the reference TSC page',
      [49, 45, 60],
      'assumed',
      OWN,
      ['clock-tscpage-kernel'],
      'As in the 2020s. Windows Server 2008 itself does not offer the page.',
    ),
  },
};
