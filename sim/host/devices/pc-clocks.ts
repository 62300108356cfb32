/**
 * The clocks of a PC without HPET, plugged into a virtual machine: timer/counters, real-time clock, power management timer.
 *
 * Where they live is a choice. Hyper-V has them in the worker process; a device in the root's kernel or in the hypervisor itself has the
 * same registers and another way to them (routes `port-worker`, `port-root-kernel`, `port-hypervisor`).
 */
import type { Partition } from '../../machine/partition.ts';
import type { RouteId } from '../../machine/routes.ts';
import { PIT_PORT, PM_BASE, PM_REG } from '../../wire/pc-clocks.ts';
import { IRQ, PORTS } from '../../wire/ports.ts';
import { Pit } from './pit.ts';
import { PmTimer } from './pm-timer.ts';
import { Rtc } from './rtc.ts';
import type { RtcTime } from './rtc-time.ts';

/** Where device models run. */
export type ClockPlacement = 'worker' | 'root-kernel' | 'hypervisor';

const ROUTE_OF: Readonly<Record<ClockPlacement, RouteId>> = {
  worker: 'port-worker',
  'root-kernel': 'port-root-kernel',
  hypervisor: 'port-hypervisor',
};

/** Which clocks a machine gets, and where they are emulated. */
export interface PcClockOptions {
  /** The worker when left out. */
  readonly placement?: ClockPlacement;
  /** Drives an interrupt line, such as `worker.line`. Left out, the clocks can be read and never interrupt. */
  readonly line?: (irq: number, level: boolean) => void;
  /** Width of the power management timer. */
  readonly bits?: 24 | 32;
  /** Time of day at power-on. */
  readonly time?: RtcTime;
}

/** The three devices of one machine. */
export interface PcClocks {
  readonly pit: Pit;
  readonly rtc: Rtc;
  readonly pmTimer: PmTimer;
}

/** Attaches the clocks to their ports. Once for each machine. */
export function attachPcClocks(partition: Partition, options: PcClockOptions = {}): PcClocks {
  const { engine, costs, io } = partition;
  const { placement = 'worker', line, bits, time } = options;
  const irq = (number: number) => line && ((level: boolean) => line(number, level));
  const pit = new Pit(engine, costs.hz, irq(IRQ.PIT));
  const rtc = new Rtc(engine, costs.hz, { time, irq: irq(IRQ.RTC) });
  const pmTimer = new PmTimer(engine, costs.hz, { bits, sci: irq(IRQ.SCI) });
  const route = ROUTE_OF[placement];
  io.claimPorts(PORTS.PIT.first, PORTS.PIT.count, route, pit);
  io.claimPorts(PIT_PORT.SPEAKER, 1, route, pit);
  io.claimPorts(PORTS.RTC.first, PORTS.RTC.count, route, rtc);
  io.claimPorts(PM_BASE, PM_REG.TIMER + 4, route, pmTimer);
  partition.onReset(() => {
    for (const device of [pit, rtc, pmTimer]) device.reset();
  });
  return { pit, rtc, pmTimer };
}
