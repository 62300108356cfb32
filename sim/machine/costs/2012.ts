/** About 2012: second-level address translation in every server, no mitigations yet. Nehalem to Ivy Bridge at 2.6 GHz. */
import { APIC_COSTS } from './apic.ts';
import { CLOCK_COSTS } from './clocks.ts';
import { ipiCosts } from './ipi.ts';
import { memoryCosts } from './memory.ts';
import { nestedCosts } from './nested.ts';
import { partsOf } from './parts.ts';
import type { EraCosts } from './rows.ts';
import { cycles, microseconds, perByte } from './rows.ts';
import { spinCosts } from './spin.ts';

const HZ = 2_600_000_000;
const OWN = 'no source read';

const totals = {
  'total.exit-entry': cycles(
    'VM exit and VM entry, hardware only',
    [800, 700, 1100],
    'assumed',
    OWN,
    ['exit-hw-snb', 'exit-hw-westmere', 'exit-hw-nehalem'],
    'Recalled: 784 on Sandy Bridge, 1 009 on Nehalem.',
  ),
  'total.light': cycles(
    'Intercept that the hypervisor answers at once',
    [2000, 1200, 2300],
    'measured',
    'Landau, Ben-Yehuda, Gordon, SplitX, WIOV 2011 (Xeon X5570, KVM)',
    ['exit-direct-nehalem-kvm', 'hypercall-kvm-x86'],
  ),
  'total.msr': cycles(
    'Read of a synthetic MSR',
    [3500, 3000, 4500],
    'assumed',
    OWN,
    ['exit-msr-hyperv-ws2016'],
    'Taken close to the figure read for Windows Server 2016, 3 361.',
  ),
  'total.eoi': cycles(
    'EOI through the APIC page, no assist',
    [3000, 1500, 3500],
    'measured',
    'Xen commit 77ec53b686 (2009), EOI decoded from the exit qualification',
    ['apic-eoi-exit-accelerated'],
  ),
  'total.root-kernel': cycles(
    'Exit to the kernel of the root and back',
    [22_000, 11_000, 44_000],
    'assumed',
    OWN,
    ['exit-root-kernel-hyperv'],
    'Less than the 27 700 of 2018: no mitigations. The range is a factor of two either way.',
  ),
  'total.worker': cycles(
    'Port access to the user-mode worker and back',
    [28_000, 14_000, 56_000],
    'assumed',
    OWN,
    ['pio-user-hyperv-2018'],
    'Less than the 32 400 of 2018: no mitigations. The range is a factor of two either way.',
  ),
  'total.worker-mmio': cycles(
    'Memory access to the user-mode worker and back',
    [54_000, 27_000, 108_000],
    'assumed',
    OWN,
    ['mmio-user-hyperv-2018'],
    '28 000 + 26 000. The range is a factor of two either way.',
  ),
  'total.signal': cycles(
    'SIGNAL_EVENT hypercall',
    [2000, 1200, 3300],
    'assumed',
    OWN,
    ['vmbus-signal-cost', 'exit-direct-nehalem-kvm'],
    'As a light intercept.',
  ),
  'total.interrupt': cycles(
    'Interrupt: injection, entry to the handler, EOI, wake-up',
    [9000, 7000, 12_000],
    'assumed',
    OWN,
    ['irq-inject-complete-virtioblk'],
  ),
  'total.syscall': cycles(
    'System call and return',
    [140, 115, 250],
    'measured',
    'Open Telekom Cloud, KPTI/IBRS/Retpoline microbenchmarks (no isolation)',
    ['syscall-2010-nopti'],
  ),
  'total.hosted-kernel': cycles(
    'Port access to the kernel part of a hosted hypervisor',
    [3240, 3190, 3291],
    'assumed',
    OWN,
    ['io-kernel-kvm-2013'],
    'Recalled: Dall and Nieh, KVM/ARM, 2014.',
  ),
  'total.hosted-worker': cycles(
    'Port access to the user process of a hosted hypervisor',
    [11_600, 10_985, 12_218],
    'assumed',
    OWN,
    ['io-user-kvm-2013'],
    'Recalled: Dall and Nieh, KVM/ARM, 2014.',
  ),
};

const wake = cycles(
  'An interrupt finds the VP halted',
  [2400, 1690, 3120],
  'derived',
  'P. Bonzini, KVM list, VMX optimisation series (nested guest)',
  ['hlt-wake-nested'],
  '15 400 nested / 6.4; low 13 500 / 8, high 15 600 / 5.',
);

export const ERA_2012: EraCosts = {
  era: '2012',
  title: '2012, second-level translation',
  hz: HZ,
  rows: {
    ...totals,
    ...partsOf(totals, wake),
    ...APIC_COSTS['2012'],
    ...CLOCK_COSTS['2012'],
    ...memoryCosts('2012', HZ, totals['total.exit-entry']),
    ...ipiCosts('2012'),
    ...nestedCosts('2012', totals['total.exit-entry']),
    ...spinCosts('2012'),
    'hv.emulate': cycles(
      'Decode and emulate one instruction, as string I/O needs',
      [2700, 720, 3200],
      'measured',
      'P. Bonzini, Linux commit 44583cba9188 (2014)',
      ['emul-insn-2014-before', 'emul-insn-2014-after'],
      '900 after the series of 2014.',
    ),
    'thread.switch': microseconds(
      'The processor changes to another process',
      HZ,
      [1.3, 1, 3],
      'assumed',
      OWN,
      ['ctxsw-2012-us'],
    ),
    'irq.wake': wake,
    'irq.target': cycles(
      'One more target of the same IPI or flush hypercall',
      [2500, 2000, 3000],
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
      ['vmbus-root-wake-us', 'io-out-xen-domu-dom0'],
      'As in the 2020s.',
    ),
    'ring.op': cycles('Put a small packet into a ring or take it out', [400, 317, 600], 'assumed', OWN, [
      'ring-packet-vhost',
    ]),
    'copy.cold': perByte('Copy memory that is not in the cache', [0.4, 0.25, 0.7], 'assumed', OWN, [
      'copy-2012',
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
      'As in the 2020s.',
    ),
  },
};
