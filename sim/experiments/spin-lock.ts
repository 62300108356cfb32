/** Who holds the lock? Spin locks of guests whose processors must wait for a processor. */
import { defineExperiment } from '../lab/experiment.ts';
import { spinLockClaims } from './spin-lock-claims.ts';
import { spinLockParams } from './spin-lock-params.ts';
import type { SpinLockMetric } from './spin-lock-run.ts';
import { checkSpinLock, simulateSpinLock, spinLockMetrics } from './spin-lock-run.ts';

export const spinLock = defineExperiment<typeof spinLockParams, SpinLockMetric>({
  id: 'spin-lock',
  title: 'A lock and its absent holder',
  question: 'Why do spin locks fail under overcommit?',
  page: '/concepts/spin-lock',
  params: spinLockParams,
  stages: [
    ['vms', 'help'],
    ['lock', 'vps'],
    ['processors', 'held', 'outside', 'tries', 'window', 'slice', 'time', 'era'],
  ],
  metrics: spinLockMetrics,
  headline: ['rounds', 'useful', 'waiting', 'held', 'hints', 'pauseExits', 'p99'],
  presets: {
    alone: {
      title: 'A processor for each VP',
      sentence: 'Nobody loses its processor in the lock: a wait is as long as the lock is held.',
      params: { vms: 1 },
    },
    crowded: {
      title: 'Two machines, one set of processors',
      sentence: 'A holder loses its processor, and everybody else spins until their slices are over.',
      params: { vms: 2 },
    },
    hint: {
      title: 'The guest says that it waits',
      sentence: 'After so many tries it gives its processor away, and the holder comes back soon.',
      params: { vms: 2, help: 'hint' },
    },
    ple: {
      title: 'The processor notices',
      sentence: 'No change in the guest at all: a loop of PAUSEs exits.',
      params: { vms: 2, help: 'ple' },
    },
    tas: {
      title: 'Without an order',
      sentence: 'Whoever looks first takes the lock: those that run need not wait for one that does not.',
      params: { vms: 2, lock: 'tas' },
    },
    three: {
      title: 'Three machines',
      sentence: 'Three VPs for each processor: next to nothing is done but waiting.',
      params: { vms: 3, vps: 16, processors: 16 },
    },
    old: {
      title: 'On processors of 2008',
      sentence: 'There is no other help than the hypercall.',
      params: { vms: 2, help: 'hint', era: '2008' },
    },
  },
  bets: [
    {
      question:
        'Eight VPs on eight processors, and a lock. Now a second such machine shares the processors. How much of their time still goes into work?',
      params: { vms: 2 },
      answer: {
        kind: 'choice',
        options: { same: 'nearly all, as before', half: 'about half', less: 'less than a tenth' },
        read: ({ metrics }) => {
          if (metrics.useful < 10) return 'less';
          return metrics.useful > 75 ? 'same' : 'half';
        },
      },
      misconceptions: [
        {
          answer: 'same',
          belief: 'The processors never idle, so they work. They are busy, but with waiting.',
        },
        {
          answer: 'half',
          belief:
            'Two machines share what one had. But a holder without a processor stops all others of its machine.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.useful} %. Waiting took ${metrics.waiting} %: whoever has a processor waits for somebody who has none.`,
    },
  ],
  claims: spinLockClaims,
  goals: [
    {
      text: 'Three machines of eight VPs on eight processors: spend at most a third of the processors’ time waiting, with the ticket lock.',
      hint: 'Somebody must notice the waiting early.',
      solution: { vms: 3, help: 'ple' },
      met: ({ params, metrics }) =>
        params.vms === 3 &&
        params.vps === 8 &&
        params.processors === 8 &&
        params.lock === 'ticket' &&
        metrics.waiting <= 33,
    },
  ],
  views: ['processors', 'lanes', 'diagram'],
  limits: [
    'How Hyper-V’s scheduler decides, its time slice, and what it does at the hypercall are not published. Here it shares time in proportion, and gives the processor of a VP that waits to one of the same machine that was pre-empted.',
    'The hypervisor does not know who holds a lock, here as there.',
    'No caches: a VP that moves to another processor is not slower for it, and a lock’s line costs the same whoever had it.',
    'Linux on Hyper-V does not spin like this: its locks put a VP to sleep after a while and wake it by an interrupt.',
    'Whether Hyper-V uses pause-loop exits, and with which window, is not published; the defaults are KVM’s.',
    'The root’s own work, 50 µs every millisecond, is assumed. Without any, machines of the same make can fall into step and hide the effect.',
  ],
  check: checkSpinLock,
  simulate: simulateSpinLock,
});
