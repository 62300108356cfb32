/** The parameters of `interrupt-end`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

export const interruptEndParams = {
  method: choice(
    {
      mmio: 'store to the APIC page',
      msr: 'synthetic MSR',
      x2apic: 'x2APIC MSR',
      assist: 'assist page',
      auto: 'AutoEOI',
    },
    'mmio',
    {
      label: 'End of interrupt by',
      why: 'Each handler must say that it is done; how it says so decides whether that is an exit.',
    },
  ),
  hardware: choice({ plain: 'no help', flex: 'FlexPriority', apicv: 'APICv' }, 'plain', {
    label: 'Processor helps with',
    why: 'FlexPriority keeps the task priority, APICv the whole of an interrupt.',
  }),
  together: count({
    label: 'Pending at once',
    why: 'The assist page only helps when no other interrupt waits.',
    unit: '',
    min: 1,
    max: 8,
    step: 1,
    scale: 'linear',
    default: 1,
  }),
  rate: count({
    label: 'Interrupts a second',
    why: 'A saved exit is worth as much as it is frequent.',
    unit: '/s',
    min: 1000,
    max: 200_000,
    step: 1000,
    scale: 'log2',
    default: 20_000,
  }),
  level: choice(
    {
      none: 'none (Linux)',
      page: 'in the APIC page (XP)',
      msr: 'in a synthetic MSR',
      lazy: 'in memory (Server 2003 SP2)',
      cr8: 'in CR8 (64-bit Windows)',
    },
    'none',
    {
      label: 'Interrupt level kept',
      why: 'Windows raises a level around every lock and every interrupt; where it keeps it is a matter of version.',
    },
  ),
  locks: count({
    label: 'Spin locks per interrupt',
    why: 'Each raises the level and lowers it: that is where a storm of writes to the task priority comes from.',
    unit: '',
    min: 0,
    max: 64,
    step: 1,
    scale: 'log2',
    default: 0,
  }),
  dpc: flag(false, {
    label: 'Deferred work',
    why: 'Windows does most of the work of an interrupt in a second one, which the processor sends to itself.',
  }),
  rounds: count({
    label: 'Rounds',
    why: 'How often the sources interrupt in all.',
    unit: '',
    min: 1,
    max: 1000,
    step: 1,
    scale: 'log2',
    default: 100,
  }),
  rule: choice({ correct: 'as the specification says', careless: '“no EOI required” always' }, 'correct', {
    label: 'Assist page',
    why: 'What happens if the hypervisor spares every EOI, whatever waits?',
  }),
  era: choice(ERA_OPTIONS, '2012', {
    label: 'Costs of',
    why: 'Decoding a store was dear in 2008; the exit itself is what remains.',
  }),
};
