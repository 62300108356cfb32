/** The clocks that a guest of `clock-read` can choose from, each as nanoseconds since some moment of its own. */
import type { Program } from '../core/program.ts';
import {
  PIT_PERIOD,
  PM_TIMER_PERIOD,
  readPit,
  readPmTimer,
  readRtc,
  startPit,
} from '../enlightenments/pc-clock-reads.ts';
import { readReferenceCounter } from '../enlightenments/reference-counter.ts';
import { enableReferenceTsc, noteReading, ReferenceTscClock } from '../enlightenments/reference-tsc.ts';
import type { ClockReader } from '../enlightenments/system-call.ts';
import { inKernel } from '../enlightenments/system-call.ts';
import type { Cpu } from '../machine/cpu.ts';
import { PIT_HZ, PM_TIMER_HZ } from '../wire/pc-clocks.ts';
import type { ClockParams } from './clock-read-run.ts';

/** A clock that has been set up. */
export interface GuestClock {
  /** Nanoseconds. */
  read(): Program<number>;
  /** Readings for which the page was not available, or not offered. */
  readonly fallbacks: number;
}

const SECOND = 1e9;
/** Nanoseconds in a unit of reference time. */
const UNIT = 100;
const PAGE = 0x6000;

/** Sets the clock up, by exits that are not counted, and returns it. */
export function* openClock(cpu: Cpu, { source, reader, rule }: ClockParams): Program<GuestClock> {
  switch (source) {
    case 'pit':
      yield* startPit(cpu);
      return ports(cpu, reader, rounds(readPit, PIT_PERIOD, SECOND / PIT_HZ));
    case 'pm-timer':
      return ports(cpu, reader, rounds(readPmTimer, PM_TIMER_PERIOD, SECOND / PM_TIMER_HZ));
    case 'rtc':
      return ports(cpu, reader, function* () {
        return (yield* readRtc(cpu)) * SECOND;
      });
    case 'reference-counter':
      return ports(cpu, reader, () => counter(cpu));
    default:
      return yield* openPage(cpu, reader, rule);
  }
}

type Read = (cpu: Cpu) => Program<number>;

/** A clock that only the kernel can read. */
const ports = (cpu: Cpu, reader: ClockReader, read: Read, fallbacks = () => 0): GuestClock => ({
  read: () => inKernel(cpu, reader, () => read(cpu)),
  get fallbacks() {
    return fallbacks();
  },
});

/** A counter that goes round: what it has passed since the last reading is added up. A whole round between two readings is lost. */
function rounds(read: Read, period: number, tick: number): Read {
  let total = 0;
  let last = -1;
  return function* (cpu) {
    const now = yield* read(cpu);
    if (last >= 0) total += (now - last + period) % period;
    last = now;
    return total * tick;
  };
}

function* counter(cpu: Cpu): Program<number> {
  return Number(yield* readReferenceCounter(cpu)) * UNIT;
}

/** The page, where the host offers it; else the counter, as systems of 2008 did. */
function* openPage(cpu: Cpu, reader: ClockReader, rule: ClockParams['rule']): Program<GuestClock> {
  if (!(yield* enableReferenceTsc(cpu, PAGE))) {
    let readings = 0;
    const read: Read = () => {
      readings++;
      return counter(cpu);
    };
    return ports(cpu, reader, read, () => readings);
  }
  if (rule === 'no-sequence') return careless(cpu, reader);
  const clock = new ReferenceTscClock(cpu, PAGE, reader);
  return {
    *read() {
      return Number(yield* clock.read()) * UNIT;
    },
    get fallbacks() {
      return clock.fallbacks;
    },
  };
}

/** A reader that took scale and offset when it started, and has not looked at the page since. */
function careless(cpu: Cpu, reader: ClockReader): GuestClock {
  const scale = cpu.memory.read64(PAGE + 8);
  const offset = BigInt.asIntN(64, cpu.memory.read64(PAGE + 16));
  const cost = reader === 'user' ? 'clock.tsc-page-user' : 'clock.tsc-page';
  return {
    fallbacks: 0,
    *read() {
      const started = cpu.now;
      yield* cpu.serve((vp) => vp.spend(cost));
      const time = ((BigInt(yield* cpu.rdtsc()) * scale) >> 64n) + offset;
      noteReading(cpu, reader, started, -1, time);
      return Number(time) * UNIT;
    },
  };
}
