/** What `spin-lock` says, and over which settings it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { SpinLockMetric, SpinLockParams } from './spin-lock-run.ts';

type SpinClaim = Claim<SpinLockParams, SpinLockMetric>;

const TLFS = 'TLFS: HvCallNotifyLongSpinWait, feature-discovery (leaf 40000004 EBX)';
const ERAS = ['2008', '2012', '2020'] as const;
const WITH_PLE = ['2012', '2020'] as const;
/** Three machines of sixteen VPs on sixteen processors, as near as a test gets to the published three of eighty on eighty. */
const CROWD = { vms: [3], vps: [16], processors: [16] };
/** Long enough that machines that fall into step by chance do not decide the outcome. */
const LONG = { time: 400 };
const SHORT = { time: 50 };

export const spinLockClaims: Readonly<Record<string, SpinClaim>> = {
  'enough-processors': {
    sentence:
      'With a processor for every VP, the root’s included, no kind of help changes anything: the holder always runs.',
    source: TLFS,
    formula: 'rate(none) = rate(hypercall) = rate(pause-loop exits), within 2 %; calls = 0',
    over: { vms: [1], vps: [8], processors: [16], time: [30], lock: ['ticket', 'tas'], era: WITH_PLE },
    against: [{ help: 'none' }, { help: 'hint' }, { help: 'ple' }],
    holds: (...runs) => {
      const rates = runs.map(({ metrics }) => metrics.rate);
      const idle = runs.every(({ metrics }) => metrics.hints === 0 && metrics.given === 0);
      return idle && Math.max(...rates) < 1.02 * Math.min(...rates);
    },
  },
  'absent-holder': {
    sentence:
      'With three VPs for each processor a lock that goes in order leaves less than a third of the work that one machine did alone.',
    source: 'W. Li, Linux commit 89340d0935c9 (three machines of 80 VPs on 80 threads)',
    formula: 'useful(3 machines) < useful(1 machine) / 3',
    over: { vps: [16], processors: [16], era: ERAS },
    against: [
      { vms: 1, ...SHORT },
      { vms: 3, ...LONG },
    ],
    holds: (alone, crowd) => crowd.metrics.useful < alone.metrics.useful / 3,
  },
  'ple-restores': {
    sentence:
      'Processors that notice a waiting loop take the lock at least four times as often under overcommit.',
    source: 'Intel SDM volume 3, PAUSE-loop exiting; W. Li, Linux commit 89340d0935c9 (7.6 times)',
    formula: 'rate(pause-loop exits) > 4 · rate(none)',
    over: { ...CROWD, era: WITH_PLE },
    against: [
      { help: 'none', ...LONG },
      { help: 'ple', ...SHORT },
    ],
    holds: (none, ple) => ple.metrics.rate > 4 * none.metrics.rate,
  },
  'hint-restores': {
    sentence: 'So does a guest that calls early, on processors of every era.',
    source: TLFS,
    formula: 'rate(hypercall after 64 tries) > 4 · rate(none)',
    over: { ...CROWD, era: ERAS },
    against: [
      { help: 'none', ...LONG },
      { help: 'hint', tries: 64, ...SHORT },
    ],
    holds: (none, hint) => hint.metrics.rate > 4 * none.metrics.rate,
  },
  'tries-are-time': {
    sentence:
      'A number of tries is a time in disguise: where a PAUSE is long, 4 095 of them waste most of what 64 would save.',
    source: 'Intel 64 and IA-32 Optimization Reference Manual, pause latency in Skylake',
    formula: 'rate(64 tries) > 1.5 · rate(4 095 tries) in the 2020s',
    over: { ...CROWD, help: ['hint'], era: ['2020'], time: [100] },
    against: [{ tries: 64 }, { tries: 4095 }],
    holds: (few, many) => few.metrics.rate > 1.5 * many.metrics.rate,
  },
  'order-hurts': {
    sentence: 'A lock without an order does better there: whoever runs can take it.',
    source: 'Linux: arch/x86/include/asm/qspinlock.h, virt_spin_lock',
    formula: 'rate(test and set) > 2 · rate(tickets) without help',
    over: { ...CROWD, time: [400], era: ERAS },
    against: [{ lock: 'tas' }, { lock: 'ticket' }],
    holds: (tas, ticket) => tas.metrics.rate > 2 * ticket.metrics.rate,
  },
  'shares-stay': {
    sentence: 'Giving way costs no machine its share: each gets at least four fifths of an equal part.',
    source:
      'WDK: CPU Weight; how Hyper-V answers the hypercall is not published, so this holds for our scheduler',
    formula: 'smallest share ≥ 80 %',
    over: {
      vms: [2, 3],
      help: ['none', 'hint', 'both'],
      lock: ['ticket', 'tas'],
      time: [200],
      era: ['2020'],
    },
    holds: ({ metrics }) => metrics.fairness >= 80,
  },
};
