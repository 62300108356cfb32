/**
 * Row 12: synthetic timers. Four timers for each processor, which count in units of 100 ns and send a message or raise a vector.
 *
 * Sources: TLFS, "Timers"; Linux `drivers/clocksource/hyperv_timer.c` (hv_ce_set_next_event, hv_ce_set_oneshot, hv_stimer0_isr) and
 * `drivers/hv/vmbus_drv.c` (vmbus_message_sched: who has taken a message frees its slot and asks for the next).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import { STIMER_CONFIG } from '../machine/stimer.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import {
  HV_MESSAGE_FLAG_PENDING,
  HV_MESSAGE_OFFSET,
  HV_MESSAGE_SIZE,
  HVMSG,
} from '../wire/synic-constants.ts';
import { access } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 12. What a guest does without it: `tick-sources.ts`. */
export const SYNTHETIC_TIMERS = defineEnlightenment({
  id: 'synthetic-timers',
  row: 12,
  title: 'Synthetic timers',
  what: 'Four timers of the hypervisor’s own for each processor, in units that need no calibration.',
  discovery: [access('SYNTIMER', 'HV_MSR_SYNTIMER_AVAILABLE')],
  mechanisms: ['msr', 'shared-page'],
  msrs: Array.from({ length: 8 }, (_, n) => HV_X64_MSR.STIMER0_CONFIG + n),
  hypercalls: [],
  without:
    'Takes its ticks from the timer/counter or the real-time clock, which live in a process of the root, or from the timer of its local APIC.',
  exits: [
    'timer/counter 4 a tick to the worker; APIC timer 1 to set it, EOI',
    '1 to set it, 0 when periodic; a message may want 1 to free its slot, direct mode none',
  ],
  caution:
    'Setting the APIC’s timer is one exit as well. What is gained are absolute times, four timers for one, and ticks that are made up for when the processor was away.',
  since: '2008',
  offered: (features) => features.hypervisorPresent && features.syntheticTimers,
  depth: 'functional',
  sources: ['TLFS: timers', 'Linux: drivers/clocksource/hyperv_timer.c'],
});

/** Where an expiry goes: to a source of the SynIC, by message, or straight to a vector (leaf 0x40000003 EDX bit 19). */
export type TimerTarget = { readonly sint: number } | { readonly vector: number };

const configOf = (target: TimerTarget): bigint =>
  'sint' in target ? BigInt(target.sint) << 16n : STIMER_CONFIG.DIRECT | (BigInt(target.vector) << 4n);

/** Register pair of a timer. */
const registers = (timer: number): { config: number; count: number } => ({
  config: HV_X64_MSR.STIMER0_CONFIG + 2 * timer,
  count: HV_X64_MSR.STIMER0_COUNT + 2 * timer,
});

/** Lets a timer go round with a period in units of 100 ns. 2 exits. False when it was refused (#GP). */
export function* startPeriodicTimer(
  cpu: Cpu,
  timer: number,
  period: number,
  target: TimerTarget,
  lazy = false,
): Program<boolean> {
  const { config, count } = registers(timer);
  const flags = STIMER_CONFIG.ENABLE | STIMER_CONFIG.PERIODIC | (lazy ? STIMER_CONFIG.LAZY : 0n);
  yield* cpu.wrmsr(count, BigInt(period));
  if (cpu.fault) return false;
  yield* cpu.wrmsr(config, flags | configOf(target));
  return cpu.fault === undefined;
}

/** Makes a timer one that a count starts, as Linux does. 1 exit. False when it was refused. */
export function* prepareOneShot(cpu: Cpu, timer: number, target: TimerTarget): Program<boolean> {
  yield* cpu.wrmsr(registers(timer).config, STIMER_CONFIG.AUTO_ENABLE | configOf(target));
  return cpu.fault === undefined;
}

/** Lets a prepared timer go off when the reference counter reaches `at`. 1 exit; at once when that has passed. */
export function* armOneShot(cpu: Cpu, timer: number, at: number): Program {
  yield* cpu.wrmsr(registers(timer).count, BigInt(Math.max(1, Math.round(at))));
}

/** Stops a timer, whatever it does. 1 exit. */
export function* stopTimer(cpu: Cpu, timer: number): Program {
  yield* cpu.wrmsr(registers(timer).count, 0n);
}

/** What an expiry message says, in units of 100 ns. */
export interface Expiry {
  readonly timer: number;
  /** When it was due, and when the message was written. */
  readonly due: number;
  readonly delivered: number;
}

/** Takes the message of a timer out of its slot and frees that; asks for the next one if the slot says that one waits. 0 or 1 exit. */
export function* takeExpiry(cpu: Cpu, messages: number, sint: number): Program<Expiry | undefined> {
  const slot = messages + sint * HV_MESSAGE_SIZE;
  const { memory } = cpu;
  if (memory.read32(slot + HV_MESSAGE_OFFSET.TYPE) !== HVMSG.TIMER_EXPIRED) return undefined;
  const payload = slot + HV_MESSAGE_OFFSET.PAYLOAD;
  const expiry = {
    timer: memory.read32(payload),
    due: Number(memory.read64(payload + 8)),
    delivered: Number(memory.read64(payload + 16)),
  };
  memory.write32(slot + HV_MESSAGE_OFFSET.TYPE, HVMSG.NONE);
  const more = (memory.u8[slot + HV_MESSAGE_OFFSET.FLAGS] & HV_MESSAGE_FLAG_PENDING) !== 0;
  if (more) yield* cpu.wrmsr(HV_X64_MSR.EOM, 0n);
  return expiry;
}
