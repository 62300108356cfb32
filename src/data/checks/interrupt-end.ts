import type { CheckData } from '../../truth/types.ts';

/** The questions of `interrupt-end`. */
export const interruptEnd: readonly CheckData[] = [
  {
    id: 'last',
    question:
      'Three interrupts are pending when the guest takes the first. It uses the assist page. At which end is there no exit?',
    options: [
      {
        text: 'At the first: it has the highest priority.',
        why: 'Two others wait behind it. The hypervisor must hear of its end to inject the next one.',
      },
      {
        text: 'At the last.',
        right: true,
        why: 'Nothing waits behind it, so the hypervisor set the bit when it injected it: {interrupt-end?method=assist&together=3 exitsPerInterrupt} exits per interrupt are left.',
      },
      {
        text: 'At all three: the page is shared memory.',
        why: 'The page carries one bit, and the hypervisor sets it only when it need not know the moment of the end.',
      },
    ],
  },
  {
    id: 'hint',
    question:
      'A guest always ends its interrupts by the synthetic MSR, because that is an enlightenment. It moves to a host with APICv. What happens?',
    options: [
      {
        text: 'Nothing changes: one exit is one exit.',
        why: 'By the APIC page it would be none there: the processor carries the store out by itself.',
      },
      {
        text: 'It has exits that a guest without the enlightenment has not.',
        right: true,
        why: '{interrupt-end?hardware=apicv&era=2020&method=msr eoiExits} exits by MSR, {interrupt-end?hardware=apicv&era=2020 eoiExits} by the page. The hint in CPUID would have said so.',
      },
      {
        text: 'It gets #GP: the MSR is gone.',
        why: 'The privilege is still there, only the recommendation is not. What may be used and what should be used are two bits.',
      },
    ],
  },
  {
    id: 'storm',
    question:
      'Windows XP runs on a host without FlexPriority, and half of the processor is lost. What helps most?',
    options: [
      {
        text: 'Ending interrupts by the assist page.',
        why: 'That spares {interrupt-end?level=page&rate=5000&locks=16&dpc=on&era=2008&rounds=40 eoiExits} exits of {interrupt-end?level=page&rate=5000&locks=16&dpc=on&era=2008&rounds=40 hypervisorExits}. The others are for the task priority.',
      },
      {
        text: 'A kernel that keeps its interrupt level in memory, or a processor that keeps the task priority.',
        right: true,
        why: 'Either takes the {interrupt-end?level=page&rate=5000&locks=16&dpc=on&era=2008&rounds=40 levelExits} exits for the level: {interrupt-end?level=lazy&rate=5000&locks=16&dpc=on&era=2008&rounds=40 levelExits} and {interrupt-end?level=page&rate=5000&locks=16&dpc=on&era=2008&hardware=flex&rounds=40 levelExits} are left.',
      },
      {
        text: 'Fewer interrupts.',
        why: 'The level changes at every spin lock, interrupts or not.',
      },
    ],
  },
];
