import type { CheckData } from '../../truth/types.ts';

/** The questions of `timers-and-idle`. */
export const timersAndIdle: readonly CheckData[] = [
  {
    id: 'tick',
    question: 'An idle guest takes its ticks from the timer/counter. How many exits is each of them?',
    options: [
      {
        text: 'One: the interrupt.',
        why: 'The interrupt itself is none of the guest’s exits: the worker raises it. What the guest does about it is what exits.',
      },
      {
        text: 'Two: the end of the interrupt, and the sleep.',
        why: 'That is the timer of the APIC, on a processor that does not end interrupts by itself: {timers-and-idle?era=2008&source=apic perTick}.',
      },
      {
        text: 'Five: four for the interrupt controller, and the sleep.',
        right: true,
        why: 'Read the mask, mask, end, unmask; then HLT. {timers-and-idle perTick} a tick, {timers-and-idle exits} a second for sixteen machines.',
      },
    ],
  },
  {
    id: 'lost',
    question:
      'A VP was without a processor for five periods of its periodic synthetic timer, which is not lazy. What comes when it runs again?',
    options: [
      {
        text: 'One tick: the others fell on it.',
        why: 'That is what happens to the timer of the APIC, where a waiting interrupt is one bit: {timers-and-idle?load=100&source=apic&vms=8 lost} ticks lost.',
      },
      {
        text: 'All of them, at a shorter period.',
        right: true,
        why: 'The hypervisor knows what it owes. With half of a processor none is lost: {timers-and-idle?load=100&source=direct&vms=8 lost}.',
      },
      {
        text: 'All of them, at once.',
        why: 'Then the guest would handle five ticks in a row, in one of which five times the time has passed. The period is shortened instead.',
      },
    ],
  },
  {
    id: 'watchdog',
    question: 'The hypervisor sets the hint "relaxed timing". What does it do differently?',
    options: [
      {
        text: 'It gives every VP a processor in time.',
        why: 'It cannot: there are more VPs than processors. That is why it gives advice.',
      },
      {
        text: 'It delivers clock interrupts to VPs that do not run.',
        why: 'Who does not run takes no interrupts.',
      },
      {
        text: 'Nothing. The guest does not watch its ticks any more.',
        right: true,
        why: 'The same ticks come late. A guest that asks goes on; one that does not stops: {timers-and-idle?hz=64&load=100&processors=1&source=direct&vms=2&vps=32&watchdog=armed timeouts} of two machines.',
      },
    ],
  },
];
