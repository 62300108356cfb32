/** What `timers-and-idle` says, and over which settings it must be true. */
import type { Claim } from '../lab/experiment.ts';
import type { TimerMetric, TimerParams } from './timers-and-idle-run.ts';

type TimerClaim = Claim<TimerParams, TimerMetric>;

const TLFS = 'TLFS, "Timers", "Synthetic Timers"';
const LINUX = 'Linux arch/x86/kernel/i8259.c, drivers/clocksource/hyperv_timer.c';
const ERAS = ['2008', '2012', '2020'] as const;
const LATER = ['2012', '2020'] as const;
const about = (value: number, expected: number, part: number): boolean =>
  Math.abs(value - expected) <= part * expected;

/** Guests that do nothing. */
const idle: Readonly<Record<string, TimerClaim>> = {
  'four-and-a-sleep': {
    sentence:
      'A tick of the timer/counter costs a guest four exits to the worker for the interrupt controller, and one to go to sleep again.',
    source: LINUX,
    formula: 'exits = 5 · ticks',
    over: { source: ['pit'], hz: [100, 250, 1000], era: ERAS },
    holds: ({ metrics }) =>
      about(metrics.toWorker, 4 * metrics.taken, 0.01) && about(metrics.perTick, 5, 0.01),
  },
  'nothing-to-the-worker': {
    sentence: 'Ticks of the APIC’s timer and of synthetic timers need no process of the root.',
    source: TLFS,
    formula: 'exits to the worker = 0, interrupts from the worker = 0',
    over: { source: ['apic', 'message'], hz: [100, 1000], era: ERAS },
    holds: ({ metrics }) => metrics.toWorker === 0 && metrics.asserted === 0,
  },
  'worker-is-dear': {
    sentence: 'The same ticks from the timer/counter take more than twice the processor time.',
    source: 'the costs of exits, see "How true is this?"',
    formula: 'time(timer/counter) > 2 · time(APIC timer)',
    over: { hz: [100, 1000], era: ERAS },
    against: [{ source: 'pit' }, { source: 'apic' }],
    holds: (pit, apic) => pit.metrics.share > 2 * apic.metrics.share,
  },
  'synthetic-or-apic': {
    sentence: 'A periodic synthetic timer needs no more exits a tick than the timer of the APIC.',
    source: TLFS,
    formula: 'exits a tick(synthetic) ≤ exits a tick(APIC)',
    over: { hz: [100, 1000], era: ERAS },
    against: [{ source: 'message' }, { source: 'apic' }],
    holds: (message, apic) => message.metrics.perTick <= apic.metrics.perTick,
  },
  'ticks-are-the-cost': {
    sentence: 'An idle guest’s exits grow with its ticks, and with nothing else.',
    source: 'VMware, "Timekeeping in VMware Virtual Machines"',
    formula: 'exits(1000/s) = 10 · exits(100/s)',
    over: { source: ['pit', 'apic', 'message'], era: ERAS },
    against: [{ hz: 100 }, { hz: 1000 }],
    holds: (slow, fast) => about(fast.metrics.exits, 10 * slow.metrics.exits, 0.02),
  },
  'without-a-tick': {
    sentence: 'A guest without a tick wakes up when something is to be done, and sleeps otherwise.',
    source: LINUX,
    formula: 'exits = 2 · events, a fraction of those of a tick',
    over: { hz: [100, 1000], events: [1, 5], era: ERAS },
    against: [{ source: 'tickless' }, { source: 'message' }],
    holds: (tickless, ticking) =>
      about(tickless.metrics.exits, 2 * tickless.metrics.taken, 0.1) &&
      5 * tickless.metrics.exits < ticking.metrics.exits,
  },
  'idle-register-spares-none': {
    sentence: 'Sleeping by the idle register takes as many exits as sleeping by HLT.',
    source: 'TLFS, "Virtual Processor Idle Sleep State"',
    formula: 'exits(idle register) = exits(HLT)',
    over: { source: ['apic', 'message'], hz: [100, 1000], era: LATER },
    against: [{ idle: 'guest-idle' }, { idle: 'hlt' }],
    holds: (register, halt) => about(register.metrics.exits, halt.metrics.exits, 0.01),
  },
};

const BUSY = { load: [100], processors: [4] } as const;

/** Guests that want the processor all the time. */
const busy: Readonly<Record<string, TimerClaim>> = {
  'away-is-lost': {
    sentence:
      'While a VP waits for a processor, ticks of the timer/counter and of the APIC’s timer fall on each other, and all but one are lost.',
    source: 'Intel SDM volume 3, APIC timer; a pending vector is one bit',
    formula: 'lost > a fifth of the ticks due, the clock falls behind',
    over: { ...BUSY, source: ['pit', 'apic'], vms: [8, 16], hz: [250, 1000], era: ERAS },
    holds: ({ metrics }) => metrics.lost > metrics.due / 5 && metrics.behind > 100,
  },
  'made-up-for': {
    sentence:
      'A synthetic timer makes up for the ticks that it could not deliver, as long as the VP gets half of the time.',
    source: `${TLFS}: period modulation; by how much is assumed`,
    formula: 'lost(synthetic) ≤ 1 %, lost(APIC) > 20 %',
    over: { ...BUSY, vms: [8], hz: [250, 1000], era: ERAS },
    against: [{ source: 'message' }, { source: 'apic' }],
    holds: (message, apic) =>
      message.metrics.lost <= 0.01 * message.metrics.due && apic.metrics.lost > 0.2 * apic.metrics.due,
  },
  'not-for-ever': {
    sentence: 'Of a VP that is away for most of the time even a synthetic timer skips ticks.',
    source: `${TLFS}: "some timer expiration signals may be skipped completely"`,
    formula: '0 < lost(synthetic) < lost(APIC)',
    over: { ...BUSY, vms: [16], hz: [250, 1000], era: ERAS },
    against: [{ source: 'message' }, { source: 'apic' }],
    holds: (message, apic) => message.metrics.lost > 0 && message.metrics.lost < apic.metrics.lost,
  },
  'lazy-skips': {
    sentence: 'A lazy synthetic timer skips what it has missed.',
    source: `${TLFS}, lazy timers`,
    formula: 'lost(lazy) > 20 % ≥ 1 % ≥ lost(not lazy)',
    over: { ...BUSY, source: ['message'], vms: [8], hz: [250, 1000], era: ERAS },
    against: [{ lazy: true }, { lazy: false }],
    holds: (lazy, eager) =>
      lazy.metrics.lost > 0.2 * lazy.metrics.due && eager.metrics.lost <= 0.01 * eager.metrics.due,
  },
};

const CROWD = {
  load: [100],
  hz: [64],
  processors: [1],
  vms: [2],
  source: ['apic', 'message'],
  era: ERAS,
} as const;

/** Guests that watch themselves. */
const watched: Readonly<Record<string, TimerClaim>> = {
  'false-alarm': {
    sentence:
      'A watchdog of 25 ticks stops both machines when sixty VPs share a processor, and none when thirty do; every VP is well in either case.',
    source: 'Windows debugger reference, bug check 0x101; patience and time slice are assumed',
    formula: 'time-outs = machines when others’ slices > patience · period, else 0',
    over: CROWD,
    against: [
      { watchdog: 'armed', vps: 32 },
      { watchdog: 'armed', vps: 16 },
    ],
    holds: (sixty, thirty) => sixty.metrics.timeouts === 2 && thirty.metrics.timeouts === 0,
  },
  'relaxed-timing-helps': {
    sentence: 'A guest that asks whether it should watch is told not to, and goes on.',
    source: 'TLFS, leaf 0x40000004 EAX bit 5',
    formula: 'time-outs(armed) = machines, time-outs(asks) = 0',
    over: { ...CROWD, vps: [32] },
    against: [{ watchdog: 'armed' }, { watchdog: 'asks' }],
    holds: (armed, asks) => armed.metrics.timeouts === 2 && asks.metrics.timeouts === 0,
  },
};

export const timerClaims: Readonly<Record<string, TimerClaim>> = { ...idle, ...busy, ...watched };
