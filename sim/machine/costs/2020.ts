/** The 2020s: second-level address translation, APIC assist, and the mitigations of 2018. Skylake or Zen at 3.0 GHz. */
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
const VBOX =
  'VirtualBox, NEMR3Native-win.cpp, table of bootsector2-test1 (Threadripper 1950X 3.4 GHz, Windows 10 build 17134)';
const FACTOR_TWO =
  'Measured through the public hypervisor API, which shares this path with the worker process: the range is a factor of two either way.';
const OWN = 'no source read';

const totals = {
  'total.exit-entry': cycles(
    'VM exit and VM entry, hardware only',
    [1000, 700, 1600],
    'assumed',
    OWN,
    ['exit-hw-snb'],
    'Bounded by the whole light intercept, which was read.',
  ),
  'total.light': cycles(
    'Intercept that the hypervisor answers at once',
    [1600, 1200, 2500],
    'derived',
    VBOX,
    ['exit-light-hyperv-zen1'],
    '2.16 million reads of CR4 a second = 463 ns x 3.4 GHz = 1 575, rounded.',
  ),
  'total.msr': cycles(
    'Read of a synthetic MSR',
    [3360, 3000, 3700],
    'measured',
    'V. Kuznetsov, linux-hyperv list, 21 Aug 2019 (Windows Server 2016 host)',
    ['exit-msr-hyperv-ws2016'],
  ),
  'total.eoi': cycles(
    'EOI through the APIC page, no assist',
    [2000, 1500, 3500],
    'assumed',
    OWN,
    ['apic-eoi-exit-accelerated', 'virq-complete'],
    'None at all where the hardware virtualises the APIC.',
  ),
  'total.root-kernel': cycles(
    'Exit to the kernel of the root and back',
    [27_700, 13_850, 55_400],
    'derived',
    VBOX,
    ['exit-root-kernel-hyperv'],
    `122 700 a second = 8.15 us x 3.4 GHz, 27 500 to 27 900 on that machine. ${FACTOR_TWO}`,
  ),
  'total.worker': cycles(
    'Port access to the user-mode worker and back',
    [32_400, 16_200, 64_800],
    'derived',
    VBOX,
    ['pio-user-hyperv-2018', 'pio-user-hyperv-oct2018', 'pio-user-hyperv-17763'],
    `105 000 a second = 9.5 us x 3.4 GHz, 31 600 to 32 900 on that machine; up to 104 000 with the first, costly mitigations of October 2018. ${FACTOR_TWO}`,
  ),
  'total.worker-mmio': cycles(
    'Memory access to the user-mode worker and back',
    [58_900, 29_450, 117_800],
    'derived',
    VBOX,
    ['mmio-user-hyperv-2018'],
    `57 700 a second = 17.3 us x 3.4 GHz, 57 700 to 59 500 on that machine. ${FACTOR_TWO}`,
  ),
  'total.signal': cycles(
    'SIGNAL_EVENT hypercall',
    [2500, 1500, 3500],
    'derived',
    'bounded by a light intercept (1 575) and a synthetic MSR (3 361)',
    ['vmbus-signal-cost', 'exit-light-hyperv-zen1', 'exit-msr-hyperv-ws2016'],
    'No direct measurement was found.',
  ),
  'total.interrupt': cycles(
    'Interrupt: injection, entry to the handler, EOI, wake-up',
    [8000, 7300, 9700],
    'derived',
    'S. Hajnoczi, virtualization list, 20 May 2021 (virtio-blk on Optane, polling against interrupts)',
    ['irq-inject-complete-virtioblk'],
    '3.3 to 4.4 us saved per request x 2.2 GHz.',
  ),
  'total.syscall': cycles(
    'System call and return',
    [580, 520, 750],
    'measured',
    'Open Telekom Cloud, KPTI/IBRS/Retpoline microbenchmarks (KPTI with PCID)',
    ['syscall-kpti'],
  ),
  'total.hosted-kernel': cycles(
    'Port access to the kernel part of a hosted hypervisor',
    [3160, 3080, 3240],
    'derived',
    VBOX,
    ['pio-kernel-type2'],
    'Same machine, no Hyper-V underneath.',
  ),
  'total.hosted-worker': cycles(
    'Port access to the user process of a hosted hypervisor',
    [16_250, 15_900, 16_500],
    'derived',
    VBOX,
    ['pio-user-type2'],
    '4.78 us x 3.4 GHz. No partition switch in it.',
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

export const ERA_2020: EraCosts = {
  era: '2020',
  title: '2020s, second-level translation, mitigations on',
  hz: HZ,
  rows: {
    ...totals,
    ...partsOf(totals, wake),
    ...APIC_COSTS['2020'],
    ...CLOCK_COSTS['2020'],
    ...memoryCosts('2020', HZ, totals['total.exit-entry']),
    ...ipiCosts('2020'),
    ...nestedCosts('2020', totals['total.exit-entry']),
    ...spinCosts('2020'),
    'hv.emulate': cycles(
      'Decode and emulate one instruction, as string I/O needs',
      [1790, 900, 1800],
      'derived',
      VBOX,
      ['mmio-kernel-type2', 'pio-kernel-type2', 'emul-insn-2014-after'],
      '4 950 - 3 160, memory less port access in the host kernel.',
    ),
    'thread.switch': microseconds(
      'The processor changes to another process',
      HZ,
      [2, 1.2, 4],
      'assumed',
      OWN,
      ['ctxsw-2020-us'],
    ),
    'irq.wake': wake,
    'irq.target': cycles(
      'One more target of the same IPI or flush hypercall',
      [2460, 2375, 2500],
      'derived',
      'W. Li, Linux commit 4180bf1b655a',
      ['ipi-bcast-hypercall-per-target-ns'],
      '0.985 us x 2.5 GHz.',
    ),
    'root.wake': microseconds(
      'A root VP starts to run the handler of a signal',
      HZ,
      [6, 2, 15],
      'derived',
      'bounded above by the trip to the root kernel, 8.1 us',
      ['vmbus-root-wake-us', 'exit-root-kernel-hyperv'],
      'No direct measurement was found: the largest gap of the synthetic path.',
    ),
    'ring.op': cycles(
      'Put a small packet into a ring or take it out',
      [366, 317, 500],
      'derived',
      'J. Wang, vhost_net, 24 May 2019',
      ['ring-packet-vhost'],
      '2.6 GHz / 7.1 million packets a second.',
    ),
    'copy.cold': perByte('Copy memory that is not in the cache', [0.3, 0.15, 0.5], 'assumed', OWN, [
      'copy-2020',
    ]),
    'copy.cached': perByte('Copy memory in the near caches', [0.12, 0.06, 0.25], 'assumed', OWN, [
      'copy-cached',
    ]),
    'clock.tsc-page': cycles(
      'Read the clock through the reference TSC page',
      [49, 45, 60],
      'measured',
      'V. Kuznetsov, linux-hyperv list, 21 Aug 2019',
      ['clock-tscpage-kernel'],
    ),
  },
};
