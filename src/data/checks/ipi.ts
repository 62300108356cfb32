import type { CheckData } from '../../truth/types.ts';

/** The questions of `ipi`. */
export const ipi: readonly CheckData[] = [
  {
    id: 'count',
    question:
      'A guest with 32 processors in x2APIC mode interrupts the other 31, cluster by cluster. How many exits does the sender make?',
    options: [
      {
        text: '31',
        why: 'That is one by one. A logical destination of x2APIC mode is a mask of sixteen.',
      },
      {
        text: '2',
        right: true,
        why: 'Two clusters of sixteen, one write for each: {ipi?apic=x2apic&method=cluster&vps=32 senderExits} exits. In memory it would be clusters of four and three accesses: {ipi?method=cluster&vps=32 senderExits}.',
      },
      {
        text: '1',
        why: 'A destination cannot reach beyond its cluster. One exit needs the shorthand, or the hypercall.',
      },
    ],
  },
  {
    id: 'stays',
    question:
      'A guest changes from one command for each of 63 targets to one hypercall. The exits fall to a sixty-third. Why does the time to send not?',
    options: [
      {
        text: 'The hypercall is a slower kind of exit.',
        why: 'It is an exit like any other: {ipi?apic=x2apic&method=call&vps=2 sendCycles} cycles with a single target.',
      },
      {
        text: 'The hypervisor still goes from one target to the next while the sender waits.',
        right: true,
        why: 'For each target {ipi?apic=x2apic&method=call&vps=64 targetCycles} cycles remain of {ipi?apic=x2apic&vps=64 targetCycles}.',
      },
      {
        text: 'The targets’ ends of interrupt are charged to the sender.',
        why: 'They are exits of the targets, on their own time, and as many as before.',
      },
    ],
  },
  {
    id: 'ask',
    question:
      'Windows 10 knows the hypercall. Why does it send one command for each target on a host of 2012?',
    options: [
      {
        text: 'The call would fail there, and it has learned that by trying.',
        why: 'It would be refused, but nobody tries: a guest reads CPUID and believes it.',
      },
      {
        text: 'The host does not recommend it in leaf 40000004.',
        right: true,
        why: 'Bit 10 is not set. On a host of the 2020s it is, and the same guest makes {ipi?apic=x2apic&guest=windows-10 senderExits} exit instead of {ipi?apic=x2apic&guest=windows-10&era=2012 senderExits}.',
      },
      {
        text: 'Its processors were too few for it to be worth while.',
        why: 'The number of processors is the same in both runs.',
      },
    ],
  },
];
