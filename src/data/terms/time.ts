/** Time and turns: clocks, timers, and who runs when. */
import type { TermIs } from './types.ts';

export const TIME: readonly TermIs[] = [
  {
    title: 'TSC',
    text: 'Time stamp counter: counts at a fixed rate, and a guest reads it without an exit.',
    words: ['TSC', 'time stamp counter'],
    page: 'clock-read',
  },
  {
    title: 'Reference counter',
    text: 'The time since the partition was created, in units of 100 ns, as a register of the hypervisor. Reading it is one exit.',
    words: ['reference counter'],
    page: 'clock-read',
  },
  {
    title: 'Reference TSC page',
    text: 'A page with a scale and an offset by which a guest computes the reference counter from the TSC, without an exit.',
    words: ['reference TSC page'],
    page: 'clock-read',
  },
  {
    title: 'PM timer',
    text: 'A counter of the ACPI power management hardware, 3.58 MHz, read from a port: one intercept a reading when it is emulated.',
    words: ['PM timer'],
    page: 'clock-read',
  },
  {
    title: 'PIT',
    text: 'The interval timer of the first PC: three counters at 1.19 MHz behind four ports.',
    words: ['PIT'],
    page: 'clock-read',
  },
  {
    title: 'Synthetic timer',
    text: 'One of four timers that the hypervisor gives each VP. It goes off with a message, or directly with an interrupt.',
    words: ['synthetic timer'],
    page: 'timers-and-idle',
  },
  {
    title: 'Guest idle',
    text: 'A register whose reading puts the VP to sleep until an interrupt is pending, also when interrupts are off.',
    words: [],
    page: 'timers-and-idle',
  },
  {
    title: 'Relaxed timing',
    text: 'The hint that a watchdog which expects another processor within a time may be wrong, because that processor may not be running.',
    words: ['relaxed timing'],
    page: 'timers-and-idle',
  },
  {
    title: 'Logical processor',
    text: 'A processor of the machine, as opposed to a virtual one. The hypervisor runs one VP on it at a time.',
    words: ['logical processor'],
    page: 'ipi',
  },
  {
    title: 'Overcommit',
    text: 'More virtual processors that want to run than logical processors to run them.',
    words: ['overcommit'],
    page: 'spin-lock',
  },
  {
    title: 'Time slice',
    text: 'How long a VP may run before another that waits gets its turn.',
    words: ['time slice'],
    page: 'spin-lock',
  },
  {
    title: 'Lock-holder pre-emption',
    text: 'A VP loses its processor while it holds a lock. The others of its guest spin until it comes back, and the processor time they spend is lost.',
    words: ['lock-holder pre-emption'],
    page: 'spin-lock',
  },
  {
    title: 'Pause-loop exit',
    text: 'An exit that the processor makes by itself when it sees the PAUSE of a spin loop too often in a short time. Also PLE.',
    words: ['pause-loop exit'],
    page: 'spin-lock',
  },
  {
    title: 'VP set',
    text: 'The set of virtual processors that a hypercall is about: a mask of 64, or banks of 64 with a mask of the banks that are there.',
    words: ['VP set'],
    page: 'ipi',
  },
];
