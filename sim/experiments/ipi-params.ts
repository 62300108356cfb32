/** The parameters of `ipi`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

export const ipiParams = {
  vps: count({
    label: 'Virtual processors',
    why: 'One of them interrupts all the others.',
    unit: '',
    min: 1,
    max: 128,
    step: 1,
    scale: 'log2',
    default: 16,
  }),
  method: choice(
    {
      each: 'one command for each',
      cluster: 'one command for each cluster',
      others: 'one command for all others',
      call: 'one hypercall',
    },
    'each',
    { label: 'How the sender names them', why: 'Each command is an exit, or three; a call is one.' },
  ),
  apic: choice(
    {
      xapic: 'registers in memory (xAPIC)',
      synthetic: 'the hypervisor’s own MSRs',
      x2apic: 'registers as MSRs (x2APIC)',
    },
    'xapic',
    {
      label: 'Local APIC',
      why: 'In memory a command takes three accesses, each of which must be decoded; as an MSR it is one write.',
    },
  ),
  guest: choice(
    {
      set: 'as set here',
      unmodified: 'an unmodified system',
      'windows-2008': 'Windows Server 2008',
      'windows-7': 'Windows 7, Server 2008 R2',
      'windows-10': 'Windows 10, Server 2016',
      'linux-3.4': 'Linux 3.4',
      'linux-today': 'Linux today',
    },
    'set',
    {
      label: 'Guest system',
      why: 'A system decides for itself, by what it knows and by what the host recommends; the two controls before this one then say only what APIC there is.',
    },
  ),
  idle: flag(false, {
    label: 'Targets sleep',
    why: 'A processor that halts must be woken before it takes the interrupt.',
  }),
  rounds: count({
    label: 'Times',
    why: 'How often all others are interrupted.',
    unit: '',
    min: 1,
    max: 32,
    step: 1,
    scale: 'log2',
    default: 4,
  }),
  overcommit: count({
    label: 'Virtual processors to a logical one',
    why: 'A target whose processor runs somebody else takes its interrupt when its turn comes, by whichever way it was sent.',
    unit: '',
    min: 1,
    max: 4,
    step: 1,
    scale: 'linear',
    default: 1,
  }),
  era: choice(ERA_OPTIONS, '2020', {
    label: 'Hardware',
    why: 'What an exit costs decides what a spared one is worth. The host of each era recommends what it has.',
  }),
};
