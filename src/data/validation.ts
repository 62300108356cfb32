/**
 * Published measurements that an experiment can be held against: what was published, which of our numbers it is compared with, how far the
 * two may be apart, and whether they agree. Each has a test in `sim/experiments/` that names its id.
 */
export interface Validation {
  readonly id: string;
  /** What was measured, on what. */
  readonly setup: string;
  readonly published: string;
  readonly source: string;
  /** One line and metric, or two whose ratio is meant; `how` says what is done with them. */
  readonly ours: readonly { readonly line: string; readonly metric: string }[];
  readonly how: string;
  readonly tolerance: string;
  readonly agrees: 'yes' | 'partly' | 'no';
  readonly note: string;
}

/** In the order of their ids. */
export const VALIDATION: readonly Validation[] = [
  {
    id: 'V-ACPITIMER',
    setup:
      'An idle Vista reads the ACPI timer 15 times in each of 64 ticks a second; device model in another domain, then in the hypervisor',
    published: 'about 10 % of a processor, then 0.9 %: 11 times',
    source: 'Xen commit fcf4e106d0 (25 October 2006)',
    ours: [
      { line: 'clock-read?rate=960&duration=1000&era=2008', metric: 'share' },
      { line: 'clock-read?rate=960&duration=1000&era=2008&placement=hypervisor', metric: 'share' },
    ],
    how: 'The first by the second.',
    tolerance: '6 to 16 times',
    agrees: 'partly',
    note: 'The ratio agrees, the shares do not: 1 % and 0.1 % here. Xen’s domain was scheduled apart, on processors of 2006; its 95 us a reading are outside what we assume for Hyper-V’s worker.',
  },
  {
    id: 'V-APICMODE',
    setup:
      'Xen guest with 32 processors, flushes by IPI: xAPIC, x2APIC, x2APIC with the command for all others',
    published: 'the lock is held 1.82 times as long with xAPIC, and 1.58 times as long without the shorthand',
    source: 'Xen commits b1710040ca (2019) and 5500d265a2 (2020)',
    ours: [
      { line: 'ipi?era=2012&rounds=1&vps=32', metric: 'allCycles' },
      { line: 'ipi?apic=x2apic&era=2012&rounds=1&vps=32', metric: 'allCycles' },
      { line: 'ipi?apic=x2apic&era=2012&method=others&rounds=1&vps=32', metric: 'allCycles' },
    ],
    how: 'The first by the second, and the second by the third: until all targets have answered.',
    tolerance: 'a factor of 1.35 either way',
    agrees: 'partly',
    note: 'Both of our ratios are larger than the published ones: the lock is held for the flush as well, which is not in ours.',
  },
  {
    id: 'V-ELI',
    setup: 'Assigned 10 GbE card, interrupts with and without exits',
    published: '1.3 to 1.6 times the throughput',
    source: 'Gordon et al., ELI, ASPLOS 2012, abstract',
    ours: [
      { line: 'interrupt-end?hardware=apicv&rate=100000', metric: 'overhead' },
      { line: 'interrupt-end?rate=100000', metric: 'overhead' },
    ],
    how: '(100 − overhead) of the first line by that of the second: the guest’s work without and with exits.',
    tolerance: '1.3 to 1.6',
    agrees: 'partly',
    note: 'The abstract gives no rate. At 100 000 interrupts a second the ratio is inside, at 50 000 it is 1.14: what an exit does to caches is not modelled.',
  },
  {
    id: 'V-EPT',
    setup: 'ESX on Xeon 5500, a second level against shadow tables',
    published: 'gains up to 48 %, up to 600 % in micro-benchmarks; some workloads slower without large pages',
    source: 'VMware, “Performance Evaluation of Intel EPT Hardware Assist”, 2009 (its opening)',
    ours: [
      { line: 'tlb-flush?changed=64&era=2012&rounds=2&touched=2048', metric: 'cycles' },
      { line: 'tlb-flush?changed=64&era=2012&paging=slat&rounds=2&touched=2048', metric: 'cycles' },
      { line: 'tlb-flush?changed=0&era=2012&rounds=2&touched=2048', metric: 'cycles' },
      { line: 'tlb-flush?changed=0&era=2012&paging=slat&rounds=2&touched=2048', metric: 'cycles' },
    ],
    how: 'The first by the second, and the third by the fourth: gain of the second level with many changes, and with none.',
    tolerance: 'the order: more gain with more changes, a loss without any, none of it with large pages',
    agrees: 'partly',
    note: 'The order agrees, and with 64 pages a round the gain lies within what their micro-benchmarks had. The loss is larger than “some are slower”: our guest does nothing but touch pages.',
  },
  {
    id: 'V-EVMCS',
    setup: 'CPUID loop of a guest inside a guest, KVM under Hyper-V, without and with the enlightened VMCS',
    published: '18 890 and 8 304 cycles: 2.27 times',
    source: 'V. Kuznetsov, Linux commit "x86/kvm: use Enlightened VMCS when running on Hyper-V" (2018)',
    ours: [],
    how: 'Exit counts with their costs, in sim/enlightenments/nested.test.ts: two exits, and seven more for VMREAD and VMWRITE.',
    tolerance: 'a quarter',
    agrees: 'yes',
    note: 'The time with it is where our cost comes from; only the difference is a test. How often KVM touches its VMCS for a CPUID is counted from memory.',
  },
  {
    id: 'V-PVIPI',
    setup: 'KVM guest with 80 processors: one exit for each target, for each cluster, one hypercall',
    published: '2.54 times and 1.23 times as long as the hypercall',
    source: 'W. Li, Linux commit 4180bf1b655a',
    ours: [
      { line: 'ipi?apic=x2apic&rounds=1&vps=80', metric: 'sendCycles' },
      { line: 'ipi?apic=x2apic&method=cluster&rounds=1&vps=80', metric: 'sendCycles' },
      { line: 'ipi?apic=x2apic&method=call&rounds=1&vps=80', metric: 'sendCycles' },
    ],
    how: 'The first and the second by the third.',
    tolerance: '2 to 3, and 1.1 to 1.4',
    agrees: 'partly',
    note: 'The first ratio is where our costs come from. The second is 1.09 here: a command to a cluster costs more on KVM than one to a single target, which is not modelled.',
  },
  {
    id: 'V-PVLOCK',
    setup:
      'Three guests of 80 processors on 80 threads, ebizzy; bad against good policy for pre-empted holders of locks',
    published: '1 700 to 1 800 against 13 000 to 14 000 records a second: 7.6 times',
    source: 'W. Li, Linux commit 89340d0935c9',
    ours: [
      { line: 'spin-lock?help=ple&processors=16&time=50&vms=3&vps=16', metric: 'rate' },
      { line: 'spin-lock?processors=16&time=400&vms=3&vps=16', metric: 'rate' },
    ],
    how: 'The first by the second: locks taken each second with pause-loop exits and without any help.',
    tolerance: 'more than 4 times overcommitted, within 5 % of 1 with a processor for each VP',
    agrees: 'partly',
    note: 'Ours is far more than 7.6 times: the program does next to nothing but take a lock, and in strict order. With test and set it is about 1.4. ebizzy lies between.',
  },
  {
    id: 'V-TLBFLUSH32',
    setup:
      'Xen guest with 32 processors on Westmere: flush of all by x2APIC interrupts, and by one call that kicks only who runs',
    published: '112 µs by interrupts, 8.3 µs by the call: 13.5 times',
    source: 'Xen commit 17b997aa1e (4 May 2020), means of 100 000',
    ours: [
      { line: 'tlb-flush?changed=1&era=2012&paging=slat&reach=remote&rounds=4&vps=32', metric: 'flushTime' },
      {
        line: 'tlb-flush?changed=1&era=2012&how=hypercall&paging=slat&reach=remote&rounds=4&vps=32',
        metric: 'flushTime',
      },
    ],
    how: 'Each by itself, and the first by the second.',
    tolerance: 'a factor of two and of 1.5; the ratio 5 to 13.5',
    agrees: 'partly',
    note: 'The call agrees, from costs that were not taken from this source. The interrupts are faster here: no lock is contended, and nobody else uses the machine.',
  },
  {
    id: 'V-TSCPAGE',
    setup:
      'Readings of the clock by register and by shared page, Windows Server 2016 host, kernel and program',
    published: '3 361 against 49 cycles, 5 664 against 131: 69 and 43 times',
    source: 'V. Kuznetsov, linux-hyperv list, 21 August 2019',
    ours: [
      { line: 'clock-read?source=reference-counter&rate=1000', metric: 'cyclesPerRead' },
      { line: 'clock-read?source=tsc-page&rate=1000', metric: 'cyclesPerRead' },
      { line: 'clock-read?source=reference-counter&rate=1000&reader=user', metric: 'cyclesPerRead' },
      { line: 'clock-read?source=tsc-page&rate=1000&reader=user', metric: 'cyclesPerRead' },
    ],
    how: 'The first by the second, the third by the fourth.',
    tolerance: '5 %',
    agrees: 'yes',
    note: 'No independent proof: the costs of page, register and system call are calibrated on this very measurement.',
  },
  {
    id: 'V-VIC',
    setup: 'ESX, completion interrupts of a virtual SCSI adapter coalesced',
    published: 'up to 18 % more throughput in a micro-benchmark',
    source: 'Ahmad et al., vIC, USENIX ATC 2011, abstract',
    ours: [{ line: 'interrupt-end?rate=75000', metric: 'overhead' }],
    how: 'The share of the processor that interrupts take is what coalescing could give back.',
    tolerance: '5 to 20 % between 20 000 and 75 000 interrupts a second',
    agrees: 'yes',
    note: '',
  },
];
