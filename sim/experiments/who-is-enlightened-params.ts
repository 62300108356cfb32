/** The parameters of `who-is-enlightened`. */
import { SYSTEMS } from '../guest/profiles/index.ts';
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import { ENLIGHTENMENT_IDS } from '../machine/enlightenment-ids.ts';

const titles: Readonly<Record<string, string>> = Object.fromEntries(
  SYSTEMS.map(({ id, title }) => [id, title]),
);

/** Names of enlightenments are their titles with the hyphens taken out: short enough for a control. */
const named = Object.fromEntries(ENLIGHTENMENT_IDS.map((id) => [id, id.replaceAll('-', ' ')])) as Record<
  EnlightenmentId,
  string
>;

export const whoParams = {
  system: choice(titles, 'windows-2008', {
    label: 'Guest system',
    why: 'Its profile says which enlightenments it uses. What nobody could say counts as no.',
  }),
  era: choice(ERA_OPTIONS, '2008', {
    label: 'Host',
    why: 'The hardware, and with it what the hypervisor offers and recommends.',
  }),
  part: choice(
    {
      all: 'all of it',
      clock: 'the clock',
      memory: 'processes and flushes',
      interrupts: 'interrupts and levels',
      locks: 'locks',
      disk: 'the disk',
    },
    'all',
    {
      label: 'Work',
      why: 'Each part of the work concerns other enlightenments. Ticks come with every part.',
    },
  ),
  without: choice({ none: 'nothing', ...named }, 'none', {
    label: 'Done without',
    why: 'One enlightenment less: what is it worth?',
  }),
  vps: count({
    label: 'Processors',
    why: 'With more of them flushes and interrupts concern more.',
    unit: '',
    min: 1,
    max: 64,
    step: 1,
    scale: 'log2',
    default: 4,
  }),
  share: count({
    label: 'VPs on a processor',
    why: 'Overcommit: who waits for an answer waits for those that do not run.',
    unit: '',
    min: 1,
    max: 4,
    step: 1,
    scale: 'linear',
    default: 1,
  }),
  apic: choice(
    {
      era: 'as on most hosts of the time',
      plain: 'no help',
      flex: 'FlexPriority',
      apicv: 'APICv',
    },
    'era',
    {
      label: 'APIC in hardware',
      why: 'A processor that serves the local APIC makes some enlightenments needless, and the host then takes back its hints.',
    },
  ),
  visible: flag(true, {
    label: 'The hypervisor shows itself',
    why: 'Without the signature in CPUID a guest takes the machine for a PC.',
  }),
  ablation: flag(false, {
    label: 'Take away one by one',
    why: 'Repeats the run without each enlightenment that is in use.',
  }),
  time: count({
    label: 'Length',
    why: 'Virtual time that is measured. Rates are per second, however long the run.',
    unit: 'ms',
    min: 20,
    max: 1000,
    step: 20,
    scale: 'log2',
    default: 40,
  }),
};
