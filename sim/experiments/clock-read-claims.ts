/** The sentences of `clock-read`. */
import type { Claim } from '../lab/experiment.ts';
import type { ClockMetric, ClockParams } from './clock-read-run.ts';

type ClockClaim = Claim<ClockParams, ClockMetric>;

const TLFS = 'TLFS, "Timers": reference counter, partition reference time enlightenment';
const LIST = 'V. Kuznetsov, linux-hyperv list, 21 August 2019: cycles on a Windows Server 2016 host';
const XEN = 'Xen commit fcf4e106d0 (25 October 2006)';
const LINUX = 'Linux drivers/clocksource/i8253.c, acpi_pm.c, drivers/rtc/rtc-mc146818-lib.c';
const ERAS = ['2008', '2012', '2020'] as const;
/** Hosts of these offer the page. */
const WITH_PAGE = ['2012', '2020'] as const;
const READERS = ['kernel', 'user'] as const;
const PLACES = ['worker', 'root-kernel', 'hypervisor'] as const;

const pageNoExit: ClockClaim = {
  sentence: 'Through the reference TSC page the clock is read without an exit and without a change of ring.',
  source: TLFS,
  formula: 'exits = 0, ring transitions = 0',
  seeds: [22],
  over: { source: ['tsc-page'], reader: READERS, rate: [1000, 100_000], era: WITH_PAGE },
  holds: ({ metrics }) => metrics.exits === 0 && metrics.ringTransitions === 0 && metrics.reads > 4,
};

const counterOneExit: ClockClaim = {
  sentence: 'A reading of the reference counter is one exit, which the hypervisor answers by itself.',
  source: TLFS,
  formula: 'exits = readings, device intercepts = 0',
  seeds: [22],
  over: { source: ['reference-counter'], reader: READERS, rate: [1000, 50_000], era: ERAS },
  holds: ({ metrics }) => metrics.exits === metrics.reads && metrics.deviceIntercepts === 0,
};

const portsMany: ClockClaim = {
  sentence:
    'A reading of the ACPI timer is one exit, of the timer/counter three, of the real-time clock sixteen.',
  source: LINUX,
  formula: '1, 3, 16 port accesses',
  over: { placement: PLACES, era: ERAS, rate: [1000] },
  against: [{ source: 'pm-timer' }, { source: 'pit' }, { source: 'rtc' }],
  holds: (...runs) => runs.every(({ metrics }, i) => metrics.exits === [1, 3, 16][i] * metrics.reads),
};

const thousandsToOne: ClockClaim = {
  sentence:
    'The page makes a reading at least thirty times cheaper than the counter, and three hundred times cheaper than an emulated clock.',
  source: `${LIST}; cost profiles`,
  formula: 'C(counter) > 30 · C(page), C(ACPI timer) > 300 · C(page)',
  over: { era: WITH_PAGE, rate: [1000] },
  against: [{ source: 'tsc-page' }, { source: 'reference-counter' }, { source: 'pm-timer' }],
  holds: (page, counter, port) =>
    counter.metrics.cyclesPerRead > 30 * page.metrics.cyclesPerRead &&
    port.metrics.cyclesPerRead > 300 * page.metrics.cyclesPerRead,
};

const programToo: ClockClaim = {
  sentence:
    'For a program the page saves more cycles than for the kernel, and a smaller factor: the fall-back adds a system call, the program’s own reading more.',
  source: LIST,
  formula: 'C(counter) − C(page): user > kernel; C(counter) / C(page): user < kernel',
  over: { era: WITH_PAGE, rate: [1000] },
  against: [
    { source: 'tsc-page', reader: 'kernel' },
    { source: 'reference-counter', reader: 'kernel' },
    { source: 'tsc-page', reader: 'user' },
    { source: 'reference-counter', reader: 'user' },
  ],
  holds: (...runs) => {
    const [pageK, counterK, pageU, counterU] = runs.map(({ metrics }) => metrics.cyclesPerRead);
    return counterU - pageU > counterK - pageK && counterU / pageU < counterK / pageK;
  },
};

const placeMatters: ClockClaim = {
  sentence:
    'The same register of the same device costs more than five times as much in the worker as in the hypervisor.',
  source: XEN,
  formula: 'C(worker) > 5 · C(hypervisor); transitions 7, 5, 2',
  over: { source: ['pm-timer'], rate: [960], duration: [100], era: ERAS },
  against: PLACES.map((placement) => ({ placement })),
  holds: (worker, kernel, hypervisor) =>
    worker.metrics.share > 5 * hypervisor.metrics.share &&
    [worker, kernel, hypervisor].every(
      ({ metrics }, i) => metrics.ringTransitions === [7, 5, 2][i] * metrics.reads,
    ),
};

const profiler: ClockClaim = {
  sentence:
    'A hundred thousand readings a second take more than half of a processor by the emulated ACPI timer, and less than one hundredth by the page.',
  source: 'cost profiles',
  formula: 'share(ACPI timer) > 50 %, share(page) < 1 %',
  over: { rate: [100_000], reader: READERS, era: WITH_PAGE },
  against: [{ source: 'pm-timer' }, { source: 'tsc-page' }],
  holds: (port, page) => port.metrics.share > 50 && page.metrics.share < 1,
};

const noJump: ClockClaim = {
  sentence:
    'A reader that looks at the sequence falls back to the counter during a move, and its clock neither jumps nor steps back.',
  source: TLFS,
  formula: 'fall-backs > 0, steps back = 0, error < 2 µs',
  over: { source: ['tsc-page'], move: [true], reader: READERS, rate: [50_000, 100_000], era: WITH_PAGE },
  holds: ({ metrics }) => metrics.fallbacks > 0 && metrics.backwards === 0 && metrics.maxError < 2,
};

const careless: ClockClaim = {
  sentence:
    'A reader that never looks at the sequence reads a wrong clock after a move, without any sign of it.',
  source: TLFS,
  formula: 'error(no look) > 100 · error(protocol)',
  over: { source: ['tsc-page'], move: [true], reader: READERS, duration: [5, 50], era: WITH_PAGE },
  against: [{ rule: 'correct' }, { rule: 'no-sequence' }],
  holds: (correct, wrong) =>
    wrong.metrics.maxError > 100 * correct.metrics.maxError &&
    wrong.metrics.backwards === 0 &&
    wrong.metrics.exits === 0,
};

const twoRegisters: ClockClaim = {
  sentence:
    'A guest that is told learns the rate of its TSC by two exits, exactly; one that measures needs hundreds, and is never exact.',
  source: 'Linux arch/x86/kernel/tsc.c, arch/x86/kernel/cpu/mshyperv.c',
  formula: 'exits 2 and error 0; exits > 200 and error > 0',
  over: { era: WITH_PAGE, placement: PLACES, rate: [1000] },
  against: [{ source: 'reference-counter' }, { source: 'pm-timer' }],
  holds: (told, measured) =>
    told.metrics.calibrationExits === 2 &&
    told.metrics.calibrationError === 0 &&
    measured.metrics.calibrationExits > 200 &&
    measured.metrics.calibrationError > 0,
};

const noPageIn2008: ClockClaim = {
  sentence: 'A host of 2008 offers no page: its guests read the counter, one exit each time.',
  source: 'TLFS 2.0 (2008) has the counter and no page',
  formula: 'exits = fall-backs = readings',
  over: { source: ['tsc-page'], era: ['2008'], rate: [1000, 100_000], reader: READERS },
  holds: ({ metrics }) => metrics.exits === metrics.reads && metrics.fallbacks === metrics.reads,
};

const pitWraps: ClockClaim = {
  sentence: 'A timer/counter that is read less often than it goes round, 18 times a second, loses time.',
  source: 'Intel 82C54 data sheet: 16 bits at 1.193 MHz',
  formula: 'error > 50 ms at 10 readings a second, < 0.1 ms at 100',
  over: { source: ['pit'], duration: [500], placement: PLACES, era: ERAS },
  against: [{ rate: 10 }, { rate: 100 }],
  holds: (seldom, often) => seldom.metrics.maxError > 50_000 && often.metrics.maxError < 100,
};

/** By name. */
export const clockClaims: Readonly<Record<string, ClockClaim>> = {
  'page-no-exit': pageNoExit,
  'counter-one-exit': counterOneExit,
  'ports-many': portsMany,
  'thirty-and-three-hundred': thousandsToOne,
  'program-too': programToo,
  'place-matters': placeMatters,
  profiler,
  'no-jump': noJump,
  'no-look': careless,
  'two-registers': twoRegisters,
  'no-page-in-2008': noPageIn2008,
  'pit-wraps': pitWraps,
};
