/** The parameters of `ring-transitions`. */
import { choice, count, ERA_OPTIONS } from '../lab/params.ts';

export const ringParams = {
  instruction: choice(
    {
      out: 'OUT to a device',
      outs: 'REP OUTSW to a device',
      store: 'store to a device in memory',
      cpuid: 'CPUID',
      msr: 'read of a synthetic MSR',
      hypercall: 'hypercall',
    },
    'out',
    {
      label: 'Instruction',
      why: 'What the guest executes decides who must answer, and that decides the way.',
    },
  ),
  structure: choice(
    { microkernelised: 'Hyper-V', monolithic: 'monolithic', hosted: 'hosted' },
    'microkernelised',
    {
      label: 'Structure',
      why: 'Where the device model lives decides how many rings lie between it and the guest.',
    },
  ),
  era: choice(ERA_OPTIONS, '2020', {
    label: 'Hardware',
    why: 'The way is the same in every era; what its steps cost is not.',
  }),
  repeat: count({
    label: 'Times',
    why: 'Nothing gets cheaper by repetition: a second access pays the whole way again.',
    unit: '',
    min: 1,
    max: 256,
    step: 1,
    scale: 'log2',
    default: 1,
  }),
  belief: choice({ none: 'nothing: as it is', 'privilege-only': 'only a change of ring costs' }, 'none', {
    label: 'As if',
    why: 'Run the belief that the change between kernel and user mode is the whole cost.',
  }),
};
