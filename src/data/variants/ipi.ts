import type { VariantIs } from './types.ts';

export const ipi: VariantIs = {
  question: ({ vps, apic }) =>
    `On ${vps} processors one interrupts all others, one by one. Its APIC: ${apic}. How many exits does the sender have?`,
  over: { vps: [3, 5, 8, 12, 16, 17, 24, 33, 48, 64], apic: ['xapic', 'synthetic', 'x2apic'] },
  fixed: { rounds: 1 },
  metric: 'senderExits',
  unit: 'exits',
  tolerance: 1,
  because: ({ metrics }) =>
    `${metrics.targets} targets, ${metrics.senderExits / metrics.targets === 1 ? 'one exit each: the MSR takes destination and command at once' : 'three accesses each: is the last one gone, destination, command'}.`,
  mistakes: [
    {
      is: ({ metrics }) => metrics.targets,
      why: 'One each is right by MSR. Through the page it takes three accesses.',
    },
    {
      is: ({ metrics }) => 3 * metrics.targets,
      why: 'Three each is right through the page. An MSR takes destination and command in one write.',
    },
    { is: ({ params }) => Number(params.vps), why: 'It does not interrupt itself.' },
    { is: ({ params }) => 3 * Number(params.vps), why: 'It does not interrupt itself.' },
    { is: () => 1, why: 'One exit for all is the hypercall. Here they are named one by one.' },
  ],
};
