import type { VariantIs } from './types.ts';

const times = (params: Readonly<Record<string, unknown>>): number => Number(params.repeat);

export const ringTransitions: VariantIs = {
  question: ({ repeat, structure }) =>
    `A guest writes ${repeat} times to a port of an emulated device. Its hypervisor is ${structure}. How many ring transitions is that?`,
  over: {
    structure: ['microkernelised', 'monolithic', 'hosted'],
    repeat: [2, 3, 4, 5, 6, 8, 10, 12, 20],
  },
  metric: 'ringTransitions',
  unit: 'transitions',
  tolerance: 1,
  because: ({ metrics, params }) =>
    `${metrics.ringTransitions / times(params)} for each access: out of the guest and back, and what lies between the exit and the device model.`,
  mistakes: [
    {
      is: ({ params }) => times(params),
      why: 'One each would be an instruction that only enters another ring. This one leaves and comes back.',
    },
    {
      is: ({ params }) => 2 * times(params),
      why: 'Two each is right where the device model is in the hypervisor. Here it lies further away.',
    },
    {
      is: ({ params }) => 4 * times(params),
      why: 'Four each is right where the model is a process of the host and the hypervisor a module of its kernel.',
    },
    { is: ({ params }) => 5 * times(params), why: 'Those are the kinds of switch, not the transitions.' },
    {
      is: ({ params }) => 7 * times(params),
      why: 'Seven each is right for Hyper-V’s structure, where another partition lies in between.',
    },
  ],
};
